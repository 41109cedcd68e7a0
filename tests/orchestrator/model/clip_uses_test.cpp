// When each medium may be in use, and how much there is to draw.
#include <doctest/doctest.h>

#include <random>

#include "model_fixture.hpp"

namespace reelpool::model_test {
namespace {

const std::string two = R"("a": {"path": "a.mp4"}, "b": {"path": "b.mp4"})";

std::vector<MediaFacts> two_files() {
    return {video(640, 360, 30, 3000, 7), video(640, 360, 30, 3000, 3)};
}

/// Every frame that a draw list shows must lie in a use of its medium.
void check_uses_cover(const Timeline& timeline) {
    for (std::uint32_t n = 0; n < timeline.frame_count(); ++n) {
        const DrawList list = timeline.frame(OutputIndex{n});
        for (const DrawGroup& group : list.groups)
            for (const DrawLayer& layer : group.layers) {
                if (layer.kind != LayerKind::frame) continue;
                bool covered = false;
                for (const ClipUse& use : timeline.uses())
                    covered = covered || (use.media == layer.frame.media && use.first.value <= n &&
                                          n <= use.last.value);
                CHECK(covered);
            }
    }
}

}  // namespace

TEST_CASE("uses name the file, the frames and the clip, by file and time") {
    const std::string text =
        project_text(two, main_comp(tracks({R"({"media": "a", "start": 2, "duration": 1},
                                  {"media": "a", "start": 5, "duration": 1})",
                                            R"({"id": "x", "media": "b", "duration": 1})"})));
    const Timeline timeline = timeline_of(text, two_files());
    REQUIRE(timeline.uses().size() == 3);
    CHECK(timeline.uses()[0] == ClipUse{MediaId{3}, OutputIndex{0}, OutputIndex{30},
                                        "comps.main.tracks[1].clips[0] \"x\""});
    CHECK(timeline.uses()[1].media == MediaId{7});
    CHECK(timeline.uses()[1].first.value <= 60);
    CHECK(timeline.uses()[1].last.value >= 89);
    CHECK(timeline.uses()[1].last.value <= 91);
    check_uses_cover(timeline);
}

TEST_CASE("uses are followed through nested comps, speeds and ranges") {
    const std::string text = project_text(
        two, main_comp(tracks({R"({"comp": "n", "start": 1, "in": 2, "speed": 2, "duration": 4},
                             {"comp": "n", "start": 6, "reverse": true, "duration": 3})"})) +
                 R"(, "n": {"width": 640, "height": 360, "fps": 25, "duration": 8, "tracks": [
               {"clips": [{"media": "a", "start": 4, "duration": 2}]},
               {"clips": [{"media": "b", "start": 7.9}]}]})");
    const Timeline timeline = timeline_of(text, two_files());
    check_uses_cover(timeline);
    // b: comp time 7.9 is main time 1 + (7.9 - 2) / 2 = 3.95, to 4.
    REQUIRE(timeline.uses()[0].media == MediaId{3});
    CHECK(timeline.uses()[0].first.value >= 116);
    CHECK(timeline.uses()[0].last.value <= 122);
    const Timeline part =
        timeline_of(text, two_files(), OutputGeometry{640, 360, 30, std::pair<Time, Time>{3, 4}});
    CHECK(part.frame_count() == 30);
    check_uses_cover(part);
    for (const ClipUse& use : part.uses()) CHECK(use.last.value < 30);
}

TEST_CASE("random nests: uses always cover what is shown, and never depend on luck") {
    std::mt19937 random(1);
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    for (int round = 0; round < 60; ++round) {
        std::string comps;
        const int depth = 1 + pick(4);
        for (int level = 0; level < depth; ++level) {
            std::vector<std::string> clips;
            const int count = 1 + pick(3);
            for (int i = 0; i < count; ++i) {
                const bool nested = level + 1 < depth && pick(3) > 0;
                std::string clip = nested
                                       ? R"({"comp": "c)" + std::to_string(level + 1) + "\""
                                       : R"({"media": ")" + std::string(pick(2) ? "a" : "b") + "\"";
                clip += R"(, "start": ")" + std::to_string(pick(20)) + R"(/10", "duration": ")" +
                        std::to_string(1 + pick(30)) + R"(/10")";
                switch (pick(5)) {
                    case 0:
                        clip += R"(, "in": 0.3, "speed": 1.5)";
                        break;
                    case 1:
                        clip += R"(, "reverse": true)";
                        break;
                    case 2:
                        clip += R"(, "speed": {"keys": [[0, 0.5, "ease"], [1, 2]]})";
                        break;
                    case 3:
                        clip += R"(, "remap": {"keys": [[0, 2], [1, 0, "ease-in"], [2, 3]]})";
                        break;
                    default:
                        break;
                }
                clips.push_back(clip + R"(, "transform": {"scale": 0.5}})");
            }
            comps += (level == 0 ? "\"main\"" : ", \"c" + std::to_string(level) + "\"") +
                     R"(: {"width": 640, "height": 360, "fps": )" + std::to_string(10 + pick(20)) +
                     R"(, "duration": 3, "tracks": [)" + tracks(clips) + "]}";
        }
        const Timeline timeline = timeline_of(project_text(two, comps), two_files());
        check_uses_cover(timeline);
        for (std::uint32_t n = 0; n < timeline.frame_count(); ++n)
            CHECK(timeline.frame(OutputIndex{n}) == timeline.frame(OutputIndex{n}));
    }
}

TEST_CASE("a comp that is shown very often has a few long uses instead of many short ones") {
    std::string clips;
    for (int i = 0; i < 500; ++i)
        clips += (i ? ", " : "") + std::string(R"({"comp": "n", "start": ")") +
                 std::to_string(2 * i) + R"(f", "duration": "1f"})";
    const std::string text = project_text(
        R"("a": {"path": "a.mp4"})",
        main_comp(tracks({clips}), "40") +
            R"(, "n": {"width": 640, "height": 360, "fps": 30, "duration": 8, "tracks": [
               {"clips": [{"media": "a"}]}]})");
    const Timeline timeline = timeline_of(text, {video(640, 360, 30, 3000)});
    CHECK(timeline.uses().size() == 1);
    check_uses_cover(timeline);
}

TEST_CASE("nested clips are counted once for each place where they are shown") {
    const std::string comp_end = R"("width": 8, "height": 8, "fps": 1, "duration": 1, "tracks": [)";
    const std::string text = project_text(
        "", main_comp(tracks({R"({"comp": "n"})", R"({"comp": "n"})", R"({"solid": "#ffffff"})"})) +
                R"(, "n": {)" + comp_end + tracks({R"({"comp": "m"})", R"({"comp": "m"})"}) +
                R"(]}, "m": {)" + comp_end + tracks({R"({"solid": "#ffffff"})"}) + "]}");
    const Timeline timeline = timeline_of(text, {});
    CHECK(timeline.nested_clip_count() == 2 * (2 + 2 * 1));
    CHECK(timeline.nesting_depth() == 2);
}

TEST_CASE("too many layers at once are refused, many one after the other are fine") {
    const auto project = [](bool at_once) {
        std::string inner;
        for (int i = 0; i < 150; ++i)
            inner += (i ? ", " : "") + tracks({R"({"solid": "#ffffff80"})"});
        std::string outer;
        for (int i = 0; i < 100; ++i)
            outer += (i ? ", " : "") + tracks({R"({"comp": "n", "duration": "1f", "start": ")" +
                                               std::to_string(at_once ? 0 : i) + "f\"}"});
        return project_text("", main_comp(outer) +
                                    R"(, "n": {"width": 8, "height": 8, "fps": 1, "duration": 1,
                                        "tracks": [)" +
                                    inner + "]}");
    };
    CHECK_THROWS_WITH(timeline_of(project(true), {}), doctest::Contains("15100 layers"));
    CHECK(timeline_of(project(false), {}).frame(OutputIndex{5}).groups.size() == 2);
}

TEST_CASE("a big timeline is resolved without looking at every clip") {
    std::string clips;
    for (int i = 0; i < 20'000; ++i)
        clips += (i ? ", " : "") + std::string(R"({"media": "a", "start": ")") + std::to_string(i) +
                 R"(f", "in": ")" + std::to_string(i % 100) + R"(f", "duration": "1f"})";
    const Timeline timeline =
        timeline_of(project_text(R"("a": {"path": "a.mp4"})",
                                 R"("main": {"width": 640, "height": 360, "fps": 30, "tracks": [)" +
                                     tracks({clips}) + "]}"),
                    {video(640, 360, 30, 3000)});
    REQUIRE(timeline.frame_count() == 20'000);
    for (std::uint32_t n = 0; n < 20'000; ++n)
        CHECK(timeline.frame(OutputIndex{n}).groups[0].layers[0].frame.frame.value == n % 100);
}

}  // namespace reelpool::model_test
