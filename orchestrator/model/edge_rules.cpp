#include "orchestrator/model/edge_rules.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace reelpool::model {
namespace {

constexpr double tolerance = 1.0 / 1024;  // comp pixels

struct Edge {
    Value from{};
    Value to{};
    Value outward{};  ///< leads out of the layer, along its other axis
    std::uint32_t layer = 0;
    std::uint32_t side = 0;

    [[nodiscard]] double middle_x() const { return (from[0] + to[0]) / 2; }
};

Value difference(const Value& a, const Value& b) {
    return {a[0] - b[0], a[1] - b[1]};
}

double cross(const Value& a, const Value& b) {
    return a[0] * b[1] - a[1] * b[0];
}

/// Sides in the order left, top, right, bottom.
Edge edge_of(const LayerOutline& layer, std::uint32_t side) {
    const auto& [left_top, right_top, right_bottom, left_bottom] = layer.corners;
    switch (side) {
        case 0:
            return {left_top, left_bottom, difference(left_top, right_top)};
        case 1:
            return {left_top, right_top, difference(left_top, left_bottom)};
        case 2:
            return {right_top, right_bottom, difference(right_top, left_top)};
        default:
            return {left_bottom, right_bottom, difference(left_bottom, left_top)};
    }
}

bool is_on_canvas_edge(const Edge& edge, Extent canvas) {
    const auto beyond = [](double a, double b, double outward) {
        return a <= tolerance && b <= tolerance && outward > 0;
    };
    return beyond(edge.from[0], edge.to[0], -edge.outward[0]) ||
           beyond(edge.from[1], edge.to[1], -edge.outward[1]) ||
           beyond(canvas.width - edge.from[0], canvas.width - edge.to[0], edge.outward[0]) ||
           beyond(canvas.height - edge.from[1], canvas.height - edge.to[1], edge.outward[1]);
}

bool are_same(const Value& a, const Value& b) {
    return std::abs(a[0] - b[0]) <= tolerance && std::abs(a[1] - b[1]) <= tolerance;
}

bool are_a_seam(const Edge& a, const Edge& b) {
    const bool coincide = (are_same(a.from, b.from) && are_same(a.to, b.to)) ||
                          (are_same(a.from, b.to) && are_same(a.to, b.from));
    const Value along = difference(a.to, a.from);
    return coincide && cross(along, a.outward) * cross(along, b.outward) < 0;
}

}  // namespace

std::vector<std::array<EdgeRule, 4>> edge_rules(const std::vector<LayerOutline>& layers,
                                                Extent canvas) {
    std::vector<std::array<EdgeRule, 4>> rules(layers.size());
    std::vector<Edge> edges;
    edges.reserve(layers.size() * 4);
    for (std::uint32_t layer = 0; layer < layers.size(); ++layer) {
        for (std::uint32_t side = 0; side < 4; ++side) {
            Edge edge = edge_of(layers[layer], side);
            edge.layer = layer;
            edge.side = side;
            if (is_on_canvas_edge(edge, canvas)) rules[layer][side] = EdgeRule::none;
            edges.push_back(edge);
        }
    }
    if (layers.size() < 2) return rules;
    // Edges that coincide have the same middle, so only neighbours in this order are compared.
    std::sort(edges.begin(), edges.end(),
              [](const Edge& a, const Edge& b) { return a.middle_x() < b.middle_x(); });
    for (std::size_t i = 0; i < edges.size(); ++i) {
        for (std::size_t j = i + 1; j < edges.size(); ++j) {
            if (edges[j].middle_x() - edges[i].middle_x() > 2 * tolerance) break;
            if (edges[i].layer == edges[j].layer || !are_a_seam(edges[i], edges[j])) continue;
            const auto& [lower, upper] = std::minmax(
                edges[i], edges[j], [](const Edge& a, const Edge& b) { return a.layer < b.layer; });
            if (layers[upper.layer].is_cut) continue;
            EdgeRule& rule = rules[lower.layer][lower.side];
            if (rule == EdgeRule::own) rule = EdgeRule::seam;
        }
    }
    return rules;
}

}  // namespace reelpool::model
