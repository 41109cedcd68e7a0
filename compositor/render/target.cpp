#include "compositor/render/target.hpp"

#include "ipc/frame/canvas_layout.hpp"
#include "ipc/frame/slot_layout.hpp"
#include "shaders/parameters.hpp"

namespace reelpool::compositor {
namespace {

static_assert(canvas_tile_width == TILE_WIDTH && canvas_tile_height == TILE_HEIGHT);

constexpr std::uint32_t round_up(std::uint32_t value, std::uint32_t unit) {
    return (value + unit - 1) / unit * unit;
}

}  // namespace

OutputLayout output_layout(const OutputFormat& output) {
    OutputLayout layout;
    layout.sample_bytes = static_cast<std::uint32_t>(output.format.sample_bytes());
    for (int p = 0; p < output.format.plane_count(); ++p) {
        const bool chroma = output.format.is_chroma_plane(p);
        OutputPlane plane;
        plane.width = chroma ? halved(output.width, output.format.chroma_shift_x) : output.width;
        plane.height = chroma ? halved(output.height, output.format.chroma_shift_y) : output.height;
        plane.offset_bytes = static_cast<std::uint32_t>(layout.bytes);
        plane.stride_bytes = round_up(plane.width, TILE_WIDTH) * layout.sample_bytes;
        layout.bytes += std::uint64_t{plane.stride_bytes} * round_up(plane.height, TILE_HEIGHT);
        layout.planes.push_back(plane);
    }
    return layout;
}

Target output_target(const OutputFormat& output) {
    Target target{.grids = grids_of(output),
                  .space = space_of(output.format, output.color),
                  .canvas_space = canvas_space(output),
                  .encoding = encoding_of(output.color).value(),
                  .dither = output.dither,
                  .layout = output_layout(output)};
    for (std::size_t i = 0; i < 3; ++i) target.zero[i] = target.space.coding.zero[i];
    if (!output.format.has_alpha) return target;
    target.is_straight = true;
    target.alpha_code = target.space.coding.max_code;
    Grid& first = target.grids.front();
    if (first.component_count == alpha_component) {
        first.component_count += 1;
    } else {
        Grid alpha = first;
        alpha.first_component = alpha_component;
        alpha.component_count = 1;
        target.grids.push_back(alpha);
    }
    return target;
}

Result<Target> canvas_target(const OutputFormat& output, const DrawCanvas& canvas, Level level) {
    REELPOOL_TRY(planes, canvas_layout(canvas, level));
    const CodeSpace space = canvas_space(output);
    Target target;
    target.space = target.canvas_space = space;
    target.encoding = encoding_of(output.color).value();
    for (std::size_t i = 0; i < 3; ++i) target.zero[i] = target.space.coding.zero[i];
    const Grid grid{
        .component_count = static_cast<std::uint32_t>(output.format.color_plane_count()),
        .width = planes.planes[0].width,
        .height = planes.planes[0].height};
    target.grids = {grid};
    if (canvas.has_alpha && grid.component_count == alpha_component) {
        target.grids[0].component_count += 1;
    } else if (canvas.has_alpha) {
        target.grids.push_back(grid);
        target.grids[1].first_component = alpha_component;
        target.grids[1].component_count = 1;
    }
    target.layout.sample_bytes = 2;
    target.layout.bytes = planes.bytes;
    for (int p = 0; p < planes.plane_count; ++p) {
        const PlaneLayout& plane = planes.planes[static_cast<std::size_t>(p)];
        target.layout.planes.push_back(
            {plane.offset_bytes, plane.stride_bytes, plane.width, plane.height});
    }
    return target;
}

}  // namespace reelpool::compositor
