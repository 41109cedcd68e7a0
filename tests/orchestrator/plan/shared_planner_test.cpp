#include <doctest/doctest.h>

#include <random>

#include "random_timeline.hpp"
#include "simulated_world.hpp"
#include "tests/sanitized.hpp"

using namespace reelpool;
using namespace reelpool::plan;
using namespace reelpool::plan::test;

namespace {

constexpr std::uint64_t mb = 1 << 20;

FrameKey full(std::uint32_t media, std::uint32_t frame) {
    return {MediaId{media}, FrameIndex{frame}, {}};
}

FrameKey quarter(std::uint32_t media, std::uint32_t frame) {
    return {MediaId{media}, FrameIndex{frame}, {2, 2}};
}

}  // namespace

TEST_CASE("cuts decode every frame once") {
    std::vector<std::vector<FrameKey>> wants;
    for (std::uint32_t n = 0; n < 300; ++n) wants.push_back({full(n / 100, 30 + n % 100)});
    const auto result =
        simulate({make_media(0, 300, 250), make_media(1, 300, 250), make_media(2, 300, 250)}, wants,
                 {.cache_bytes = 100 * mb});
    CHECK_FALSE(result.is_stuck);
    CHECK(result.amplification() == 1.0);
    CHECK(result.seeks == 3);
}

TEST_CASE("one file at two times at once: two cursors, no thrashing") {
    // 4.03 s and 2.62 s at 30 fps; a cache far smaller than the distance of 42 frames
    std::vector<std::vector<FrameKey>> wants;
    for (std::uint32_t n = 0; n < 300; ++n) {
        const std::uint32_t phase = n % 40;
        wants.push_back({full(0, 121 + phase), full(0, 79 + phase)});
    }
    SUBCASE("small cache") {
        const auto result = simulate({make_media(0, 900, 30)}, wants, {.cache_bytes = 50 * mb}, 3);
        CHECK_FALSE(result.is_stuck);
        MESSAGE("amplification ", result.amplification(), " seeks ", result.seeks);
        CHECK(result.seeks < 60);
    }
    SUBCASE("the default cache holds the distance") {
        const auto result = simulate({make_media(0, 900, 30)}, wants, {.cache_bytes = 500 * mb}, 3);
        CHECK(result.amplification() == 1.0);
    }
}

TEST_CASE("two streams of one file, further apart than the cache") {
    std::vector<std::vector<FrameKey>> wants;
    for (std::uint32_t n = 0; n < 400; ++n) wants.push_back({full(0, 500 + n), full(0, n)});
    const auto result = simulate({make_media(0, 1000, 250)}, wants, {.cache_bytes = 60 * mb}, 5);
    CHECK_FALSE(result.is_stuck);
    CHECK(result.amplification() < 1.02);
    CHECK(result.seeks <= 4);
}

TEST_CASE("a nested layer that trails by more frames than the cache holds") {
    // 4.03 s at full size, 2.62 s at half: 42 full frames would be 125 MB, 42 halved ones are 31.
    std::vector<std::vector<FrameKey>> wants;
    for (std::uint32_t n = 0; n < 300; ++n)
        wants.push_back({full(0, 120 + n), {MediaId{0}, FrameIndex{78 + n}, {1, 1}}});
    for (const std::uint32_t lookahead : {12U, 24U, 72U}) {
        CAPTURE(lookahead);
        const auto result =
            simulate({make_media(0, 900, 250)}, wants, {.cache_bytes = 60 * mb}, 3, lookahead);
        CHECK_FALSE(result.is_stuck);
        CHECK(result.amplification() == 1.0);
    }
}

TEST_CASE("what does not fit the cache costs one decoder more, not a seek a frame") {
    // Ten quarter-size layers need 24 MB, the full-size ones 42 frames apart 125 MB more.
    std::vector<std::vector<FrameKey>> wants;
    for (std::uint32_t n = 0; n < 300; ++n) {
        auto& of_frame = wants.emplace_back();
        of_frame.push_back(full(0, 120 + n));
        of_frame.push_back(full(0, 78 + n));
        for (std::uint32_t i = 0; i < 10; ++i) of_frame.push_back(quarter(0, n + 12 * i));
    }
    const auto result = simulate({make_media(0, 900, 250)}, wants, {.cache_bytes = 100 * mb}, 3);
    CHECK_FALSE(result.is_stuck);
    CHECK(result.amplification() < 2);
    CHECK(result.seeks <= 4);
}

TEST_CASE("ten offsets at a quarter of the size decode every frame once") {
    std::vector<std::vector<FrameKey>> wants;
    for (std::uint32_t n = 0; n < 300; ++n) {
        auto& of_frame = wants.emplace_back();
        for (std::uint32_t i = 0; i < 10; ++i) of_frame.push_back(quarter(0, n + 43 * i));
    }
    const auto result = simulate({make_media(0, 900, 250)}, wants, {.cache_bytes = 120 * mb}, 7);
    CHECK_FALSE(result.is_stuck);
    MESSAGE("amplification ", result.amplification(), " peak MB ", result.peak_bytes / mb);
    CHECK(result.amplification() <= 1.1);
}

TEST_CASE("reverse decodes a GOP as often as the cache is too small for it") {
    std::vector<std::vector<FrameKey>> wants;
    for (std::uint32_t n = 0; n < 500; ++n) wants.push_back({full(0, 499 - n)});
    const auto result = simulate({make_media(0, 500, 50)}, wants, {.cache_bytes = 200 * mb}, 9);
    CHECK_FALSE(result.is_stuck);
    MESSAGE("amplification ", result.amplification());
    CHECK(result.amplification() < 1.05);
}

TEST_CASE("where the cache holds a few large frames, the next of them are chosen one by one") {
    const std::vector<MediaSource> media{make_media(0, 600, 250, 3840, 2160)};
    std::vector<std::vector<FrameKey>> wants;
    SUBCASE("backwards") {
        for (std::uint32_t n = 0; n < 600; ++n) wants.push_back({full(0, 599 - n)});
        const auto result = simulate(media, wants, {.cache_bytes = 200 * mb}, 9);
        CHECK_FALSE(result.is_stuck);
        MESSAGE("decoded ", result.frames_decoded, " seeks ", result.seeks);
        CHECK(result.frames_decoded <= 5200);  // 5917 by the price
    }
    SUBCASE("a loop") {
        for (std::uint32_t n = 0; n < 600; ++n) wants.push_back({full(0, 100 + n % 24)});
        const auto result = simulate(media, wants, {.cache_bytes = 100 * mb}, 9);
        CHECK_FALSE(result.is_stuck);
        MESSAGE("decoded ", result.frames_decoded, " seeks ", result.seeks);
        CHECK(result.frames_decoded <= 2200);  // 2980 by the price
    }
}

TEST_CASE("random timelines always progress and never exceed the budget") {
    const std::uint64_t seeds = reelpool::test::is_sanitized() ? 40 : 150;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        const RandomTimeline timeline(seed);
        std::mt19937_64 random(seed * 31);
        const auto below = [&](std::uint64_t n) {
            return static_cast<std::uint32_t>(random() % n);
        };
        const auto result = simulate(timeline.media, timeline.wants,
                                     {.cache_bytes = timeline.least_bytes + below(4) * mb,
                                      .max_cursors_per_worker = 1 + below(4),
                                      .max_cursors = 6},
                                     seed, 1 + below(20));
        REQUIRE_FALSE(result.is_stuck);
        CHECK(result.frames_decoded == result.frames_planned);
    }
}
