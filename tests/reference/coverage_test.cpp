#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "composite.hpp"
#include "edge_rules.hpp"

namespace reelpool::reference {
namespace {

Layer solid_layer(const Rect& rect, const Affine& to_output = {}) {
    Layer layer;
    layer.rect = rect;
    layer.to_output = to_output;
    layer.to_source = to_output.inverse();
    layer.source = Rgba{1, 1, 1, 1};
    return layer;
}

}  // namespace

TEST_CASE("coverage is the share of the pixel inside upright edges") {
    const Layer layer = solid_layer({10.25, 10, 20, 20});
    CHECK(coverage_at(layer, {10.5, 15.5}) == doctest::Approx(0.75));
    CHECK(coverage_at(layer, {9.5, 15.5}) == 0);
    CHECK(coverage_at(layer, {11.5, 15.5}) == 1);
    const Layer sliver = solid_layer({10.25, 0, 10.75, 4});
    CHECK(coverage_at(sliver, {10.5, 2}) == doctest::Approx(0.5));
}

TEST_CASE("distances are measured in output pixels, across slanted edges too") {
    const double c = std::cos(std::numbers::pi / 4);
    const Layer turned = solid_layer({0, 0, 100, 100}, {2 * c, -2 * c, 2 * c, 2 * c, 0, 0});
    // The left edge runs along (-c, c); a point 0.2 pixels inside it, far from the others.
    const Point inside{-50 + 0.2 * c, 50 + 0.2 * c};
    CHECK(coverage_at(turned, inside) == doctest::Approx(0.7));
    const Layer wide = solid_layer({0, 0, 10, 10}, {3, 0, 0, 1, 0, 0});
    CHECK(coverage_at(wide, {-0.25, 5}) == doctest::Approx(0.25));
}

TEST_CASE("edges on the canvas have no coverage of their own, others keep theirs") {
    Layer full = solid_layer({0, 0, 64, 36});
    Layer above = solid_layer({0, -50, 64, -10});
    Layer inner = solid_layer({0, 5, 32, 36.0005});
    apply_edge_rules({{&full, {}}, {&above, {}}, {&inner, {}}}, 64, 36);
    for (const EdgeRule rule : full.edges) CHECK(rule == EdgeRule::canvas);
    CHECK(above.edges[bottom_side] == EdgeRule::own);
    CHECK(coverage_at(above, {32, 18}) == 0);
    CHECK(inner.edges[left_side] == EdgeRule::canvas);
    CHECK(inner.edges[top_side] == EdgeRule::own);
    CHECK(inner.edges[right_side] == EdgeRule::own);
    CHECK(inner.edges[bottom_side] == EdgeRule::canvas);
}

TEST_CASE("the lower layer of a split screen continues under the upper one") {
    Layer lower = solid_layer({8, 8, 20, 30});
    Layer upper = solid_layer({20, 8, 40, 30});
    Layer same_place = solid_layer({8, 8, 20, 30});
    apply_edge_rules({{&lower, {}}, {&upper, {}}, {&same_place, {}}}, 64, 36);
    CHECK(lower.edges[right_side] == EdgeRule::under_another);
    CHECK(lower.edges[left_side] == EdgeRule::own);
    CHECK(upper.edges[left_side] == EdgeRule::under_another);  // same_place lies above it
    CHECK(same_place.edges[right_side] == EdgeRule::own);

    Group group;
    group.layers = {solid_layer({8, 8, 20.5, 30}), solid_layer({20.5, 8, 40, 30})};
    apply_edge_rules({{&group.layers[0], {}}, {&group.layers[1], {}}}, 64, 36);
    for (double x = 15; x < 30; x += 0.25) {
        CHECK(composite_at(group, {x, 15.5}).r == doctest::Approx(1));
    }
    CHECK(composite_at(group, {45, 15.5}).a == 0);
}

}  // namespace reelpool::reference
