// Where a source lands in its comp and in the output, and which level of it is read.
#include "orchestrator/model/geometry.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "model_fixture.hpp"

namespace reelpool::model_test {
namespace {

Value mapped(const Matrix& m, double x, double y) {
    return {m.xx * x + m.xy * y + m.tx, m.yx * x + m.yy * y + m.ty};
}

MediaInfo picture(std::uint32_t width, std::uint32_t height, std::uint8_t turns = 0,
                  bool mirrored = false, Rational aspect = 1) {
    MediaInfo info;
    info.width = width;
    info.height = height;
    info.sample_aspect = aspect;
    info.orientation = {.quarter_turns_clockwise = turns, .mirrored_horizontally = mirrored};
    return info;
}

const std::string one = R"("a": {"path": "a.mp4"})";

DrawLayer layer_of(const std::string& clip, const MediaFacts& facts,
                   std::optional<OutputGeometry> output = std::nullopt, std::uint32_t frame = 0) {
    const Timeline timeline =
        timeline_of(project_text(one, main_comp(tracks({clip}))), {facts}, output);
    return timeline.frame(OutputIndex{frame}).groups.back().layers.at(0);
}

}  // namespace

TEST_CASE("a source of the comp's size lies exactly on it") {
    const DrawLayer layer = layer_of(R"({"media": "a"})", video(640, 360, 30, 300));
    CHECK(layer.matrix == Matrix{});
    CHECK(layer.rect == Rect{0, 0, 640, 360});
    CHECK(layer.frame.level == Level{0, 0});
    CHECK(layer.sampling == Sampling::bilinear);
    CHECK(layer.opacity == 1);
}

TEST_CASE("fit") {
    const SourceShape shape = shape_of(picture(320, 90));
    const auto scale = [&](Fit fit) {
        const Matrix m = clip_matrix(shape, {}, fit, {640, 360}, {.position = {320, 180}});
        CHECK(mapped(m, 160, 45) == Value{320, 180});
        return Value{m.xx, m.yy};
    };
    CHECK(scale(Fit::contain) == Value{2, 2});
    CHECK(scale(Fit::cover) == Value{4, 4});
    CHECK(scale(Fit::fill) == Value{2, 4});
    CHECK(scale(Fit::none) == Value{1, 1});
    // Default: contain for media, none for solids and comps.
    CHECK(layer_of(R"({"media": "a"})", video(320, 90, 30, 300)).matrix.xx == 2);
    CHECK(layer_of(R"({"solid": "#ffffff", "size": [10, 10]})", video(8, 8, 1, 1)).matrix ==
          Matrix{.tx = 315, .ty = 175});
}

TEST_CASE("the anchor lies on the position, turned and scaled about it") {
    const SourceShape shape = shape_of(Extent{100, 50});
    const Matrix m = clip_matrix(
        shape, {}, Fit::none, {640, 360},
        {.anchor = {0, 1}, .position = {200, 100}, .scale = {2, -1}, .rotation_degrees = 90});
    CHECK(mapped(m, 0, 50) == Value{200, 100});
    // One source pixel to the right is two, turned clockwise: down.
    CHECK(mapped(m, 1, 50) == Value{200, 102});
    // One pixel up is mirrored to down, then turned to the left.
    CHECK(mapped(m, 0, 49) == Value{199, 100});
}

TEST_CASE("multiples of 90 degrees are exact") {
    const SourceShape shape = shape_of(Extent{100, 50});
    for (const double turns : {-720.0, -360.0, 0.0, 360.0, 36000.0})
        for (int quarter = 0; quarter < 4; ++quarter) {
            const Matrix m = clip_matrix(shape, {}, Fit::none, {640, 360},
                                         {.rotation_degrees = turns + quarter * 90});
            CHECK(std::abs(m.xx) == (quarter % 2 == 0 ? 1 : 0));
            CHECK(std::abs(m.yx) == (quarter % 2 == 0 ? 0 : 1));
            CHECK(m.determinant() == 1);
            CHECK(m.yx == (quarter == 1 ? 1 : quarter == 3 ? -1 : 0));
        }
    const Matrix m = clip_matrix(shape, {}, Fit::none, {640, 360}, {.rotation_degrees = 30});
    CHECK(m.xx == doctest::Approx(std::sqrt(3) / 2));
    CHECK(m.yx == doctest::Approx(0.5));
    CHECK(m.xy == doctest::Approx(-0.5));
}

TEST_CASE("rotation metadata, mirroring and sample aspect make the picture upright") {
    struct Case {
        std::uint8_t turns;
        bool mirrored;
        Value left_top;      ///< where the coded corner (0, 0) lands
        Value right_bottom;  ///< and where the coded corner (w, h) does
    };
    // 20x10 coded with samples twice as wide as high: 40x10, or 10x40 when it lies on its side.
    for (const Case& c : {Case{0, false, {0, 0}, {40, 10}}, Case{1, false, {10, 0}, {0, 40}},
                          Case{2, false, {40, 10}, {0, 0}}, Case{3, false, {0, 40}, {10, 0}},
                          Case{0, true, {40, 0}, {0, 10}}, Case{1, true, {10, 40}, {0, 0}},
                          Case{2, true, {0, 10}, {40, 0}}, Case{3, true, {0, 0}, {10, 40}}}) {
        CAPTURE(int{c.turns});
        CAPTURE(c.mirrored);
        const SourceShape shape = shape_of(picture(20, 10, c.turns, c.mirrored, 2));
        CHECK(shape.upright == (c.turns % 2 == 0 ? Extent{40, 10} : Extent{10, 40}));
        CHECK(mapped(shape.to_upright, 0, 0) == c.left_top);
        CHECK(mapped(shape.to_upright, 20, 10) == c.right_bottom);
    }
    const SourceShape fractional = shape_of(picture(720, 576, 0, false, Rational(16, 15)));
    CHECK(fractional.upright.width == 768);
    CHECK(shape_of(picture(720, 480, 0, false, Rational(8, 9))).upright.width ==
          doctest::Approx(640));
}

TEST_CASE("the crop is taken in upright pixels, and lands on the right coded sides") {
    const Crop crop{.left = 4, .top = 1, .right = 0, .bottom = 2};
    for (std::uint8_t turns = 0; turns < 4; ++turns) {
        for (const bool mirrored : {false, true}) {
            CAPTURE(int{turns});
            CAPTURE(mirrored);
            const SourceShape shape = shape_of(picture(20, 10, turns, mirrored, 2));
            const auto rect = cropped_rect(shape, crop);
            REQUIRE(rect);
            // The corners of the coded rectangle must be those of the upright one.
            const Rect upright = bounds_of(corners_of(*rect, shape.to_upright));
            CHECK(upright.left == 4);
            CHECK(upright.top == 1);
            CHECK(upright.right == shape.upright.width);
            CHECK(upright.bottom == shape.upright.height - 2);
            // The side without crop is exactly on the picture's edge.
            const bool exact =
                rect->left == 0 || rect->top == 0 || rect->right == 20 || rect->bottom == 10;
            CHECK(exact);
        }
    }
    const SourceShape odd = shape_of(picture(720, 480, 0, false, Rational(8, 9)));
    CHECK(cropped_rect(odd, {}) == Rect{0, 0, 720, 480});
    CHECK_FALSE(cropped_rect(odd, {.left = 300, .right = 340}));
    CHECK_FALSE(cropped_rect(odd, {.top = 500}));
}

TEST_CASE("after the crop, what is left is the source for anchor and fit") {
    const DrawLayer layer =
        layer_of(R"({"media": "a", "crop": {"left": 320, "top": 0, "right": 0, "bottom": 180}})",
                 video(640, 360, 30, 300));
    CHECK(layer.rect == Rect{320, 0, 640, 180});
    CHECK(mapped(layer.matrix, 320, 0) == Value{0, 0});
    CHECK(mapped(layer.matrix, 640, 180) == Value{640, 360});
    const Timeline nothing = timeline_of(
        project_text(one, main_comp(tracks({R"({"media": "a", "crop": {"left": 640}})"}))),
        {video(640, 360, 30, 300)});
    CHECK(nothing.frame(OutputIndex{0}).groups[0].layers.empty());
    REQUIRE(nothing.warnings().size() == 1);
    CHECK(nothing.warnings()[0].code == "crop");
}

TEST_CASE("the output's size scales everything, each way on its own") {
    const DrawLayer layer =
        layer_of(R"({"media": "a"})", video(1280, 720, 30, 300), OutputGeometry{320, 90, 30, {}});
    CHECK(layer.matrix == Matrix{.xx = 0.25, .yy = 0.125});
    CHECK(layer.frame.level == Level{2, 3});
}

TEST_CASE("nested comps combine their matrices, and media are sampled once") {
    const std::string text = project_text(
        one, main_comp(tracks({R"({"comp": "n", "transform": {"scale": 0.5, "rotation": 90,
                                   "position": [100, 200]}})"})) +
                 R"(, "n": {"width": 200, "height": 100, "fps": 30, "duration": 10, "tracks": [
                 {"clips": [{"media": "a", "fit": "none", "transform": {"position": [0, 0],
                             "anchor": [0, 0]}}]}]})");
    const DrawList list = timeline_of(text, {video(100, 100, 30, 300)}).frame(OutputIndex{0});
    REQUIRE(list.groups.size() == 2);
    const DrawLayer& group = list.groups[1].layers.at(0);
    CHECK(group.kind == LayerKind::group);
    CHECK(group.group == 0);
    CHECK(group.rect == Rect{0, 0, 200, 100});
    CHECK(mapped(group.matrix, 100, 50) == Value{100, 200});
    const DrawLayer& frame = list.groups[0].layers.at(0);
    CHECK(mapped(frame.matrix, 0, 0) == mapped(group.matrix, 0, 0));
    CHECK(mapped(frame.matrix, 100, 100) == mapped(group.matrix, 100, 100));
    CHECK(frame.frame.level == Level{1, 1});
    CHECK(list.groups[0].comp == 1);
}

TEST_CASE("levels") {
    const auto level = [](double cx, double cy) { return level_for({.xx = cx, .yy = cy}, Sampling::bicubic); };
    CHECK(level(1, 1) == Level{0, 0});
    CHECK(level(3, 0.51) == Level{0, 0});
    CHECK(level(0.5, 0.25) == Level{1, 2});
    CHECK(level(0.5 * (1 + 1e-9), 0.2500001) == Level{1, 2});
    CHECK(level(0.50001, 0.251) == Level{0, 1});
    CHECK(level(1e-9, 1) == Level{15, 0});
    // Column lengths, not scales: a quarter turn swaps nothing but the matrix.
    CHECK(level_for({.xx = 0, .xy = -0.5, .yx = 0.25, .yy = 0}, Sampling::smooth) == Level{2, 1});
    CHECK(level_for({.xx = 0.3, .xy = -0.4, .yx = 0.4, .yy = 0.3}, {}) == Level{1, 1});
    CHECK(level_for({.xx = 0.1, .yy = 0.1}, Sampling::nearest) == Level{});
}

TEST_CASE("smooth is the default where the own or a parent's scale has keys") {
    const MediaFacts facts = video(640, 360, 30, 300);
    const std::string keys = R"("transform": {"scale": {"keys": [[0, 1], [1, 0.5]]}})";
    const auto sampling = [&](const std::string& outer, const std::string& inner) {
        const Timeline timeline =
            timeline_of(project_text(one, main_comp(tracks({R"({"comp": "n")" + outer + "}"})) +
                                              R"(, "n": {"width": 640, "height": 360, "fps": 30,
                                      "duration": 10, "tracks": [)" +
                                              tracks({R"({"media": "a")" + inner + "}"}) + "]}"),
                        {facts});
        return timeline.frame(OutputIndex{3}).groups.at(0).layers.at(0).sampling;
    };
    CHECK(sampling("", "") == Sampling::bilinear);
    CHECK(sampling("", ", " + keys) == Sampling::smooth);
    CHECK(sampling(", " + keys, "") == Sampling::smooth);
    CHECK(sampling(", " + keys, R"(, "sampling": "bilinear")") == Sampling::bilinear);
    CHECK(sampling("", R"(, "sampling": "smooth")") == Sampling::smooth);
    CHECK(sampling("", R"(, "sampling": "nearest")") == Sampling::nearest);
    CHECK(sampling(", " + keys, R"(, "sampling": "bicubic")") == Sampling::bicubic);
    CHECK(sampling("", R"(, "transform": {"rotation": {"keys": [[0, 1], [1, 5]]}})") ==
          Sampling::bilinear);
}

TEST_CASE("a singular matrix draws nothing") {
    const MediaFacts facts = video(640, 360, 30, 300);
    const auto count = [&](const std::string& scale) {
        const Timeline timeline = timeline_of(
            project_text(one, main_comp(tracks(
                                  {R"({"media": "a", "transform": {"scale": )" + scale + "}}"}))),
            {facts});
        return timeline.frame(OutputIndex{0}).groups[0].layers.size();
    };
    CHECK(count("0") == 0);
    CHECK(count("[1, 0]") == 0);
    CHECK(count("[1, 1e-200]") == 0);
    CHECK(count("[1, 0.001]") == 1);
    CHECK(count("[-1, 1]") == 1);
}

TEST_CASE("transforms follow their keys") {
    const MediaFacts facts = video(640, 360, 30, 300);
    const std::string clip = R"({"media": "a", "start": 1, "transform": {
        "position": {"keys": [[0, [0, 0]], ["30f", [300, 60]]]},
        "rotation": {"keys": [[0, 0], [1, 360]]}}})";
    // A quarter of the way, at exactly 90 degrees.
    const std::string text = project_text(one, main_comp(tracks({clip})));
    const Timeline timeline = timeline_of(text, {facts}, OutputGeometry{640, 360, 4, {}});
    const DrawLayer layer = timeline.frame(OutputIndex{5}).groups[0].layers.at(0);
    CHECK(layer.matrix ==
          Matrix{.xx = 0, .xy = -1, .yx = 1, .yy = 0, .tx = 75 + 180, .ty = 15 - 320});
}

}  // namespace reelpool::model_test
