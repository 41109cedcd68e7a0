// Which source frame every output frame shows.
#include <doctest/doctest.h>

#include <numeric>

#include "model_fixture.hpp"

namespace reelpool::model_test {
namespace {

const std::string one = R"("a": {"path": "a.mp4"})";

using Frames = std::vector<std::uint32_t>;

Frames frames_of(const std::string& clip, const MediaFacts& facts, std::uint32_t count,
                 const std::string& duration = "10") {
    return shown_frames(
        timeline_of(project_text(one, main_comp(tracks({clip}), duration)), {facts}), count);
}

Frames counting(std::uint32_t count, std::uint32_t from = 0) {
    Frames frames(count);
    std::iota(frames.begin(), frames.end(), from);
    return frames;
}

}  // namespace

TEST_CASE("the source's own rate shows every frame once") {
    CHECK(frames_of(R"({"media": "a"})", video(64, 36, 30, 300), 300) == counting(300));
    CHECK(frames_of(R"({"media": "a", "in": "7f"})", video(64, 36, 30, 300), 200) ==
          counting(200, 7));
}

TEST_CASE("24 fps with time stamps in whole milliseconds shows every frame once") {
    MediaFacts facts = video(64, 36, 24, 240);
    facts.table.time_base = Rational(1, 1000);
    for (std::uint32_t n = 0; n < 240; ++n)
        facts.table.pts[n] = Rational(1000 * n, 24).to_integer(Rounding::nearest);
    REQUIRE(facts.table.pts[1] == 42);
    REQUIRE(facts.table.pts[2] == 83);
    facts.table.end_pts = 10'000;
    const Timeline timeline =
        timeline_of(project_text(one, R"("main": {"width": 64, "height": 36, "fps": 24,
                     "tracks": [{"clips": [{"media": "a"}]}]})"),
                    {facts});
    CHECK(timeline.frame_count() == 240);
    CHECK(shown_frames(timeline, 240) == counting(240));
}

TEST_CASE("30000/1001 stays exact over hours") {
    const Rational fps(30000, 1001);
    const std::uint32_t frames = 400'000;
    const Timeline timeline =
        timeline_of(project_text(one, R"("main": {"width": 64, "height": 36, "fps": "30000/1001",
                     "tracks": [{"clips": [{"media": "a"}]}]})"),
                    {video(64, 36, fps, frames)});
    REQUIRE(timeline.frame_count() == frames);
    for (const std::uint32_t n : {0U, 1U, 29'969U, 107'892U, 399'999U})
        CHECK(timeline.frame(OutputIndex{n}).groups[0].layers[0].frame.frame.value == n);
    CHECK(timeline.warnings().empty());
}

TEST_CASE("a comp has ceil(duration x fps) frames, and a range begins its own grid") {
    const std::string text = project_text(one, main_comp(tracks({R"({"media": "a"})"}), "1.01"));
    const MediaFacts facts = video(64, 36, 30, 300);
    CHECK(timeline_of(text, {facts}).frame_count() == 31);
    const auto with = [&](Rational fps, std::optional<std::pair<Time, Time>> range) {
        return timeline_of(text, {facts}, OutputGeometry{640, 360, fps, range});
    };
    CHECK(with(60, {}).frame_count() == 61);
    CHECK(shown_frames(with(60, {}), 5) == Frames{0, 0, 1, 1, 2});
    CHECK(shown_frames(with(15, {}), 4) == Frames{0, 2, 4, 6});
    const Timeline part = with(30, std::pair<Time, Time>{Rational(1, 2), Rational(3, 5)});
    CHECK(part.frame_count() == 3);
    CHECK(shown_frames(part, 3) == Frames{15, 16, 17});
    CHECK(with(30, std::pair<Time, Time>{Rational(1), Rational(5)}).frame_count() == 1);
    CHECK(with(30, std::pair<Time, Time>{Rational(1, 2), Rational(1, 2)}).frame_count() == 0);
    CHECK_THROWS(with(30, std::pair<Time, Time>{Rational(2), Rational(3)}));
}

TEST_CASE("clips are active from their start to just before their end") {
    const std::string text =
        project_text(one, main_comp(tracks({R"({"media": "a", "start": "3f", "duration": "2f"},
                                  {"media": "a", "start": 0.5, "in": 1, "duration": 0.001})"})));
    const Timeline timeline = timeline_of(text, {video(64, 36, 30, 300)});
    const auto layers = [&](std::uint32_t n) {
        return timeline.frame(OutputIndex{n}).groups.back().layers;
    };
    CHECK(layers(2).empty());
    CHECK(layers(3).size() == 1);
    CHECK(layers(4).at(0).frame.frame.value == 1);
    CHECK(layers(5).empty());
    CHECK(layers(15).at(0).frame.frame.value == 30);
    CHECK(layers(16).empty());
}

TEST_CASE("speed") {
    const MediaFacts facts = video(64, 36, 30, 300);
    CHECK(frames_of(R"({"media": "a", "speed": 2})", facts, 4) == Frames{0, 2, 4, 6});
    CHECK(frames_of(R"({"media": "a", "speed": 0.5, "in": "1f"})", facts, 4) == Frames{1, 1, 2, 2});
    CHECK(frames_of(R"({"media": "a", "speed": 0, "in": 2})", facts, 3) == Frames{60, 60, 60});
    // Speed rises from 0 to 2 in one second: the source runs as u^2.
    const Frames ramp =
        frames_of(R"({"media": "a", "speed": {"keys": [[0, 0], [1, 2]]}})", facts, 40);
    for (std::uint32_t n = 0; n < 30; ++n) CHECK(ramp[n] == n * n / 30);
    CHECK(ramp[39] == 30 + 18);
}

TEST_CASE("the default duration is what is left of the source, at its speed") {
    const MediaFacts facts = video(64, 36, 30, 300);
    const auto frames = [&](const std::string& clip) {
        return timeline_of(project_text(one, R"("main": {"width": 64, "height": 36, "fps": 30,
                                        "tracks": [{"clips": [)" +
                                                 clip + "]}]}"),
                           {facts})
            .frame_count();
    };
    CHECK(frames(R"({"media": "a"})") == 300);
    CHECK(frames(R"({"media": "a", "in": 4, "speed": 2, "start": 1})") == 120);
    CHECK(frames(R"({"media": "a", "reverse": true})") == 300);
    CHECK(frames(R"({"media": "a", "duration": 2}, {"solid": "#000000", "start": 2})") == 60);
    CHECK_THROWS_WITH(frames(R"({"media": "a", "in": 10})"),
                      doctest::Contains("nothing is left of its source"));
    CHECK_THROWS_WITH(frames(R"({"media": "a", "speed": 0})"),
                      doctest::Contains("length cannot be told"));
    CHECK_THROWS_WITH(frames(R"({"media": "a"}, {"media": "a", "start": 9.5})"),
                      doctest::Contains("by 0.5 s (15 frames)"));
}

TEST_CASE("reverse on the frame grid swaps frame k with frame N-1-k") {
    const MediaFacts facts = video(64, 36, 30, 300);
    for (
        const std::string clip :
        {R"({"media": "a", "start": "7f", "in": 1, "duration": "20f"})",
         R"({"media": "a", "start": "1001/30000", "speed": 0.7, "duration": 1})",
         R"({"media": "a", "start": 0, "duration": "30f", "speed": {"keys": [[0, 0], [1, 2]]}})"}) {
        const auto show = [&](const std::string& text) {
            const Timeline timeline =
                timeline_of(project_text(one, main_comp(tracks({text}))), {facts});
            Frames frames;
            for (std::uint32_t n = 0; n < 60; ++n) {
                const DrawList list = timeline.frame(OutputIndex{n});
                const auto& layers = list.groups.back().layers;
                if (!layers.empty()) frames.push_back(layers[0].frame.frame.value);
            }
            return frames;
        };
        const Frames forward = show(clip);
        const Frames backward = show(clip.substr(0, clip.size() - 1) + R"(, "reverse": true})");
        CAPTURE(clip);
        REQUIRE(forward.size() == backward.size());
        if (clip.find("1001") == std::string::npos)
            CHECK(Frames(forward.rbegin(), forward.rend()) == backward);
    }
    // Off the grid: k0 = ceil(1.001) = 2, k1 = ceil(31.001) = 32; u of frame 2 is 999/30000 s...
    const Rational start(1001, 30000);
    const Rational mirror = Rational(2 + 32 - 1) / Rational(30) - start - start;
    const Rational u = Rational(2, 30) - start;
    CHECK(frames_of(R"({"media": "a", "start": 0, "duration": "2f"},
                       {"media": "a", "start": "1001/15000", "duration": 1})",
                    facts, 2) == Frames{0, 1});
    const Timeline timeline = timeline_of(
        project_text(one, main_comp(tracks({R"({"media": "a", "start": "1001/30000", "duration": 1,
                                   "reverse": true})"}))),
        {facts});
    const auto shown = timeline.frame(OutputIndex{2}).groups[0].layers.at(0).frame.frame.value;
    const Rational source = mirror - u + Rational(1, 2000);  // with the half tick of frame_at
    CHECK(shown == (source * Rational(30)).to_integer(Rounding::floor));
}

TEST_CASE("reverse takes the enclosing comp's own rate, whatever the output's is") {
    const std::string text = project_text(
        one, main_comp(tracks({R"({"media": "a", "duration": "4f", "reverse": true})"})));
    const Timeline timeline =
        timeline_of(text, {video(64, 36, 60, 300)}, OutputGeometry{640, 360, 60, {}});
    // Forward local time is 3/30 - u, never below 0.
    CHECK(shown_frames(timeline, 8) == Frames{6, 5, 4, 3, 2, 1, 0, 0});
}

TEST_CASE("remap replaces in, speed and reverse") {
    CHECK(frames_of(R"({"media": "a", "in": 5, "speed": 3, "reverse": true,
                        "remap": {"keys": [[0, "10f"], ["5f", "0f", "hold"], ["7f", 1]]}})",
                    video(64, 36, 30, 300), 9) == Frames{10, 8, 6, 4, 2, 0, 0, 30, 30});
}

TEST_CASE("nested comps have exact times on no grid") {
    // Main runs at 30, the comp at 25 with a start off its grid, the medium at 24.
    const std::string text = project_text(
        one, main_comp(tracks({R"({"comp": "n", "start": "1/7", "in": "1/3", "speed": 1.1})"})) +
                 R"(, "n": {"width": 64, "height": 36, "fps": 25, "duration": 20, "tracks": [
                 {"clips": [{"media": "a", "start": "1/9", "in": "3f", "speed": 0.9}]}]})");
    const Timeline timeline = timeline_of(text, {video(64, 36, 24, 480)});
    for (std::uint32_t n = 5; n < 300; ++n) {
        const Rational outer =
            Rational(1, 3) + Rational(11, 10) * (Rational(n, 30) - Rational(1, 7));
        const Rational inner = Rational(3, 25) + Rational(9, 10) * (outer - Rational(1, 9));
        const DrawList list = timeline.frame(OutputIndex{n});
        REQUIRE(list.groups.size() == 2);
        // Half a tick of tolerance: 1/48 s of a 1/24 s tick, but at most 1/2000 s.
        const auto expected =
            ((inner + Rational(1, 2000)) * Rational(24)).to_integer(Rounding::floor);
        CHECK(list.groups[0].layers.at(0).frame.frame.value == expected);
    }
}

TEST_CASE("outside its duration a nested comp shows nothing, not even its background") {
    const std::string text = project_text(
        "", main_comp(tracks({R"({"comp": "n", "start": 1, "in": 0.5, "duration": 3})"})) +
                R"(, "n": {"width": 64, "height": 36, "fps": 25, "duration": 1.5,
                    "background": "#ff0000"})");
    const Timeline timeline = timeline_of(text, {});
    const auto groups = [&](std::uint32_t n) {
        return timeline.frame(OutputIndex{n}).groups.size();
    };
    CHECK(groups(29) == 1);
    CHECK(groups(30) == 2);
    CHECK(groups(59) == 2);
    CHECK(groups(60) == 1);
}

TEST_CASE("image sequences show floor(t x fps), stills one frame for ever") {
    const std::string sequence = R"("a": {"path": "s%d.png", "fps": 12})";
    MediaFacts facts = video(64, 36, 1, 24);  // the table of a sequence only counts
    const Timeline timeline = timeline_of(
        project_text(sequence, main_comp(tracks({R"({"media": "a", "duration": 5})"}))), {facts});
    const Frames frames = shown_frames(timeline, 90);
    for (std::uint32_t n = 0; n < 90; ++n) CHECK(frames[n] == std::min(23U, n * 12 / 30));
    CHECK(timeline_of(project_text(sequence, R"("main": {"width": 8, "height": 8, "fps": 30,
                "tracks": [{"clips": [{"media": "a"}]}]})"),
                      {facts})
              .frame_count() == 60);
    const Timeline lasting = timeline_of(
        project_text(one, main_comp(tracks({R"({"media": "a", "in": 5})"}))), {still(64, 36)});
    CHECK(shown_frames(lasting, 300) == Frames(300, 0));
    CHECK(lasting.warnings().empty());
}

TEST_CASE("fades and opacities multiply and are clamped") {
    const std::string text = project_text(
        one, main_comp(R"({"opacity": 0.5, "clips": [{"media": "a", "duration": 2, "fadeIn": 1,
             "fadeOut": 0.5, "opacity": {"keys": [[0, 1], [2, 0.5]]}}]})"));
    const Timeline timeline = timeline_of(text, {video(64, 36, 30, 300)});
    for (std::uint32_t n = 0; n < 60; ++n) {
        const double u = n / 30.0;
        const double expected = 0.5 * (1 - u / 4) * std::min(1.0, u) * std::min(1.0, (2 - u) / 0.5);
        const DrawList list = timeline.frame(OutputIndex{n});
        const auto& layers = list.groups[0].layers;
        if (n == 0) {
            CHECK(layers.empty());
        } else {
            CHECK(layers.at(0).opacity == doctest::Approx(expected).epsilon(1e-14));
        }
    }
}

TEST_CASE("warnings") {
    const auto codes = [](const std::string& comps, const MediaFacts& facts) {
        std::string all;
        const Timeline timeline = timeline_of(project_text(one, comps), {facts});
        for (const TimelineWarning& warning : timeline.warnings())
            all += warning.code + ": " + warning.message + "\n";
        return all;
    };
    const MediaFacts facts = video(64, 36, 30, 60);
    CHECK(codes(main_comp(tracks({R"({"media": "a"})"})), facts) == "");
    CHECK(codes(main_comp(tracks({R"({"media": "a", "duration": 2.01})"})), facts) != "");
    CHECK(codes(main_comp(tracks({R"({"media": "a", "duration": 2})"})), facts) == "");
    CHECK(contains(codes(main_comp(tracks({R"({"id": "x", "media": "a", "duration": 3})"})), facts),
                   "past-end: comps.main.tracks[0].clips[0] \"x\""));
    CHECK(codes(main_comp(tracks({R"({"media": "a", "duration": 3})"}), "2"), facts) == "");
    CHECK(contains(codes(main_comp(tracks({R"({"media": "a", "duration": 2, "remap":
                         {"keys": [[0, 1], [1, -1], [2, 1]]}})"})),
                         facts),
                   "before-start: "));
    MediaFacts loud = facts;
    loud.info.has_sound = true;
    CHECK(contains(codes(main_comp(tracks({R"({"media": "a"})"})), loud), "no-sound: "));
    loud.info.sound = SoundInfo{.codec = "pcm", .rate_hz = 48000, .channels = 1, .layout_mask = 4};
    CHECK(codes(main_comp(tracks({R"({"media": "a"})"})), loud) == "");
    loud.info.sound.reset();
    CHECK(codes(main_comp(tracks({R"({"media": "a", "mute": true})"})), loud) == "");
    CHECK(
        contains(codes(R"("main": {"width": 8, "height": 8, "fps": 29.97, "duration": 1})", facts),
                 "30000/1001"));
    std::string deep = main_comp(tracks({R"({"comp": "c1"})"}));
    for (int i = 1; i <= 6; ++i)
        deep += ", \"c" + std::to_string(i) +
                R"(": {"width": 8, "height": 8, "fps": 30, "duration": 10, "tracks": [)" +
                (i < 6 ? tracks({R"({"comp": "c)" + std::to_string(i + 1) + "\"}"}) : "") + "]}";
    CHECK(contains(codes(deep, facts), "nesting: comps are nested 6 deep"));
}

TEST_CASE("hidden tracks and disabled clips are not shown") {
    const std::string text =
        project_text(one, main_comp(R"({"hidden": true, "clips": [{"media": "a"}]},
                          {"clips": [{"media": "a", "disabled": true}]},
                          {"clips": [{"media": "a", "in": 1}]})"));
    const Timeline timeline = timeline_of(text, {video(64, 36, 30, 300)});
    CHECK(timeline.frame(OutputIndex{0}).groups[0].layers.size() == 1);
    CHECK(shown_frames(timeline, 1) == Frames{30});
    CHECK(timeline.uses().size() == 1);
}

TEST_CASE("times beyond 126 bits are refused or rounded, never a crash") {
    std::string comps = main_comp(tracks({R"({"comp": "c1", "speed": 1.00000000000000013})"}));
    for (int i = 1; i <= 8; ++i)
        comps += ", \"c" + std::to_string(i) +
                 R"(": {"width": 8, "height": 8, "fps": 30, "duration": 100, "tracks": [)" +
                 tracks({i < 8 ? R"({"comp": "c)" + std::to_string(i + 1) +
                                     R"(", "speed": 1.00000000000000013, "duration": 50})"
                               : R"({"media": "a"})"}) +
                 "]}";
    CHECK_THROWS_WITH(timeline_of(project_text(one, comps), {video(64, 36, 30, 3000)}),
                      doctest::Contains("126 bits"));
    // Keyed speeds are not checked ahead: each frame falls back to the nearest tick.
    const std::string constant = "1.00000000000000013";
    const std::string keys =
        R"({"keys": [[0, 0.99999999999999987], [77.7777777777777, 1.00000000000000013]]})";
    std::string keyed = comps;
    for (std::size_t at = keyed.find(constant); at != std::string::npos;
         at = keyed.find(constant, at + keys.size()))
        keyed.replace(at, constant.size(), keys);
    const Timeline timeline = timeline_of(project_text(one, keyed), {video(64, 36, 30, 3000)});
    for (const std::uint32_t n : {0U, 1U, 100U, 299U}) {
        const std::uint32_t shown = shown_frames(timeline, n + 1).back();
        CHECK(shown + 1 >= n);
        CHECK(shown <= n + 1);
    }
}

}  // namespace reelpool::model_test
