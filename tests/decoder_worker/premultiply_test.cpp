#include "decoder_worker/premultiply.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "ipc/frame/slot_layout.hpp"

using namespace reelpool;
using namespace reelpool::worker;

namespace {

using Random = std::independent_bits_engine<std::minstd_rand, 32, std::uint32_t>;

/// A picture of random samples with memory of its own.
struct RandomPicture {
    PlanarPicture picture;
    std::array<std::vector<std::byte>, 4> memory;

    RandomPicture(PixelFormat format, std::uint32_t w, std::uint32_t h, Random& random) {
        picture = {format, w, h, {}};
        const std::uint32_t most = (1U << format.bit_depth) - 1;
        for (int p = 0; p < format.plane_count(); ++p) {
            const auto i = static_cast<std::size_t>(p);
            const bool chroma = format.is_chroma_plane(p);
            const std::uint32_t pw = chroma ? halved(w, format.chroma_shift_x) : w;
            const std::uint32_t ph = chroma ? halved(h, format.chroma_shift_y) : h;
            const auto bytes = static_cast<std::size_t>(format.sample_bytes());
            memory[i].resize(std::size_t{pw} * ph * bytes);
            for (std::size_t at = 0; at < memory[i].size(); at += bytes) {
                const std::uint32_t kind = random() % 4;
                const std::uint32_t value = kind == 0   ? 0
                                            : kind == 1 ? most
                                                        : random() % (most + 1);
                std::memcpy(memory[i].data() + at, &value, bytes);
            }
            picture.planes[i] = {memory[i].data(), static_cast<std::ptrdiff_t>(pw * bytes), pw, ph};
        }
    }
};

std::uint32_t sample(const PlanarPicture& picture, int plane, std::uint32_t x, std::uint32_t y) {
    const PlaneView& view = picture.planes[static_cast<std::size_t>(plane)];
    const auto bytes = static_cast<std::size_t>(picture.format.sample_bytes());
    std::uint32_t value = 0;
    std::memcpy(&value, view.row(y) + x * bytes, bytes);
    return value;
}

/// The definition, in whole numbers: floor(x + 1/2) of an exact fraction.
std::int64_t expected(const PlanarPicture& picture, int plane, std::uint32_t x, std::uint32_t y,
                      ColorRange range) {
    const PixelFormat& format = picture.format;
    const int alpha_plane = format.plane_count() - 1;
    const bool chroma = format.is_chroma_plane(plane);
    const int sx = chroma ? format.chroma_shift_x : 0;
    const int sy = chroma ? format.chroma_shift_y : 0;
    std::int64_t sum = 0;
    std::int64_t most = 0;
    for (std::uint32_t ay = y << sy; ay < std::min(picture.height, (y + 1) << sy); ++ay)
        for (std::uint32_t ax = x << sx; ax < std::min(picture.width, (x + 1) << sx); ++ax) {
            sum += sample(picture, alpha_plane, ax, ay);
            most += (1 << format.bit_depth) - 1;
        }
    std::int64_t zero = 0;
    if (chroma)
        zero = 1 << (format.bit_depth - 1);
    else if (format.model != ColorModel::rgb && range == ColorRange::limited)
        zero = 16 << (format.bit_depth - 8);
    const std::int64_t numerator = 2 * (sample(picture, plane, x, y) - zero) * sum + most;
    const std::int64_t quotient = numerator / (2 * most);
    const bool is_rounded_up = numerator % (2 * most) != 0 && numerator < 0;
    return zero + quotient - (is_rounded_up ? 1 : 0);
}

void check(PixelFormat format, std::uint32_t w, std::uint32_t h, ColorRange range, Random& random) {
    const RandomPicture source(format, w, h, random);
    Premultiplier premultiplier;
    const PlanarPicture result = premultiplier.apply(source.picture, range);
    std::size_t wrong = 0;
    for (int plane = 0; plane < format.color_plane_count(); ++plane) {
        const PlaneView& view = result.planes[static_cast<std::size_t>(plane)];
        for (std::uint32_t y = 0; y < view.height; ++y)
            for (std::uint32_t x = 0; x < view.width; ++x) {
                const std::uint32_t got = sample(result, plane, x, y);
                if (got != expected(source.picture, plane, x, y, range)) ++wrong;
            }
    }
    const auto alpha = static_cast<std::size_t>(format.plane_count() - 1);
    CHECK(result.planes[alpha].data == source.picture.planes[alpha].data);
    CAPTURE(to_text(format));
    CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("straight alpha is multiplied in, per sample, in the picture's own depth") {
    Random random(3);
    for (const std::uint8_t depth :
         {std::uint8_t{8}, std::uint8_t{10}, std::uint8_t{12}, std::uint8_t{16}})
        for (const ColorRange range : {ColorRange::limited, ColorRange::full}) {
            check({.model = ColorModel::rgb, .bit_depth = depth, .has_alpha = true}, 33, 17, range,
                  random);
            check({.model = ColorModel::gray, .bit_depth = depth, .has_alpha = true}, 32, 5, range,
                  random);
            for (std::uint8_t x = 0; x <= 2; ++x)
                for (std::uint8_t y = 0; y <= 1; ++y)
                    for (const std::uint32_t width : {1U, 32U, 35U})
                        check({.bit_depth = depth,
                               .chroma_shift_x = x,
                               .chroma_shift_y = y,
                               .has_alpha = true},
                              width, 13, range, random);
        }
}

TEST_CASE("every 8-bit sample and alpha") {
    PlanarPicture picture{{.model = ColorModel::rgb, .has_alpha = true}, 256, 256, {}};
    std::vector<std::byte> values(65536);
    std::vector<std::byte> alphas(65536);
    for (std::size_t i = 0; i < 65536; ++i) {
        values[i] = static_cast<std::byte>(i);
        alphas[i] = static_cast<std::byte>(i / 256);
    }
    for (std::size_t i = 0; i < 3; ++i) picture.planes[i] = {values.data(), 256, 256, 256};
    picture.planes[3] = {alphas.data(), 256, 256, 256};
    Premultiplier premultiplier;
    const PlanarPicture result = premultiplier.apply(picture, ColorRange::full);
    std::size_t wrong = 0;
    for (std::uint32_t a = 0; a < 256; ++a)
        for (std::uint32_t v = 0; v < 256; ++v)
            if (sample(result, 0, v, a) != (2 * v * a + 255) / 510) ++wrong;
    CHECK(wrong == 0);
}
