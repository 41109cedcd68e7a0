// What cannot be seen is not in the draw list; what can be, is.
#include <doctest/doctest.h>

#include "model_fixture.hpp"
#include "orchestrator/model/visibility.hpp"

namespace reelpool::model_test {
namespace {

const std::string media = R"("a": {"path": "a.mp4"}, "b": {"path": "b.png"})";

DrawList frame_of(const std::vector<std::string>& clips, const std::string& other_comps = "") {
    MediaFacts alpha = still(640, 360, 1);
    alpha.info.format.has_alpha = true;
    const Timeline timeline =
        timeline_of(project_text(media, main_comp(tracks(clips)) + other_comps),
                    {video(640, 360, 30, 300), alpha});
    return timeline.frame(OutputIndex{0});
}

std::size_t layers_of(const std::vector<std::string>& clips, const std::string& other_comps = "") {
    return frame_of(clips, other_comps).groups.back().layers.size();
}

std::string comp(const std::string& name, const std::vector<std::string>& clips,
                 const std::string& fields = "") {
    return ", \"" + name +
           R"(": {"width": 640, "height": 360, "fps": 30, "duration": 10, "tracks": [)" +
           tracks(clips) + "]" + fields + "}";
}

const std::string video_clip = R"({"media": "a"})";

}  // namespace

TEST_CASE("layers under an opaque layer that fills the output are dropped") {
    CHECK(layers_of({video_clip, video_clip, video_clip}) == 1);
    CHECK(layers_of({video_clip, R"({"solid": "#112233"})"}) == 1);
    CHECK(layers_of({video_clip, R"({"media": "a", "transform": {"scale": 1.2}})"}) == 1);
    CHECK(layers_of({video_clip, video_clip, R"({"solid": "#ffffff", "size": [10, 10]})"}) == 2);
}

TEST_CASE("and are kept where something of them may show") {
    CHECK(layers_of({video_clip, R"({"media": "a", "opacity": 0.999})"}) == 2);
    CHECK(layers_of({video_clip, R"({"media": "b"})"}) == 2);
    CHECK(layers_of({video_clip, R"({"solid": "#112233fe"})"}) == 2);
    CHECK(layers_of({video_clip, R"({"media": "a", "transform": {"position": [320.01, 180]}})"}) ==
          2);
    CHECK(layers_of({video_clip, R"({"media": "a", "transform": {"rotation": 1}})"}) == 2);
    CHECK(layers_of({video_clip, R"({"media": "a", "crop": {"left": 1}, "fit": "none"})"}) == 2);
    CHECK(layers_of({video_clip, R"({"media": "a", "fadeIn": 1})"}) ==
          1);  // opacity 0 at its start
    // Turned so far and made so large that no corner shows: covers again.
    CHECK(layers_of({video_clip, R"({"media": "a", "transform": {"rotation": 45, "scale": 4}})"}) ==
          1);
}

TEST_CASE("only what is drawn over the rest hides it, whatever its blend mode") {
    const auto under = [](const std::string& blend) {
        return layers_of({video_clip, R"({"media": "a", "blend": ")" + blend + "\"}"});
    };
    CHECK(under("dissolve") == 1);
    for (const std::string blend : {"multiply", "difference", "luminosity", "silhouette-luma"})
        CHECK(under(blend) == 2);
    // What lies below a hidden layer of any mode is hidden too.
    CHECK(layers_of({video_clip, R"({"media": "a", "blend": "screen"})", video_clip}) == 1);
    // A comp with a hole is not opaque.
    const std::string hole = comp(
        "n", {video_clip, R"({"solid": "#ffffff", "size": [9, 9], "blend": "silhouette-alpha"})"});
    CHECK(layers_of({video_clip, R"({"comp": "n"})"}, hole) == 2);
    CHECK(layers_of({video_clip, R"({"comp": "n"})"}, comp("n", {video_clip, video_clip})) == 1);
}

TEST_CASE("a stencil that shows nothing leaves nothing below it, a silhouette everything") {
    const auto over_video = [](const std::string& clip) {
        return layers_of({video_clip, clip, R"({"solid": "#ffffff", "size": [10, 10]})"});
    };
    for (const std::string nowhere : {R"("opacity": 0)", R"("transform": {"position": [-900, 0]})",
                                      R"("transform": {"scale": 0})"}) {
        const std::string clip = R"({"solid": "#ffffff", "size": [9, 9], )" + nowhere;
        CHECK(over_video(clip + R"(, "blend": "stencil-luma"})") == 1);
        CHECK(over_video(clip + R"(, "blend": "silhouette-luma"})") == 2);
    }
    CHECK(over_video(R"({"solid": "#ffffff", "start": 1, "blend": "stencil-alpha"})") == 2);
    const DrawList list = frame_of({R"({"media": "a", "opacity": 0, "blend": "stencil-alpha"})"});
    CHECK(list.groups.back().layers.empty());
    CHECK(list.groups.back().background.a == 0);
}

TEST_CASE("a clip whose matte or masks leave nothing is not decoded, nor is what only cuts") {
    const auto frames_in = [](const std::string& matte_clip, const std::string& more) {
        const Timeline timeline = timeline_of(
            project_text(media, main_comp(R"({"id": "m", "clips": [)" + matte_clip +
                                          R"(]}, {"clips": [{"media": "a", "fit": "none")" + more +
                                          "}]}")),
            {video(640, 360, 30, 300), still(640, 360, 1)});
        std::size_t frames = 0;
        const DrawList list = timeline.frame(OutputIndex{0});
        for_each_layer(list, [&](const DrawLayer& layer) {
            frames += layer.kind == LayerKind::frame ? 1U : 0U;
        });
        return frames;
    };
    const std::string by = R"(, "matte": {"track": "m"})";
    const std::string by_inverse = R"(, "matte": {"track": "m", "invert": true})";
    const std::string shown = R"({"media": "b"})";
    CHECK(frames_in(shown, "") == 1);  // the opaque clip hides it
    CHECK(frames_in(shown, by) == 2);
    CHECK(frames_in(shown, by_inverse) == 2);
    for (const std::string nowhere :
         {R"({"media": "b", "start": 2})", R"({"media": "b", "opacity": 0})",
          R"({"media": "b", "transform": {"position": [-900, 0]}})",
          R"({"media": "b", "masks": [{"shape": "rect", "center": [-900, 0], "size": [9, 9]}]})"}) {
        CAPTURE(nowhere);
        CHECK(frames_in(nowhere, by) == 0);
        CHECK(frames_in(nowhere, by_inverse) == 1);
    }
    CHECK(frames_in("", by) == 0);
    // What shows nothing itself wants no matte.
    CHECK(frames_in(shown, by + R"(, "transform": {"position": [-900, 0]})") == 0);
    // The same track cuts as often as it is named, and each time at its own appearance.
    const Timeline twice = timeline_of(
        project_text(media, main_comp(R"({"id": "m", "clips": [{"media": "b"}]},
            {"clips": [{"media": "a")" + by + R"(}]}, {"clips": [{"media": "a")" + by + "}]}")),
        {video(640, 360, 30, 300), still(640, 360, 1)});
    const ResolvedFrame frame = twice.resolve(OutputIndex{0});
    REQUIRE(frame.appearances.size() == 4);
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < i; ++j) CHECK(frame.appearances[i] != frame.appearances[j]);
}

TEST_CASE("a transition wants both its sides, and hides what both would hide") {
    const auto at_start = [](const std::string& type, const std::string& start) {
        const std::string clips = R"({"media": "a", "start": -5, "duration": 6},
            {"media": "a", "start": )" +
                                  start + R"(, "duration": 9, "transition":
            {"type": ")" + type + R"(", "duration": )" +
                                  (start == "0" ? "1" : "2") + "}}";
        const Timeline timeline = timeline_of(
            project_text(media,
                         main_comp(tracks({video_clip}) + R"(, {"clips": [)" + clips + "]}")),
            {video(640, 360, 30, 300), still(640, 360, 1)});
        const DrawList list = timeline.frame(OutputIndex{0});
        std::size_t frames = 0;
        for_each_layer(
            list, [&](const DrawLayer& one) { frames += one.kind == LayerKind::frame ? 1 : 0; });
        CHECK(list.groups.back().layers.size() == 1);
        return frames;
    };
    for (const std::string type : {"dissolve", "wipe-left", "iris", "slide-up"}) {
        CAPTURE(type);
        CHECK(at_start(type, "-1") == 2);
    }
    // In the very first frame there is nothing of what comes, and of a dip never both.
    CHECK(at_start("dissolve", "0") == 1);
    CHECK(at_start("dip", "-1") == 1);
}

TEST_CASE("layers outside the picture are dropped, those at its edge are kept") {
    const auto at = [](double x) {
        return layers_of({R"({"solid": "#ffffff", "size": [10, 10], "transform": {"position": [)" +
                          std::to_string(x) + ", 100]}}"});
    };
    CHECK(at(320) == 1);
    CHECK(at(-5.4) == 1);
    CHECK(at(645) == 1);
    CHECK(at(-20) == 0);
    CHECK(at(700) == 0);
}

TEST_CASE("transparent layers and empty comps are dropped") {
    CHECK(layers_of({R"({"solid": "transparent"})"}) == 0);
    CHECK(layers_of({R"({"solid": "#ffffff00"})"}) == 0);
    CHECK(layers_of({R"({"media": "a", "opacity": 0})"}) == 0);
    const DrawList list =
        frame_of({R"({"comp": "n"})"},
                 comp("n", {R"({"comp": "m"})"}) + comp("m", {R"({"media": "a", "opacity": 0})"}));
    CHECK(list.groups.size() == 1);
    CHECK(list.groups[0].layers.empty());
    CHECK(layers_of({R"({"comp": "n"})"}, comp("n", {}, R"(, "background": "#00000001")")) == 1);
}

TEST_CASE("a nested comp hides what is below when it is opaque itself") {
    const std::string nested = R"({"comp": "n"})";
    CHECK(layers_of({video_clip, nested}, comp("n", {video_clip})) == 1);
    CHECK(layers_of({video_clip, nested}, comp("n", {}, R"(, "background": "#010203")")) == 1);
    CHECK(layers_of({video_clip, nested},
                    comp("n", {R"({"comp": "m"})"}) + comp("m", {video_clip})) == 1);
    CHECK(layers_of({video_clip, nested}, comp("n", {R"({"media": "b"})"})) == 2);
    CHECK(layers_of({video_clip, R"({"comp": "n", "opacity": 0.5})"}, comp("n", {video_clip})) ==
          2);
    CHECK(layers_of({video_clip, R"({"comp": "n", "transform": {"scale": 0.9}})"},
                    comp("n", {video_clip})) == 2);
}

TEST_CASE("inside a faded or small comp, too, hidden layers are dropped") {
    for (const std::string fields :
         {R"("opacity": 0.5)", R"("transform": {"scale": 0.3, "rotation": 7})"}) {
        const DrawList list = frame_of({video_clip, R"({"comp": "n", )" + fields + "}"},
                                       comp("n", {video_clip, video_clip}));
        REQUIRE(list.groups.size() == 2);
        CHECK(list.groups[0].layers.size() == 1);
        CHECK(list.groups[1].layers.size() == 2);
    }
}

TEST_CASE("groups come deepest first, and none is left over") {
    const DrawList list = frame_of(
        {R"({"comp": "n"})", R"({"comp": "m", "opacity": 0.5})"},
        comp("n", {R"({"comp": "m", "opacity": 0.5})"}) + comp("m", {R"({"media": "b"})"}));
    REQUIRE(list.groups.size() == 4);
    std::vector<int> shown(list.groups.size());
    for (std::size_t owner = 0; owner < list.groups.size(); ++owner)
        for (const DrawLayer& layer : list.groups[owner].layers)
            if (layer.kind == LayerKind::group) {
                CHECK(layer.group < owner);
                ++shown[layer.group];
            }
    CHECK(shown == std::vector<int>{1, 1, 1, 0});
}

TEST_CASE("layers are in the order of their tracks") {
    const DrawList list = frame_of({video_clip, R"({"solid": "#ff0000", "size": [10, 10]})",
                                    R"({"solid": "#00ff00", "size": [10, 10]})"});
    const auto& layers = list.groups[0].layers;
    REQUIRE(layers.size() == 3);
    CHECK(layers[0].kind == LayerKind::frame);
    CHECK(layers[1].solid == Color{1, 0, 0, 1});
    CHECK(layers[2].solid == Color{0, 1, 0, 1});
}

TEST_CASE("covering needs every edge to be away from the region") {
    DrawLayer layer;
    layer.rect = {0, 0, 100, 100};
    CHECK(covers(layer, {2, 2, 98, 98}));
    CHECK_FALSE(covers(layer, {1, 2, 98, 98}));
    layer.edges = {EdgeRule::none, EdgeRule::own, EdgeRule::own, EdgeRule::own};
    CHECK(covers(layer, {-50, 2, 98, 98}));
    layer.edges.fill(EdgeRule::none);
    CHECK(covers(layer, {-50, -50, 500, 500}));
    layer.edges[2] = EdgeRule::seam;
    CHECK_FALSE(covers(layer, {0, 0, 100, 100}));
}

}  // namespace reelpool::model_test
