#pragma once

#include <cstdint>

#include "compositor/render/coverage.hpp"
#include "ipc/frame/draw_list.hpp"

namespace reelpool::compositor {

/// The weight of a mix's second group over one grid.
struct MixWeight {
    /// Of an iris, else of a wipe or constant.
    bool is_radial = false;
    double constant = 1;   ///< times the ramp
    Coverage ramp{};       ///< not radial
    Linear from_centre_x;  ///< radial, in half diagonals
    Linear from_centre_y;
    double slope = 0;      ///< radial: weight = clamp(start - slope * distance, 0, 1)
    double start = 0;
    std::uint32_t record = 0;  ///< its place among the shader's coverage blocks

    /// Where in a tile the weight is 0, 1, or anything. Conservative, as Coverage::reach.
    [[nodiscard]] Reach reach(const TileSites& tile) const;
    [[nodiscard]] shaders::Coverage block() const;
};

/// `to_source` is the inverse of the layer's matrix.
[[nodiscard]] MixWeight mix_weight(const DrawLayer& layer, const Matrix& to_source,
                                   const Grid& grid);

}  // namespace reelpool::compositor
