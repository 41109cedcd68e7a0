#include "decoder_worker/premultiply.hpp"

#include <algorithm>
#include <cmath>

#include "decoder_worker/vectorised.hpp"

namespace reelpool::worker {
namespace {

using Byte = std::uint8_t;
using Word = std::uint16_t;

// (v - zero) a / 255 rounds like this also below zero, because 255 divides nothing into halves.
REELPOOL_VECTORISED void multiply_bytes(const Byte* __restrict v, const Byte* __restrict a,
                                        int zero, Byte* __restrict out, std::size_t n) {
    for (std::size_t x = 0; x < n; ++x) {
        const int product = (v[x] - zero) * a[x];
        const auto biased = static_cast<std::uint32_t>(product + 127 + 255 * 256);
        out[x] = static_cast<Byte>(static_cast<int>(biased / 255) - 256 + zero);
    }
}

// Products and quotients are exact enough in double: a quotient is a tie exactly or differs from
// one by more than 2^-21, and nothing here exceeds 2^36.
REELPOOL_VECTORISED void multiply_words(const Word* __restrict v, const Word* __restrict a,
                                        double zero, double most, Word* __restrict out,
                                        std::size_t n) {
    for (std::size_t x = 0; x < n; ++x)
        out[x] = static_cast<Word>(
            static_cast<int>(std::floor((v[x] - zero) * a[x] / most + 0.5) + zero));
}

template <class Sample>
void multiply_by_sums(const Sample* v, const std::uint32_t* sums, const std::uint32_t* maxima,
                      double zero, Sample* out, std::size_t n) {
    for (std::size_t x = 0; x < n; ++x)
        out[x] = static_cast<Sample>(
            static_cast<int>(std::floor((v[x] - zero) * sums[x] / maxima[x] + 0.5) + zero));
}

int zero_of(const PixelFormat& format, int plane, ColorRange range) {
    if (format.is_chroma_plane(plane)) return 1 << (format.bit_depth - 1);
    if (format.model == ColorModel::rgb || range == ColorRange::full) return 0;
    return 16 << (format.bit_depth - 8);
}

bool is_subsampled(const PixelFormat& format, int plane) {
    return format.is_chroma_plane(plane) && format.chroma_shift_x + format.chroma_shift_y > 0;
}

const Byte* bytes(const std::byte* row) {
    return reinterpret_cast<const Byte*>(row);
}
const Word* words(const std::byte* row) {
    return reinterpret_cast<const Word*>(row);
}

}  // namespace

void Premultiplier::sum_alpha(const PlanarPicture& picture) {
    const PixelFormat& format = picture.format;
    const PlaneView& alpha = picture.planes[3];
    const PlaneView& chroma = picture.planes[1];
    const std::uint32_t most = (1U << format.bit_depth) - 1;
    alpha_sums_.assign(std::size_t{chroma.width} * chroma.height, 0);
    alpha_maxima_.assign(alpha_sums_.size(), 0);
    for (std::uint32_t y = 0; y < alpha.height; ++y) {
        const std::size_t begin = std::size_t{y >> format.chroma_shift_y} * chroma.width;
        for (std::uint32_t x = 0; x < alpha.width; ++x) {
            const std::size_t at = begin + (x >> format.chroma_shift_x);
            alpha_sums_[at] +=
                format.sample_bytes() == 1 ? bytes(alpha.row(y))[x] : words(alpha.row(y))[x];
            alpha_maxima_[at] += most;
        }
    }
}

PlanarPicture Premultiplier::apply(const PlanarPicture& picture, ColorRange range) {
    const PixelFormat& format = picture.format;
    const auto alpha_plane = static_cast<std::size_t>(format.plane_count() - 1);
    const PlaneView& alpha = picture.planes[alpha_plane];
    if (is_subsampled(format, 1)) sum_alpha(picture);
    PlanarPicture result = picture;
    for (int plane = 0; plane < format.color_plane_count(); ++plane) {
        const auto index = static_cast<std::size_t>(plane);
        const PlaneView& source = picture.planes[index];
        const auto row_bytes =
            std::size_t{source.width} * static_cast<unsigned>(format.sample_bytes());
        planes_[index].resize(row_bytes * source.height);
        result.planes[index] = {planes_[index].data(), static_cast<std::ptrdiff_t>(row_bytes),
                                source.width, source.height};
        const int zero = zero_of(format, plane, range);
        const double most = (1 << format.bit_depth) - 1;
        for (std::uint32_t y = 0; y < source.height; ++y) {
            std::byte* const out = planes_[index].data() + row_bytes * y;
            const std::size_t sums = std::size_t{y} * source.width;
            if (format.sample_bytes() == 1 && is_subsampled(format, plane))
                multiply_by_sums(bytes(source.row(y)), alpha_sums_.data() + sums,
                                 alpha_maxima_.data() + sums, zero, reinterpret_cast<Byte*>(out),
                                 source.width);
            else if (format.sample_bytes() == 1)
                multiply_bytes(bytes(source.row(y)), bytes(alpha.row(y)), zero,
                               reinterpret_cast<Byte*>(out), source.width);
            else if (is_subsampled(format, plane))
                multiply_by_sums(words(source.row(y)), alpha_sums_.data() + sums,
                                 alpha_maxima_.data() + sums, zero, reinterpret_cast<Word*>(out),
                                 source.width);
            else
                multiply_words(words(source.row(y)), words(alpha.row(y)), zero, most,
                               reinterpret_cast<Word*>(out), source.width);
        }
    }
    return result;
}

}  // namespace reelpool::worker
