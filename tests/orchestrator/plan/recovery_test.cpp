// Workers die in the middle of plans; every picture is right all the same.
#include <doctest/doctest.h>

#include <random>

#include "orchestrator/plan/bad_frames.hpp"
#include "orchestrator/plan/clip_planner.hpp"
#include "random_timeline.hpp"
#include "simulated_world.hpp"
#include "tests/sanitized.hpp"

using namespace reelpool;
using namespace reelpool::plan;
using namespace reelpool::plan::test;

namespace {

constexpr std::uint64_t mb = 1 << 20;

FrameKey full(std::uint32_t frame, std::uint32_t media = 0) {
    return {MediaId{media}, FrameIndex{frame}, {}};
}

using WantsByOutput = std::vector<std::vector<FrameKey>>;

WantsByOutput forwards(std::uint32_t count) {
    WantsByOutput wants;
    for (std::uint32_t n = 0; n < count; ++n) wants.push_back({full(n)});
    return wants;
}

}  // namespace

TEST_CASE("random timelines with random deaths show every frame, and decode little again") {
    const std::uint64_t seeds = reelpool::test::is_sanitized() ? 60 : 300;
    std::uint64_t deaths = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        const RandomTimeline timeline(seed);
        std::mt19937_64 random(seed * 77);
        const auto below = [&](std::uint64_t n) {
            return static_cast<std::uint32_t>(random() % n);
        };
        const auto result =
            simulate(timeline.media, timeline.wants,
                     {.cache_bytes = timeline.least_bytes + below(4) * mb,
                      .max_cursors_per_worker = 1 + below(4),
                      .max_cursors = 6},
                     seed, 1 + below(20), {}, {.deaths = {.events_per_death = 5 + below(60)}});
        REQUIRE_FALSE(result.is_stuck);
        REQUIRE_FALSE(result.poison);
        CHECK(result.frames_decoded <= result.frames_planned + result.frames_again);
        deaths += result.died;
    }
    MESSAGE("deaths ", deaths);
    CHECK(deaths > seeds);
}

TEST_CASE("deaths, a disk that fails and a small cache at once") {
    const std::uint64_t seeds = reelpool::test::is_sanitized() ? 30 : 100;
    std::uint64_t rescued = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        const RandomTimeline timeline(seed);
        const auto result =
            simulate(timeline.media, timeline.wants,
                     {.cache_bytes = timeline.least_bytes + mb, .disk_bytes = 400 * mb}, seed, 12,
                     {.reads_per_failure = 4}, {.deaths = {.events_per_death = 20}});
        REQUIRE_FALSE(result.is_stuck);
        REQUIRE_FALSE(result.poison);
        rescued += result.disk.decoded_again;
    }
    MESSAGE("rescued ", rescued);
    CHECK(rescued > 0);
}

TEST_CASE("engine V1's plans survive deaths as well") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        const std::vector<MediaSource> media{make_media(0, 300, 50), make_media(1, 300, 50)};
        WantsByOutput wants;
        for (std::uint32_t n = 0; n < 200; ++n) wants.push_back({full(n + 20), full(219 - n, 1)});
        ClipPlanner planner(media, wants_from(wants), {{0, 199}, {0, 199}}, {});
        const auto result =
            carry_out(planner, media, 200 * mb, seed, 12, {}, {.deaths = {.events_per_death = 25}});
        REQUIRE_FALSE(result.is_stuck);
        REQUIRE_FALSE(result.poison);
        CHECK(result.died > 0);
    }
}

TEST_CASE("one death costs at most the group of pictures") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        CAPTURE(seed);
        const auto result =
            simulate({make_media(0, 300, 100)}, forwards(300), {.cache_bytes = 100 * mb}, seed, 12,
                     {}, {.deaths = {.events_per_death = 150}});
        REQUIRE_FALSE(result.is_stuck);
        CHECK(result.frames_again <= 100 * std::uint64_t{result.died});
        CHECK(result.frames_decoded == result.frames_planned + result.frames_again);
    }
}

TEST_CASE("the second death at one request is told, with its frame") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        WantsByOutput wants;
        for (std::uint32_t n = 0; n < 200; ++n) wants.push_back({full(n), full(200 + n)});
        const auto result = simulate({make_media(0, 450, 50)}, wants, {.cache_bytes = 60 * mb},
                                     seed, 12, {}, {.deaths = {.deadly = {{MediaId{0}, {123}}}}});
        REQUIRE(result.poison);
        CHECK(result.poison->loss == PlanRunner::Loss::poison);
        // Whatever the other cursor was at is not to blame.
        CHECK(result.poison->frame == FrameIndex{123});
        CHECK(result.died == 2);
    }
}

TEST_CASE("held: the nearest earlier frame is shown, and only for what cannot be reached") {
    const std::vector<MediaSource> media{make_media(0, 300, 50)};
    // 60: in the middle of a group; 100: a keyframe; 201: after a keyframe; 0: nothing before it.
    const std::set<std::uint32_t> deadly{0, 60, 100, 201};
    const auto shown = [](const FrameKey& key) {
        const std::uint32_t frame = key.frame.value;
        FrameKey instead = key;
        if (frame < 50) instead.frame = FrameIndex{50};
        if (frame >= 60 && frame < 150) instead.frame = FrameIndex{59};
        if (frame >= 201 && frame < 250) instead.frame = FrameIndex{200};
        return instead;
    };
    std::set<std::uint32_t> unreachable;
    for (std::uint32_t frame = 0; frame < 300; ++frame)
        if (shown(full(frame)) != full(frame)) unreachable.insert(frame);
    const Mortality mortality{.deaths = {.deadly = {{MediaId{0}, deadly}}},
                              .bad_frame = PlanRunner::BadFrame::hold,
                              .shown = shown};
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        WantsByOutput wants = forwards(300);
        if (seed % 3 == 1) std::reverse(wants.begin(), wants.end());
        if (seed % 3 == 2)
            for (std::uint32_t n = 0; n < 300; ++n) wants[n].push_back(full((n + 130) % 300));
        const auto result = simulate(media, wants, {.cache_bytes = (20 + seed % 4 * 30) * mb}, seed,
                                     12, {}, mortality);
        REQUIRE_FALSE(result.is_stuck);
        REQUIRE_FALSE(result.poison);
        CHECK(result.held.at(MediaId{0}) == unreachable);
        // Each group that is not a keyframe's: two deaths, and one on the walk.
        CHECK(result.died <= 12);
    }
}

TEST_CASE("held by engine V1: the same frames") {
    const std::vector<MediaSource> media{make_media(0, 300, 50)};
    for (const std::uint32_t first : {0U, 75U, 120U}) {
        CAPTURE(first);
        WantsByOutput wants;
        for (std::uint32_t n = 0; n < 100; ++n) wants.push_back({full(first + n)});
        ClipPlanner planner(media, wants_from(wants), {{0, 99}}, {});
        const auto result = carry_out(planner, media, 200 * mb, first + 1, 12, {},
                                      {.deaths = {.deadly = {{MediaId{0}, {77}}}},
                                       .bad_frame = PlanRunner::BadFrame::hold,
                                       .shown = [](const FrameKey& key) {
                                           const bool is_bad =
                                               key.frame.value >= 77 && key.frame.value < 100;
                                           return is_bad ? full(76) : key;
                                       }});
        REQUIRE_FALSE(result.is_stuck);
    }
}

TEST_CASE("what is shown instead of bad frames") {
    const std::vector<MediaSource> media{make_media(0, 100, 10)};
    BadFrames bad(media);
    CHECK(bad.shown_instead(MediaId{0}, 5) == 5);
    bad.add(MediaId{0}, 14);
    bad.add(MediaId{0}, 20);
    CHECK(bad.contains(MediaId{0}, 19));
    CHECK_FALSE(bad.contains(MediaId{0}, 13));
    CHECK_FALSE(bad.contains(MediaId{0}, 30));
    CHECK(bad.shown_instead(MediaId{0}, 25) == 13);
    bad.add(MediaId{0}, 10);
    CHECK(bad.shown_instead(MediaId{0}, 25) == 9);
    bad.add(MediaId{0}, 0);
    CHECK(bad.shown_instead(MediaId{0}, 25) == 30);
    for (std::uint32_t frame = 0; frame < 100; frame += 10) bad.add(MediaId{0}, frame);
    CHECK_FALSE(bad.shown_instead(MediaId{0}, 25));
}
