#include "decoder_worker/deinterlace.hpp"

#include <cstring>

#include "decoder_worker/vectorised.hpp"

namespace reelpool::worker {
namespace {

REELPOOL_VECTORISED void mean_of_lines(const std::uint8_t* __restrict a,
                                       const std::uint8_t* __restrict b,
                                       std::uint8_t* __restrict out, std::size_t n) {
    for (std::size_t x = 0; x < n; ++x) out[x] = static_cast<std::uint8_t>((a[x] + b[x] + 1) >> 1);
}

REELPOOL_VECTORISED void mean_of_lines(const std::uint16_t* __restrict a,
                                       const std::uint16_t* __restrict b,
                                       std::uint16_t* __restrict out, std::size_t n) {
    for (std::size_t x = 0; x < n; ++x)
        out[x] = static_cast<std::uint16_t>((0U + a[x] + b[x] + 1) >> 1);
}

void write_mean(const std::byte* above, const std::byte* below, std::byte* out, std::size_t n,
                int sample_bytes) {
    if (sample_bytes == 1)
        mean_of_lines(reinterpret_cast<const std::uint8_t*>(above),
                      reinterpret_cast<const std::uint8_t*>(below),
                      reinterpret_cast<std::uint8_t*>(out), n);
    else
        mean_of_lines(reinterpret_cast<const std::uint16_t*>(above),
                      reinterpret_cast<const std::uint16_t*>(below),
                      reinterpret_cast<std::uint16_t*>(out), n);
}

}  // namespace

PlanarPicture FieldExpander::apply(const PlanarPicture& picture, Field kept) {
    PlanarPicture result = picture;
    const std::uint32_t parity = kept == Field::top ? 0 : 1;
    for (int plane = 0; plane < picture.format.plane_count(); ++plane) {
        const auto index = static_cast<std::size_t>(plane);
        const PlaneView& from = picture.planes[index];
        if (from.height < 2) continue;
        const int sample_bytes = picture.format.sample_bytes();
        const std::size_t row_bytes = std::size_t{from.width} * static_cast<unsigned>(sample_bytes);
        planes_[index].resize(row_bytes * from.height);
        for (std::uint32_t y = 0; y < from.height; ++y) {
            std::byte* const out = planes_[index].data() + row_bytes * y;
            const bool has_above = y > 0;
            const bool has_below = y + 1 < from.height;
            if (y % 2 == parity)
                std::memcpy(out, from.row(y), row_bytes);
            else if (has_above && has_below)
                write_mean(from.row(y - 1), from.row(y + 1), out, from.width, sample_bytes);
            else
                std::memcpy(out, from.row(has_above ? y - 1 : y + 1), row_bytes);
        }
        result.planes[index].data = planes_[index].data();
        result.planes[index].stride_bytes = static_cast<std::ptrdiff_t>(row_bytes);
    }
    return result;
}

Result<FrameTable> table_of_fields(const FrameTable& frames) {
    FrameTable fields;
    fields.time_base = frames.time_base / 2;
    fields.pts.reserve(2 * frames.pts.size());
    for (std::size_t i = 0; i < frames.pts.size(); ++i) {
        const std::int64_t pts = frames.pts[i];
        const std::int64_t next = i + 1 < frames.pts.size() ? frames.pts[i + 1] : frames.end_pts;
        fields.pts.push_back(2 * pts);
        fields.pts.push_back(pts + next);
    }
    fields.end_pts = 2 * frames.end_pts;
    fields.keyframes.reserve(frames.keyframes.size());
    for (const std::uint32_t keyframe : frames.keyframes) fields.keyframes.push_back(2 * keyframe);
    REELPOOL_TRY_STATUS(validate(fields));
    return fields;
}

}  // namespace reelpool::worker
