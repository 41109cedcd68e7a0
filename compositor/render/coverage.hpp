#pragma once

#include <array>
#include <cstdint>

#include "compositor/render/grid.hpp"
#include "ipc/frame/draw_list.hpp"
#include "shaders/parameters.hpp"

namespace reelpool::compositor {

/// The sample sites of a tile, first and last inclusive, in grid coordinates.
struct TileSites {
    double left = 0;
    double top = 0;
    double right = 0;
    double bottom = 0;
};

/// How much of a tile something covers.
enum class Reach : std::uint8_t { none, partial, full };

/// The coverage of a rectangle under a matrix, over one grid (PROJECT_FORMAT: Coverage):
/// e = clamp(edge, 0, 1) for each edge; max(0, e_left + e_right - 1) x max(0, e_top + e_bottom -
/// 1).
struct Coverage {
    std::array<Linear, 4> edges{};  ///< left, top, right, bottom; unclamped
    std::uint32_t record = 0;       ///< its place among the shader's blocks

    /// Conservative: `partial` may be said of what is none, never the reverse.
    [[nodiscard]] Reach reach(const TileSites& tile) const;
    /// Whether left and right run down, top and bottom across.
    [[nodiscard]] bool is_axis() const;
    [[nodiscard]] shaders::Coverage block() const;
};

/// Coverage 1 everywhere.
[[nodiscard]] Coverage full_coverage();

/// `to_source` is the inverse of `matrix`, which is not singular.
[[nodiscard]] Coverage coverage_of(const Rect& rect, const std::array<EdgeRule, 4>& rules,
                                   const Matrix& matrix, const Matrix& to_source, const Grid& grid);

}  // namespace reelpool::compositor
