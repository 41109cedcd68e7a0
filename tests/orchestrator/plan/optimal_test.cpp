// Engine V2's planner against the best plan there is, in cases that are small enough to try all.
#include <doctest/doctest.h>

#include <algorithm>

#include "optimal_plan.hpp"
#include "orchestrator/plan/cursor_set.hpp"
#include "simulated_world.hpp"
#include "tests/sanitized.hpp"

using namespace reelpool;
using namespace reelpool::plan;
using namespace reelpool::plan::test;

namespace {

const int cases = reelpool::test::is_sanitized() ? 100 : 600;

/// Dice that fall alike everywhere.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    /// Both included.
    std::uint32_t between(std::uint32_t least, std::uint32_t most) {
        return least + static_cast<std::uint32_t>(random_() % (most - least + 1));
    }

  private:
    std::mt19937_64 random_;
};

enum class Motion : std::uint8_t { forwards, backwards, loop, to_and_fro };

/// The frame that is `n` frames further on.
std::uint32_t frame_after(Motion motion, std::uint32_t from, std::uint32_t length,
                          std::uint32_t n) {
    switch (motion) {
        case Motion::forwards:
            return from + n;
        case Motion::backwards:
            return from - std::min(from, n);
        case Motion::loop:
            return from + n % length;
        case Motion::to_and_fro: {
            const std::uint32_t phase = n % (2 * length);
            return from + std::min(phase, 2 * length - 1 - phase);
        }
    }
    return from;
}

/// Both included.
struct Range {
    std::uint32_t least = 0;
    std::uint32_t most = 0;
};
struct Kind {
    Range slots{2, 5};
    Range streams{1, 2};
    Range outputs{8, 14};
};

/// Streams through one file; some begin again somewhere else.
SmallCase random_case(std::uint64_t seed, const Kind& kind) {
    Dice dice(seed);
    SmallCase small;
    small.frames = dice.between(12, 30);
    small.keyframe_interval = dice.between(4, 12);
    small.slots = dice.between(kind.slots.least, kind.slots.most);
    small.cursors = dice.between(1, 3);
    const std::uint32_t length = dice.between(kind.outputs.least, kind.outputs.most);
    small.wants.resize(length);
    const std::uint32_t streams = dice.between(kind.streams.least, kind.streams.most);
    for (std::uint32_t stream = 0; stream < streams; ++stream) {
        const auto motion = static_cast<Motion>(dice.between(0, 3));
        const std::uint32_t period = dice.between(2, 6);
        const std::uint32_t cut = dice.between(0, 2) == 0 ? dice.between(3, length - 2) : length;
        std::uint32_t from = dice.between(0, small.frames - 1);
        if (motion == Motion::backwards) from = std::max(from, small.frames / 2);
        if (motion == Motion::forwards) from %= small.frames / 2;
        const std::uint32_t from_after_cut = dice.between(0, small.frames - 1);
        for (std::uint32_t n = 0; n < length; ++n) {
            const std::uint32_t frame = n < cut
                                            ? frame_after(motion, from, period, n)
                                            : frame_after(motion, from_after_cut, period, n - cut);
            small.wants[n].push_back(std::min(frame, small.frames - 1));
        }
    }
    for (auto& wants : small.wants) {
        std::sort(wants.begin(), wants.end());
        wants.erase(std::unique(wants.begin(), wants.end()), wants.end());
    }
    return small;
}

/// What the planner's plan costs, as it was carried out.
std::uint32_t planned_cost(const SmallCase& small, std::uint64_t seed) {
    const std::vector<MediaSource> media{make_media(0, small.frames, small.keyframe_interval)};
    std::vector<std::vector<FrameKey>> wants;
    for (const auto& of_frame : small.wants) {
        auto& keys = wants.emplace_back();
        for (const std::uint32_t frame : of_frame)
            keys.push_back({MediaId{0}, FrameIndex{frame}, {}});
    }
    const std::uint64_t slot_bytes = MediaCatalog(media).slot_bytes(MediaId{0}, {});
    const SimulationResult result = simulate(media, wants,
                                             {.cache_bytes = small.slots * slot_bytes,
                                              .max_cursors_per_worker = small.cursors,
                                              .max_cursors = small.cursors,
                                              .lag_frames = 0},
                                             seed);
    REQUIRE_FALSE(result.is_stuck);
    return static_cast<std::uint32_t>(result.frames_decoded + seek_cost_frames * result.seeks);
}

SmallCase wanting(std::vector<std::vector<std::uint32_t>> wants) {
    return {.frames = 12, .keyframe_interval = 6, .slots = 2, .cursors = 1, .wants = wants};
}

constexpr std::uint32_t anything = 1000;

/// Of so many cases, from this seed on.
void check_plans(const Kind& kind, std::uint64_t first_seed, std::uint64_t count) {
    // What is required. Found: 0.99 or more; 1.13 at the worst in 7,600 other cases.
    constexpr double least_within_5_percent = 0.90;
    constexpr double most = 1.3;
    std::vector<double> ratios;
    double planned_sum = 0;
    double best_sum = 0;
    for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
        CAPTURE(seed);
        const SmallCase small = random_case(seed, kind);
        const std::uint32_t planned = planned_cost(small, seed);
        const std::uint32_t best = least_cost(small, seek_cost_frames, planned + 1);
        // The planner keeps the same rules, so it cannot be better.
        REQUIRE(best <= planned);
        ratios.push_back(planned / static_cast<double>(best));
        planned_sum += planned;
        best_sum += best;
    }
    std::sort(ratios.begin(), ratios.end());
    const auto within = [&](double ratio) {
        const auto end = std::upper_bound(ratios.begin(), ratios.end(), ratio);
        return static_cast<double>(end - ratios.begin()) / static_cast<double>(ratios.size());
    };
    MESSAGE("best ", within(1), ", within 5 % ", within(1.05), "; worst ", ratios.back(),
            ", average ", planned_sum / best_sum);
    CHECK(within(1.05) >= least_within_5_percent);
    CHECK(ratios.back() <= most);
}

}  // namespace

TEST_CASE("the search finds what can be counted by hand") {
    SmallCase small = wanting({{2}, {3}, {4}});
    CHECK(least_cost(small, 0, anything) == 5);
    CHECK(least_cost(small, 4, anything) == 9);
    // To frame 5, two frames on the way kept; with one slot there is room for none.
    small = wanting({{5}, {4}, {3}});
    CHECK(least_cost(small, 0, anything) == 6 + 4);
    small.slots = 3;
    CHECK(least_cost(small, 0, anything) == 6);
    small.slots = 1;
    CHECK(least_cost(small, 0, anything) == 6 + 5 + 4);
    // A keyframe is as near by a seek as by decoding on, and that is free of seeks.
    small = wanting({{5}, {6}});
    CHECK(least_cost(small, 0, anything) == 7);
    CHECK(least_cost(small, 4, anything) == 4 + 7);
    // The last frame of a cursor comes again for nothing; a second cursor keeps one more.
    small = wanting({{3}, {9}, {3}});
    small.slots = 1;
    CHECK(least_cost(small, 0, anything) == 4 + 4 + 4);
    small.cursors = 2;
    CHECK(least_cost(small, 0, anything) == 4 + 4);
    // Both frames of an output frame are there at once.
    small = wanting({{1, 4}, {1}});
    CHECK(least_cost(small, 0, anything) == 5);
    CHECK(least_cost(small, 0, 5) == 5);
}

TEST_CASE("plans for caches of a few frames are never better than the best, and seldom worse") {
    SUBCASE("one or two streams") {
        check_plans({}, 1, cases);
    }
    SUBCASE("three streams") {
        check_plans({.slots = {3, 6}, .streams = {3, 3}, .outputs = {8, 12}}, 1, cases / 20);
    }
    SUBCASE("six to eight frames") {
        check_plans({.slots = {6, 8}, .streams = {1, 2}, .outputs = {8, 12}}, 1, cases / 10);
    }
}
