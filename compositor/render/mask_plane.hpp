#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "compositor/render/coverage.hpp"
#include "compositor/render/grid.hpp"
#include "ipc/frame/draw_list.hpp"
#include "shaders/parameters.hpp"

namespace reelpool::compositor {

/// The least and the most that a value is.
struct ValueRange {
    double low = 0;
    double high = 1;
    [[nodiscard]] bool is_constant() const { return low == high; }
};

/// The masks of a layer over one grid, from their exact outlines: curves become lines that stray by
/// at most a thousandth of an output pixel, or of the feather.
///
/// An outline matters only near its line: everywhere else the mask is 0 or 1. So the lines are kept
/// by the rows of tiles that they are near to.
class MaskPlane {
  public:
    /// `to_output`: mask pixels to output pixels, not singular. Values of tiles are kept while
    /// there is room, which they take from; it must outlive the plane. Null: none are.
    MaskPlane(const std::vector<Mask>& masks, const Matrix& to_output, const Grid& grid,
              std::uint64_t* room_bytes = nullptr);

    /// What the value can be in a tile. Conservative: a range may be wider than the truth.
    [[nodiscard]] ValueRange range(const TileSites& tile) const;

    /// 16 bits for each sample of the tile that begins at (x, y), in its rows.
    using TileValues = std::array<std::uint16_t, TILE_WIDTH * TILE_HEIGHT>;
    void sample(std::uint32_t x, std::uint32_t y, TileValues& values);

    [[nodiscard]] std::uint64_t kept_bytes() const { return kept_.size() * sizeof(TileValues); }

  private:
    /// A straight piece of an outline, in grid samples and in mask pixels.
    struct Line {
        MaskPoint from, to;
        MaskPoint source_from, source_along;
        double per_squared_length = 0;  ///< of source_along; 0 if that has none
        /// To `p` from what is nearest to it.
        [[nodiscard]] MaskPoint off(MaskPoint p) const {
            const double x = p.x - source_from.x;
            const double y = p.y - source_from.y;
            const double along = (x * source_along.x + y * source_along.y) * per_squared_length;
            const double share = std::min(std::max(along, 0.0), 1.0);
            return {x - source_along.x * share, y - source_along.y * share};
        }
        [[nodiscard]] double squared_distance(MaskPoint p) const {
            const MaskPoint d = off(p);
            return d.x * d.x + d.y * d.y;
        }
    };
    using Lines = std::vector<const Line*>;
    struct Outline {
        Mask mask;
        double reach = 0;  ///< farther from the line (mask pixels) the value does not change
        std::vector<Line> lines;
        /// By row of tiles: the lines that cross it, and those within `reach` of it.
        std::vector<std::vector<std::uint32_t>> crossing;
        std::vector<std::vector<std::uint32_t>> near;
    };
    using Row = std::array<double, TILE_WIDTH>;

    void add_curves(Outline& outline, const Matrix& to_output) const;
    [[nodiscard]] std::pair<double, double> part_inside(MaskPoint a, MaskPoint b,
                                                        MaskPoint margin) const;
    void add_line(Outline& outline, const Matrix& to_output, MaskPoint from, MaskPoint to) const;
    void sort(Outline& outline) const;
    [[nodiscard]] bool is_near(const Outline& outline, const Line& line,
                               const TileSites& tile) const;
    [[nodiscard]] ValueRange range(const Outline& outline, const TileSites& tile) const;
    [[nodiscard]] int winding(const Outline& outline, double x, double y) const;
    void windings(const Outline& outline, double x, double y, std::span<int> of_row) const;
    void sample(const Outline& outline, std::uint32_t x, std::uint32_t y,
                std::span<double> values) const;
    /// Those of `near` that can be the nearest one to some sample of the block; none if all are
    /// farther than the outline reaches.
    void choose(const Outline& outline, const Lines& near, const TileSites& block,
                Lines& chosen) const;
    void sample_block(const Outline& outline, const Lines& near, const TileSites& block,
                      std::span<const int> windings, double* values) const;
    void evaluate(std::uint32_t x, std::uint32_t y, TileValues& values) const;
    [[nodiscard]] MaskPoint source_at(double x, double y) const;
    [[nodiscard]] double value(const Outline& outline, MaskPoint at, const Line& nearest,
                               bool is_inside) const;

    Grid grid_;
    Linear source_x_, source_y_;  ///< mask pixels, of grid samples
    Matrix to_source_;            ///< mask pixels for output pixels
    double grow_x_ = 0;           ///< grid samples that one mask pixel can span
    double grow_y_ = 0;
    std::vector<Outline> outlines_;
    std::uint64_t* room_bytes_ = nullptr;
    std::map<std::pair<std::uint32_t, std::uint32_t>, TileValues> kept_;  ///< by a tile's y and x
};

}  // namespace reelpool::compositor
