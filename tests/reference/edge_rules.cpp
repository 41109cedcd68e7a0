#include "edge_rules.hpp"

#include <cmath>

namespace reelpool::reference {
namespace {

constexpr double tolerance = 1.0 / 1024;  // comp pixels

/// An edge in comp pixels, with the direction that leads out of the layer.
struct Edge {
    Point from, to;
    Point outward;
};

Edge edge_of(const PlacedLayer& placed, Side side) {
    const Rect& r = placed.layer->rect;
    const Affine& m = placed.to_comp;
    switch (side) {
        case left_side:
            return {m({r.left, r.top}), m({r.left, r.bottom}), m.direction({-1, 0})};
        case top_side:
            return {m({r.left, r.top}), m({r.right, r.top}), m.direction({0, -1})};
        case right_side:
            return {m({r.right, r.top}), m({r.right, r.bottom}), m.direction({1, 0})};
        case bottom_side:
            return {m({r.left, r.bottom}), m({r.right, r.bottom}), m.direction({0, 1})};
    }
    return {};
}

/// Whether both ends lie on or beyond one canvas edge and the layer lies on the inner side.
/// (A layer wholly beyond the canvas keeps the edge that faces it: it must stay invisible.)
bool on_canvas_edge(const Edge& e, double width, double height) {
    const auto beyond = [](double a, double b, double outward) {
        return a <= tolerance && b <= tolerance && outward > 0;
    };
    return beyond(e.from.x, e.to.x, -e.outward.x) || beyond(e.from.y, e.to.y, -e.outward.y) ||
           beyond(width - e.from.x, width - e.to.x, e.outward.x) ||
           beyond(height - e.from.y, height - e.to.y, e.outward.y);
}

bool same_point(Point a, Point b) {
    return std::abs(a.x - b.x) <= tolerance && std::abs(a.y - b.y) <= tolerance;
}

/// Whether two whole edges coincide with their layers on opposite sides.
bool are_a_seam(const Edge& lower, const Edge& upper) {
    const bool coincide = (same_point(lower.from, upper.from) && same_point(lower.to, upper.to)) ||
                          (same_point(lower.from, upper.to) && same_point(lower.to, upper.from));
    const Point along{lower.to.x - lower.from.x, lower.to.y - lower.from.y};
    const double lower_side = along.x * lower.outward.y - along.y * lower.outward.x;
    const double upper_side = along.x * upper.outward.y - along.y * upper.outward.x;
    return coincide && lower_side * upper_side < 0;
}

}  // namespace

void apply_edge_rules(const std::vector<PlacedLayer>& layers, double canvas_width,
                      double canvas_height) {
    constexpr std::array<Side, 4> sides{left_side, top_side, right_side, bottom_side};
    for (std::size_t k = 0; k < layers.size(); ++k) {
        for (const Side side : sides) {
            const Edge edge = edge_of(layers[k], side);
            EdgeRule& rule = layers[k].layer->edges[static_cast<std::size_t>(side)];
            for (std::size_t upper = k + 1; upper < layers.size(); ++upper) {
                // What masks or a matte take away hides nothing.
                const Layer& above = *layers[upper].layer;
                if (!above.masks.empty() || above.matte) continue;
                for (const Side other : sides) {
                    if (are_a_seam(edge, edge_of(layers[upper], other))) {
                        rule = EdgeRule::under_another;
                    }
                }
            }
            if (on_canvas_edge(edge, canvas_width, canvas_height)) rule = EdgeRule::canvas;
        }
    }
}

}  // namespace reelpool::reference
