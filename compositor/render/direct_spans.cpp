#include "compositor/render/direct_spans.hpp"

#include <algorithm>
#include <cstring>

namespace reelpool::compositor {
namespace {

/// 16-bit samples in shared memory: each is read once, and clamped after it was read.
void copy_clamped(std::byte* to, const std::byte* from, std::size_t count, std::uint16_t max_code) {
    for (std::size_t i = 0; i < count; ++i) {
        std::uint16_t sample = 0;
        std::memcpy(&sample, from + 2 * i, 2);
        sample = std::min(sample, max_code);
        std::memcpy(to + 2 * i, &sample, 2);
    }
}

void write_row(const DirectSpan& span, std::uint32_t row, std::uint32_t sample_bytes,
               std::uint16_t max_code, std::byte* to) {
    const std::size_t bytes = std::size_t{span.width} * sample_bytes;
    if (span.from != nullptr) {
        const std::byte* from = span.from + std::size_t{row} * span.from_stride_bytes;
        if (sample_bytes == 1 || max_code == 0xffff)
            std::memcpy(to, from, bytes);
        else
            copy_clamped(to, from, span.width, max_code);
    } else if (sample_bytes == 1) {
        std::memset(to, span.fill, bytes);
    } else {
        for (std::uint32_t x = 0; x < span.width; ++x) std::memcpy(to + 2 * x, &span.fill, 2);
    }
}

}  // namespace

void write_spans(const std::vector<DirectSpan>& spans, const OutputLayout& layout,
                 std::uint16_t max_code, std::byte* data) {
    for (const DirectSpan& span : spans) {
        const OutputPlane& plane = layout.planes[span.plane];
        std::byte* to = data + plane.offset_bytes + std::size_t{span.y} * plane.stride_bytes +
                        std::size_t{span.x} * layout.sample_bytes;
        for (std::uint32_t row = 0; row < span.height; ++row)
            write_row(span, row, layout.sample_bytes, max_code,
                      to + std::size_t{row} * plane.stride_bytes);
    }
}

}  // namespace reelpool::compositor
