// What a right project means: exact numbers, defaults, colours, paths.
#include <doctest/doctest.h>

#include "model_fixture.hpp"
#include "orchestrator/model/exact_number.hpp"

namespace reelpool::model_test {
namespace {

Clip clip_of(const std::string& fields) {
    const Project project =
        parse(project_text(R"("a": {"path": "a.mp4"})", main_comp(tracks({"{" + fields + "}"}))));
    return project.comps[0].tracks[0].clips[0];
}

}  // namespace

TEST_CASE("numbers are read as the exact decimals they are") {
    CHECK(parse_decimal("0.1").value == Rational(1, 10));
    CHECK(parse_decimal("-0.125").value == Rational(-1, 8));
    CHECK(parse_decimal("29.97").value == Rational(2997, 100));
    CHECK(parse_decimal("1e3").value == Rational(1000));
    CHECK(parse_decimal("1.5E-3").value == Rational(3, 2000));
    CHECK(parse_decimal("120.00e-2").value == Rational(6, 5));
    CHECK(parse_decimal("-0").value == Rational(0));
    CHECK(parse_decimal("0e99999999999999999999").value == Rational(0));
    CHECK(parse_decimal("0.30000000000000004").value ==
          Rational(30000000000000004, 100000000000000000));
    CHECK(parse_decimal("123456789012345678").value == Rational(123456789012345678));
    CHECK_FALSE(parse_decimal("1234567890123456789").problem.empty());
    CHECK_FALSE(parse_decimal("1e-19").problem.empty());
    CHECK_FALSE(parse_decimal("1e18").problem.empty());
    CHECK_FALSE(parse_decimal("1e999999999999").problem.empty());
}

TEST_CASE("times are seconds, frames of the comp that holds the clip, or fractions") {
    CHECK(clip_of(R"("media": "a", "start": 0.1)").start == Rational(1, 10));
    CHECK(clip_of(R"("media": "a", "start": "90f")").start == Rational(3));
    CHECK(clip_of(R"("media": "a", "start": "-1f")").start == Rational(-1, 30));
    CHECK(clip_of(R"("media": "a", "start": "1001/30000")").start == Rational(1001, 30000));
    const Clip clip = clip_of(
        R"("media": "a", "in": "15f", "duration": "1/3", "fadeIn": "3f", "fadeOut": 0.2,
           "remap": {"keys": [["0f", "30f"], ["30f", 0.5, "hold"], [2, "1/7"]]})");
    CHECK(clip.in == Rational(1, 2));
    CHECK(clip.duration == Rational(1, 3));
    CHECK(clip.fade_in == Rational(1, 10));
    CHECK(clip.fade_out == Rational(1, 5));
    REQUIRE(clip.remap);
    CHECK(clip.remap->keys[0].value == Rational(1));
    CHECK(clip.remap->keys[1].time == Rational(1));
    CHECK(clip.remap->keys[1].ease == hold_ease);
    CHECK(clip.remap->keys[2].value == Rational(1, 7));
}

TEST_CASE("frames in a nested comp count at that comp's own rate") {
    const Project project = parse(project_text("", main_comp(tracks({R"({"comp": "slow"})"})) + R"(,
        "slow": {"width": 8, "height": 8, "fps": "24000/1001", "duration": "48f",
                 "tracks": [{"clips": [{"solid": "#fff00080", "start": "24f"}]}]})"));
    const Comp& slow = project.comps[1];
    CHECK(slow.fps == Rational(24000, 1001));
    CHECK(slow.duration == Rational(2002, 1000));
    CHECK(slow.tracks[0].clips[0].start == Rational(1001, 1000));
    CHECK(slow.tracks[0].clips[0].solid == Color{1, 240 / 255.0, 0, 128 / 255.0});
}

TEST_CASE("defaults") {
    const Clip clip = clip_of(R"("media": "a")");
    CHECK(clip.start == Rational(0));
    CHECK(clip.in == Rational(0));
    CHECK_FALSE(clip.duration);
    CHECK(clip.speed.constant == Rational(1));
    CHECK(clip.opacity.constant[0] == 1);
    CHECK_FALSE(clip.fit);
    CHECK_FALSE(clip.sampling);
    CHECK(clip.transform.anchor.constant == Value{0.5, 0.5});
    CHECK_FALSE(clip.transform.position);
    CHECK(clip.transform.scale.constant == Value{1, 1});
    const Project project = parse(project_text("", main_comp("{}")));
    CHECK(project.comps[0].background == Color{0, 0, 0, 0});
    CHECK(project.comps[0].tracks[0].opacity == 1);
}

TEST_CASE("scale, eases and animated points") {
    const Clip clip = clip_of(
        R"("media": "a", "transform": {"scale": {"keys": [[0, 0.5, [0.1, -0.5, 0.9, 1.5]],
           [1, [1, -1], "ease-in-out"]]}, "anchor": [0, 1], "position": [-10.5, 20],
           "rotation": -90})");
    CHECK(clip.transform.scale.keys[0].value == Value{0.5, 0.5});
    CHECK(clip.transform.scale.keys[0].ease == Ease{EaseKind::bezier, 0.1, -0.5, 0.9, 1.5});
    CHECK(clip.transform.scale.keys[1].value == Value{1, -1});
    CHECK(clip.transform.scale.keys[1].ease == css_ease_in_out);
    CHECK(clip.transform.anchor.constant == Value{0, 1});
    CHECK(clip.transform.position->constant == Value{-10.5, 20});
    CHECK(clip.transform.rotation.constant[0] == -90);
}

TEST_CASE("image sequences name their pictures") {
    const Project project = parse(project_text(
        R"("s": {"path": "f/shot_%04d.png", "fps": 24}, "t": {"path": "t%d.png", "fps": 1, "first": 0})",
        main_comp("")));
    CHECK(sequence_path(project.media[0], 0) == "f/shot_0001.png");
    CHECK(sequence_path(project.media[0], 99'999) == "f/shot_100000.png");
    CHECK(sequence_path(project.media[1], 12) == "t12.png");
}

TEST_CASE("media in use are those that main can reach") {
    const Project project = parse(project_text(
        R"("a": {"path": "a"}, "b": {"path": "b"}, "c": {"path": "c"}, "d": {"path": "d"})",
        main_comp(R"({"clips": [{"comp": "n", "duration": 1}]},
                     {"hidden": true, "clips": [{"media": "d"}]},
                     {"clips": [{"media": "b", "disabled": true}]})") +
            R"(, "n": {"width": 4, "height": 4, "fps": 1, "tracks": [{"clips": [{"media": "c"}]}]},
               "unused": {"width": 4, "height": 4, "fps": 1, "tracks": [{"clips": [{"media": "a"}]}]})"));
    CHECK(media_in_use(project) == std::vector<std::uint32_t>{2, 3});
}

TEST_CASE("clips have a path that people can find") {
    const Project project = parse(project_text(
        "", R"("main": {"width": 4, "height": 4, "fps": 1, "duration": 1, "tracks": [{},
            {"clips": [{"solid": "#000000", "duration": 1}, {"id": "b", "solid": "transparent", "start": 1}]}]})"));
    const Comp& main = project.comps[0];
    CHECK(clip_path(main, 1, main.tracks[1].clips[0]).starts_with("comps.main.tracks[1].clips[0]"));
}

}  // namespace reelpool::model_test
