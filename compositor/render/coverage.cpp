#include "compositor/render/coverage.hpp"

#include <algorithm>
#include <cmath>

namespace reelpool::compositor {
namespace {

/// A seam's edge is a step at d = -1/2; the shader sees a ramp this steep, which begins this far
/// above it, so that rounding cannot move a step that lies exactly on a sample.
constexpr double seam_slope = 8192;
constexpr double seam_start = 1.0 / 8192;

/// The edge's value before clamping, from its signed distance in output pixels.
Linear edge_value(const Linear& distance, EdgeRule rule) {
    switch (rule) {
        case EdgeRule::own:
            return {distance.x, distance.y, distance.c + 0.5};
        case EdgeRule::none:
            break;
        case EdgeRule::seam:
            return {distance.x * seam_slope, distance.y * seam_slope,
                    (distance.c + 0.5 - seam_start) * seam_slope};
    }
    return {0, 0, 1};
}

}  // namespace

Reach Coverage::reach(const TileSites& tile) const {
    bool full = true;
    for (const Linear& edge : edges) {
        const double x0 = edge.x * tile.left;
        const double x1 = edge.x * tile.right;
        const double y0 = edge.y * tile.top;
        const double y1 = edge.y * tile.bottom;
        if (std::max(x0, x1) + std::max(y0, y1) + edge.c <= 0) return Reach::none;
        full = full && std::min(x0, x1) + std::min(y0, y1) + edge.c >= 1 - 1e-9;
    }
    return full ? Reach::full : Reach::partial;
}

bool Coverage::is_axis() const {
    const auto& [left, top, right, bottom] = edges;
    return left.y == 0 && right.y == 0 && top.x == 0 && bottom.x == 0;
}

shaders::Coverage Coverage::block() const {
    const auto f = [](double value) { return static_cast<float>(value); };
    const auto& [left, top, right, bottom] = edges;
    return {.left_x = f(left.x),
            .left_y = f(left.y),
            .left_c = f(left.c),
            .right_x = f(right.x),
            .right_y = f(right.y),
            .right_c = f(right.c),
            .top_x = f(top.x),
            .top_y = f(top.y),
            .top_c = f(top.c),
            .bottom_x = f(bottom.x),
            .bottom_y = f(bottom.y),
            .bottom_c = f(bottom.c),
            .unused_0 = 0,
            .unused_1 = 0,
            .unused_2 = 0,
            .unused_3 = 0};
}

Coverage full_coverage() {
    Coverage coverage;
    coverage.edges.fill({0, 0, 1});
    return coverage;
}

Coverage coverage_of(const Rect& rect, const std::array<EdgeRule, 4>& rules, const Matrix& matrix,
                     const Matrix& to_source, const Grid& grid) {
    const double determinant = std::abs(matrix.determinant());
    const double per_x = determinant / std::hypot(matrix.xy, matrix.yy);
    const double per_y = determinant / std::hypot(matrix.xx, matrix.yx);
    const Linear x{to_source.xx * per_x, to_source.xy * per_x, to_source.tx * per_x};
    const Linear y{to_source.yx * per_y, to_source.yy * per_y, to_source.ty * per_y};
    const std::array<Linear, 4> distances{Linear{x.x, x.y, x.c - rect.left * per_x},
                                          Linear{y.x, y.y, y.c - rect.top * per_y},
                                          Linear{-x.x, -x.y, rect.right * per_x - x.c},
                                          Linear{-y.x, -y.y, rect.bottom * per_y - y.c}};
    Coverage coverage;
    for (std::size_t i = 0; i < 4; ++i)
        coverage.edges[i] = on_grid(edge_value(distances[i], rules[i]), grid);
    return coverage;
}

}  // namespace reelpool::compositor
