// Rasterized comps: drawn once for a time, however often they are shown.
#include <doctest/doctest.h>

#include <set>

#include "model_fixture.hpp"

namespace reelpool::model_test {
namespace {

const std::string media = R"("a": {"path": "a.mp4"}, "b": {"path": "b.mp4"})";

/// A comp of 320x180 with these tracks.
std::string comp(const std::string& name, const std::vector<std::string>& clips,
                 const std::string& fields = R"(, "rasterize": true)") {
    return ", \"" + name +
           R"(": {"width": 320, "height": 180, "fps": 30, "duration": 8, "tracks": [)" +
           tracks(clips) + "]" + fields + "}";
}

Timeline timeline_with(const std::vector<std::string>& clips, const std::string& comps,
                       std::optional<OutputGeometry> output = std::nullopt) {
    return timeline_of(project_text(media, main_comp(tracks(clips)) + comps),
                       {video(640, 360, 30, 300), video(64, 36, 30, 300, 1)}, output);
}

DrawList frame_of(const std::vector<std::string>& clips, const std::string& comps,
                  std::uint32_t frame = 0) {
    return timeline_with(clips, comps).frame(OutputIndex{frame});
}

std::string shown(const std::string& comp, double x, double scale = 0.25,
                  const std::string& more = "") {
    return R"({"comp": ")" + comp + R"(", "transform": {"position": [)" + std::to_string(x) +
           R"(, 180], "scale": )" + std::to_string(scale) + "}" + more + "}";
}

std::size_t frames_in(const DrawList& list) {
    std::size_t count = 0;
    for_each_layer(list,
                   [&count](const DrawLayer& l) { count += l.kind == LayerKind::frame ? 1U : 0U; });
    return count;
}

const std::string plain = R"({"media": "a"})";

}  // namespace

TEST_CASE("a comp that is shown five times at one time is drawn once") {
    std::vector<std::string> clips;
    for (int i = 0; i < 5; ++i) clips.push_back(shown("r", 80 + 100 * i));
    const ResolvedFrame frame = timeline_with(clips, comp("r", {plain})).resolve(OutputIndex{7});
    const DrawList& list = frame.list;
    REQUIRE(list.canvases.size() == 1);
    CHECK(list.canvases[0].width == 320);
    CHECK(list.canvases[0].height == 180);
    CHECK(list.canvases[0].groups.size() == 1);
    CHECK(list.canvases[0].levels == std::vector<Level>{{0, 0}, {1, 1}, {2, 2}});
    CHECK(list.groups.size() == 1);
    CHECK(list.groups[0].layers.size() == 5);
    for (const DrawLayer& layer : list.groups[0].layers) {
        CHECK(layer.kind == LayerKind::canvas);
        CHECK(layer.canvas == 0);
        CHECK(layer.level == Level{2, 2});
        CHECK(layer.sampling == Sampling::bilinear);
        CHECK(layer.rect == Rect{0, 0, 320, 180});
    }
    CHECK(frames_in(list) == 1);
    CHECK(frame.appearances.size() == 1);
}

TEST_CASE("at another time it is another picture") {
    const std::vector<std::string> clips{shown("r", 100), shown("r", 300, 0.25, R"(, "in": 1)"),
                                         shown("r", 500, 0.25, R"(, "in": 1, "speed": 0)")};
    const std::string comps = comp("r", {plain});
    const DrawList apart = frame_of(clips, comps, 3);
    CHECK(apart.canvases.size() == 3);
    CHECK(frames_in(apart) == 3);
    const DrawList together = frame_of(clips, comps, 0);  // two of them still at 1 s
    CHECK(together.canvases.size() == 2);
    CHECK(frames_in(together) == 2);
}

TEST_CASE("what it shows does not depend on where and how large it is shown") {
    // The medium is 640 wide on a canvas of 320: half its size, wherever the canvas goes.
    const std::string comps = comp("r", {plain});
    for (const double scale : {0.1, 1.0, 3.0}) {
        const DrawList list = frame_of({shown("r", 320, scale)}, comps);
        REQUIRE(list.canvases.size() == 1);
        const DrawLayer& inside = list.canvases[0].groups[0].layers.at(0);
        CHECK(inside.frame.level == Level{1, 1});
        CHECK(inside.matrix == Matrix{.xx = 0.5, .yy = 0.5});
        CHECK(inside.sampling == Sampling::bilinear);
    }
    // A scale that moves around it makes it smooth, not what is inside.
    const DrawList moving =
        frame_of({R"({"comp": "r", "transform": {"scale": {"keys": [[0, 0.3], [4, 1]]}}})"}, comps);
    CHECK(moving.groups[0].layers.at(0).sampling == Sampling::smooth);
    CHECK(moving.groups[0].layers.at(0).level == Level{1, 1});
    CHECK(moving.canvases[0].groups[0].layers.at(0).sampling == Sampling::bilinear);
    const DrawList chosen =
        frame_of({R"({"comp": "r", "sampling": "smooth", "crop": {"left": 10}})"}, comps);
    CHECK(chosen.groups[0].layers.at(0).sampling == Sampling::smooth);
    CHECK(chosen.groups[0].layers.at(0).rect == Rect{10, 0, 320, 180});
}

TEST_CASE("what is not seen of it is neither drawn nor decoded") {
    const std::string comps = comp("r", {plain});
    CHECK(frame_of({shown("r", -500)}, comps).canvases.empty());
    CHECK(frame_of({shown("r", 100), plain}, comps).canvases.empty());
    CHECK(frame_of({shown("r", 100, 0.25, R"(, "opacity": 0)")}, comps).canvases.empty());
    CHECK(frame_of({shown("r", 100, 0.25, R"(, "start": 1)")}, comps).canvases.empty());
    CHECK(frame_of({shown("r", 100)}, comp("r", {})).canvases.empty());
    // A canvas that only hidden layers of another canvas show.
    const std::string nested = comps + comp("q", {shown("r", 100), R"({"solid": "#102030"})"});
    const DrawList list = frame_of({shown("q", 100)}, nested);
    CHECK(list.canvases.size() == 1);
    CHECK(frames_in(list) == 0);
}

TEST_CASE("an opaque canvas hides what lies below it") {
    const std::string whole = R"({"comp": "r", "transform": {"scale": 2.1}})";
    CHECK(frame_of({plain, whole}, comp("r", {plain})).groups[0].layers.size() == 1);
    CHECK_FALSE(frame_of({plain, whole}, comp("r", {plain})).canvases[0].has_alpha);
    const std::string background = R"(, "rasterize": true, "background": "#405060")";
    CHECK(frame_of({plain, whole}, comp("r", {}, background)).groups[0].layers.size() == 1);
    const std::string part = R"({"media": "a", "transform": {"scale": 0.9}})";
    const DrawList open = frame_of({plain, whole}, comp("r", {part}));
    CHECK(open.groups[0].layers.size() == 2);
    CHECK(open.canvases[0].has_alpha);
    // Coverage below 1 somewhere in the output.
    CHECK(frame_of({plain, shown("r", 320, 1.5)}, comp("r", {plain})).groups[0].layers.size() == 2);
}

TEST_CASE("canvases nest in comps and canvases, deepest first") {
    const std::string comps = comp("deep", {plain}) +
                              comp("r", {shown("deep", 100), shown("deep", 200, 0.5)}) +
                              comp("group", {shown("r", 100), shown("deep", 50)}, "");
    const DrawList list =
        frame_of({shown("group", 200, 1, R"(, "opacity": 0.5)"), shown("r", 500)}, comps);
    REQUIRE(list.canvases.size() == 2);
    CHECK(list.canvases[0].groups[0].comp == 1);
    CHECK(list.canvases[1].groups[0].comp == 2);
    CHECK(list.groups.size() == 2);
    for (std::uint32_t i = 0; i < 2; ++i)
        for (const DrawLayer& layer : list.canvases[i].groups[0].layers)
            if (layer.kind == LayerKind::canvas) CHECK(layer.canvas < i);
    // An ordinary comp inside a canvas is a group of that canvas.
    const std::string inner = comp("group", {plain}, "") + comp("r", {shown("group", 9)});
    const DrawList grouped = frame_of({shown("r", 9)}, inner);
    CHECK(grouped.canvases[0].groups.size() == 2);
    CHECK(grouped.groups.size() == 1);
}

TEST_CASE("a main comp that is rasterized is a picture of its own size") {
    const std::string text =
        project_text(media, R"("main": {"width": 640, "height": 360, "fps": 30, "duration": 3,
            "rasterize": true, "tracks": [{"clips": [{"media": "a"}]}]})");
    const DrawList list = timeline_of(text, {video(640, 360, 30, 300), video(9, 9, 30, 9, 1)},
                                      OutputGeometry{.width = 160, .height = 180, .fps = 30})
                              .frame(OutputIndex{0});
    REQUIRE(list.canvases.size() == 1);
    CHECK(list.canvases[0].width == 640);
    CHECK(list.canvases[0].groups[0].layers.at(0).matrix == Matrix{});
    const DrawLayer& layer = list.groups.at(0).layers.at(0);
    CHECK(layer.kind == LayerKind::canvas);
    CHECK(layer.level == Level{2, 1});
    CHECK(layer.matrix == Matrix{.xx = 0.25, .yy = 0.5});
}

TEST_CASE("appearances differ between canvases and stay from frame to frame") {
    const Timeline timeline =
        timeline_with({shown("r", 100), shown("r", 300, 0.25, R"(, "in": 1)"), plain,
                       shown("q", 500, 0.25, R"(, "in": 0.5)")},
                      comp("r", {plain, R"({"media": "b", "transform": {"scale": 0.1}})"}) +
                          comp("q", {shown("r", 9)}));
    const ResolvedFrame first = timeline.resolve(OutputIndex{1});
    const ResolvedFrame later = timeline.resolve(OutputIndex{20});
    CHECK(first.appearances.size() == frames_in(first.list));
    CHECK(std::set<std::uint64_t>(first.appearances.begin(), first.appearances.end()).size() ==
          first.appearances.size());
    CHECK(first.appearances == later.appearances);
}

}  // namespace reelpool::model_test
