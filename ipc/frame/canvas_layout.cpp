#include "ipc/frame/canvas_layout.hpp"

#include <algorithm>
#include <set>

namespace reelpool {
namespace {

constexpr std::uint64_t sample_bytes = 2;
constexpr std::uint64_t place_unit = 4096;

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
    return (value + unit - 1) / unit * unit;
}

Unexpected bad_canvas(const char* what) {
    return unexpected({.code = ErrorCode::internal,
                       .component = Component::compositor,
                       .subject = {},
                       .what = what,
                       .cause = {},
                       .hint = {}});
}

}  // namespace

Level halved_from(Level level) {
    REELPOOL_CHECK(level != Level{});
    const auto less = [](std::uint8_t n) { return static_cast<std::uint8_t>(n - 1); };
    if (level.x == level.y) return {less(level.x), less(level.y)};
    return level.x > level.y ? Level{less(level.x), level.y} : Level{level.x, less(level.y)};
}

std::vector<Level> with_ways(const std::vector<Level>& levels) {
    std::set<Level> all{Level{}};
    for (Level level : levels)
        for (; level != Level{}; level = halved_from(level))
            if (!all.insert(level).second) break;
    return {all.begin(), all.end()};
}

Status validate_levels(const std::vector<Level>& levels) {
    if (levels.empty() || levels.front() != Level{})
        return bad_canvas("a canvas is not drawn at full size");
    for (std::size_t i = 1; i < levels.size(); ++i) {
        if (levels[i].x > max_level || levels[i].y > max_level)
            return bad_canvas("a canvas level is outside 0..15");
        if (!(levels[i - 1] < levels[i])) return bad_canvas("a canvas's levels do not ascend");
        if (!std::binary_search(levels.begin(), levels.end(), halved_from(levels[i])))
            return bad_canvas("a canvas level is missing that another is halved from");
    }
    return ok();
}

Result<SlotLayout> canvas_layout(const DrawCanvas& canvas, Level level) {
    if (canvas.width == 0 || canvas.height == 0 || canvas.width > max_picture_side ||
        canvas.height > max_picture_side)
        return bad_canvas("a canvas's size is outside 1..16384");
    SlotLayout layout;
    layout.plane_count = canvas.has_alpha ? 4 : 3;
    const std::uint32_t width = halved(canvas.width, level.x);
    const std::uint32_t height = halved(canvas.height, level.y);
    const std::uint64_t stride = round_up(width, canvas_tile_width) * sample_bytes;
    const std::uint64_t lines = round_up(height, canvas_tile_height);
    std::uint64_t offset = 0;
    for (int p = 0; p < layout.plane_count; ++p) {
        layout.planes[static_cast<std::size_t>(p)] = {
            .offset_bytes = static_cast<std::uint32_t>(offset),
            .stride_bytes = static_cast<std::uint32_t>(stride),
            .width = width,
            .height = height,
            .lines = static_cast<std::uint32_t>(lines)};
        offset += stride * lines;
    }
    // At most 4 planes of 512 MiB; shaders read a few bytes beyond the last sample.
    layout.bytes = static_cast<std::uint32_t>(round_up(offset + 64, place_unit));
    return layout;
}

Result<CanvasBytes> canvas_bytes(const DrawList& list) {
    CanvasBytes bytes;
    for (const DrawCanvas& canvas : list.canvases) {
        for (const Level level : canvas.levels) {
            REELPOOL_TRY(layout, canvas_layout(canvas, level));
            bytes.all += layout.bytes;
            bytes.largest = std::max<std::uint64_t>(bytes.largest, layout.bytes);
        }
    }
    return bytes;
}

}  // namespace reelpool
