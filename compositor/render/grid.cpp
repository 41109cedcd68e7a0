#include "compositor/render/grid.hpp"

#include <cmath>

#include "ipc/frame/slot_layout.hpp"

namespace reelpool::compositor {

std::vector<Grid> grids_of(const OutputFormat& output) {
    const PixelFormat& format = output.format;
    Grid full{.component_count = static_cast<std::uint32_t>(format.color_plane_count()),
              .width = output.width,
              .height = output.height};
    if (format.chroma_shift_x == 0 && format.chroma_shift_y == 0) return {full};
    full.component_count = 1;
    const int shift_x = format.chroma_shift_x;
    const int shift_y = format.chroma_shift_y;
    const double step_x = std::ldexp(1.0, shift_x);
    const double step_y = std::ldexp(1.0, shift_y);
    const Grid chroma{.first_component = 1,
                      .component_count = 2,
                      .width = halved(output.width, shift_x),
                      .height = halved(output.height, shift_y),
                      .origin_x = (0.5 - siting_offset_x(output.color.siting, shift_x)) * step_x,
                      .origin_y = (0.5 - siting_offset_y(output.color.siting, shift_y)) * step_y,
                      .step_x = step_x,
                      .step_y = step_y};
    return {full, chroma};
}

double siting_offset_x(ChromaSiting siting, int shift) {
    const bool cosited = siting == ChromaSiting::left || siting == ChromaSiting::top_left;
    return cosited ? (1 - std::ldexp(1.0, -shift)) / 2 : 0;
}

double siting_offset_y(ChromaSiting siting, int shift) {
    return siting == ChromaSiting::top_left ? (1 - std::ldexp(1.0, -shift)) / 2 : 0;
}

Linear on_grid(const Linear& f, const Grid& grid) {
    return {.x = f.x * grid.step_x,
            .y = f.y * grid.step_y,
            .c = f.x * grid.origin_x + f.y * grid.origin_y + f.c};
}

}  // namespace reelpool::compositor
