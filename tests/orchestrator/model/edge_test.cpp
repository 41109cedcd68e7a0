// Which edges have coverage of their own.
#include <doctest/doctest.h>

#include "model_fixture.hpp"
#include "orchestrator/model/edge_rules.hpp"

namespace reelpool::model_test {
namespace {

using Rules = std::array<EdgeRule, 4>;
constexpr EdgeRule own = EdgeRule::own;
constexpr EdgeRule none = EdgeRule::none;
constexpr EdgeRule seam = EdgeRule::seam;

LayerOutline box(double left, double top, double right, double bottom, const Matrix& m = {}) {
    return {corners_of({left, top, right, bottom}, m)};
}

std::vector<Rules> rules_of(const std::vector<LayerOutline>& layers) {
    return edge_rules(layers, {64, 36});
}

}  // namespace

TEST_CASE("edges on or beyond the canvas's edge have no coverage of their own") {
    CHECK(rules_of({box(0, 0, 64, 36)})[0] == Rules{none, none, none, none});
    CHECK(rules_of({box(-5, 1.0 / 2048, 64 - 1.0 / 2048, 99)})[0] == Rules{none, none, none, none});
    CHECK(rules_of({box(0, 4, 30, 36)})[0] == Rules{none, own, own, none});
    CHECK(rules_of({box(2.0 / 1024, 4, 30, 30)})[0] == Rules{own, own, own, own});
}

TEST_CASE("an edge that looks into the canvas keeps its coverage wherever it lies") {
    // Wholly to the left of the canvas: its right edge must not be dropped, or it would flood it.
    CHECK(rules_of({box(-20, 0, -10, 36)})[0][2] == own);
    CHECK(rules_of({box(-20, 0, 0, 36)})[0] == Rules{none, none, own, none});
    CHECK(rules_of({box(0, 40, 64, 50)})[0][1] == own);
}

TEST_CASE("mirrored and turned layers: the sides are those of the source") {
    // Mirrored: the source's left edge lies on the canvas's right edge.
    CHECK(rules_of({box(0, 0, 32, 36, {.xx = -1, .tx = 64})})[0] == Rules{none, none, own, none});
    // A quarter turn clockwise: the source's top edge lies on the canvas's right edge.
    const Matrix quarter{.xx = 0, .xy = -1, .yx = 1, .yy = 0, .tx = 64};
    CHECK(rules_of({box(0, 0, 36, 10, quarter)})[0] == Rules{none, none, none, own});
}

TEST_CASE("in a split screen the lower layer's edge is a seam") {
    const auto left = box(0, 0, 32, 36);
    const auto right = box(32 + 1.0 / 2048, 0, 64, 36);
    CHECK(rules_of({left, right})[0] == Rules{none, none, seam, none});
    CHECK(rules_of({left, right})[1] == Rules{own, none, none, none});
    CHECK(rules_of({right, left})[0] == Rules{seam, none, none, none});
    CHECK(rules_of({right, left})[1] == Rules{none, none, own, none});
}

TEST_CASE("only whole edges on opposite sides are seams") {
    // Half of an edge.
    CHECK(rules_of({box(10, 4, 30, 30), box(30, 4, 50, 20)})[0] == Rules{own, own, own, own});
    // The same place.
    CHECK(rules_of({box(10, 4, 30, 30), box(10, 4, 30, 30)})[0] == Rules{own, own, own, own});
    // Too far apart.
    CHECK(rules_of({box(10, 4, 30, 30), box(30.002, 4, 50, 30)})[0] == Rules{own, own, own, own});
    CHECK(rules_of({box(10, 4, 30, 30), box(30, 4, 50, 30)})[0] == Rules{own, own, seam, own});
}

TEST_CASE("seams at any scale and rotation") {
    const Matrix turned{.xx = 0.8, .xy = -0.6, .yx = 0.6, .yy = 0.8, .tx = 30, .ty = 5};
    CHECK(rules_of({box(0, 0, 8, 8, turned), box(8, 0, 16, 8, turned)})[0] ==
          Rules{own, own, seam, own});
    CHECK(rules_of({box(0, 8, 8, 16, turned), box(0, 0, 8, 8, turned)})[0] ==
          Rules{own, seam, own, own});
    // A mirrored upper layer whose own left edge is the one that coincides.
    const Matrix mirrored{.xx = -1, .tx = 50};
    CHECK(rules_of({box(10, 4, 30, 30), box(0, 4, 20, 30, mirrored)})[0] ==
          Rules{own, own, seam, own});
}

TEST_CASE("a grid of many tiles") {
    std::vector<LayerOutline> tiles;
    for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 8; ++x) tiles.push_back(box(8 * x, 6 * y, 8 * x + 8, 6 * y + 6));
    const auto rules = rules_of(tiles);
    for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 8; ++x)
            CHECK(rules[static_cast<std::size_t>(y * 8 + x)] ==
                  Rules{x == 0 ? none : own, y == 0 ? none : own, x == 7 ? none : seam,
                        y == 5 ? none : seam});
}

TEST_CASE("the rules reach the draw list; invisible layers do not make seams") {
    const auto edges = [](const std::string& upper) {
        const std::string text =
            project_text("", main_comp(tracks({R"({"solid": "#ff0000", "size": [320, 360],
                                      "transform": {"position": [160, 180]}})",
                                               R"({"solid": "#00ff00", "size": [320, 360],
                                      "transform": {"position": [480, 180]})" +
                                                   upper + "}"})));
        const Timeline timeline = timeline_of(text, {});
        return timeline.frame(OutputIndex{0}).groups[0].layers.at(0).edges;
    };
    CHECK(edges("") == Rules{none, none, seam, none});
    CHECK(edges(R"(, "opacity": 0)") == Rules{none, none, own, none});
    CHECK(edges(R"(, "start": 1)") == Rules{none, none, own, none});
}

TEST_CASE("a layer that masks cut makes no seam below it, but can be one") {
    LayerOutline cut = box(30, 4, 50, 30);
    cut.is_cut = true;
    const LayerOutline whole = box(10, 4, 30, 30);
    CHECK(rules_of({whole, cut})[0][2] == own);
    CHECK(rules_of({cut, whole})[0][0] == seam);
}

}  // namespace reelpool::model_test
