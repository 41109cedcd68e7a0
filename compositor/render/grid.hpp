#pragma once

#include <cstdint>
#include <vector>

#include "ipc/frame/draw_list.hpp"

namespace reelpool::compositor {

/// The sample sites that some planes of the output share. Grid sample (x, y) lies at output
/// position (origin_x + step_x x, origin_y + step_y y), in output pixels.
struct Grid {
    std::uint32_t first_component = 0;
    std::uint32_t component_count = 0;
    std::uint32_t width = 0;   ///< samples
    std::uint32_t height = 0;  ///< samples
    double origin_x = 0.5;
    double origin_y = 0.5;
    double step_x = 1;
    double step_y = 1;
    friend bool operator==(const Grid&, const Grid&) = default;
};

/// One grid for RGB, gray and 4:4:4; else one for luma and one for both chroma planes.
[[nodiscard]] std::vector<Grid> grids_of(const OutputFormat& output);

/// What siting adds to a position that was divided by 2^shift: chroma sample k of a plane is
/// centred at k + 1/2 of its own coordinates.
[[nodiscard]] double siting_offset_x(ChromaSiting siting, int shift);
[[nodiscard]] double siting_offset_y(ChromaSiting siting, int shift);

/// A linear function of grid sample coordinates: x_ x + y_ y + c_.
struct Linear {
    double x = 0;
    double y = 0;
    double c = 0;
};

/// `f`, a linear function of output positions, as one of the grid's samples.
[[nodiscard]] Linear on_grid(const Linear& f, const Grid& grid);

}  // namespace reelpool::compositor
