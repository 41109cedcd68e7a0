// What goes to disk instead of being decoded twice, by plan and in a world that delays and fails.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <variant>

#include "random_timeline.hpp"
#include "simulated_world.hpp"

using namespace reelpool;
using namespace reelpool::plan;
using namespace reelpool::plan::test;

namespace {

constexpr std::uint64_t mb = 1 << 20;
constexpr std::uint64_t gb = std::uint64_t{1} << 30;

FrameKey full(std::uint32_t frame) {
    return {MediaId{0}, FrameIndex{frame}, {}};
}

using WantsByOutput = std::vector<std::vector<FrameKey>>;

/// 20 s of a file with a keyframe every 250 frames, backwards.
WantsByOutput backwards() {
    WantsByOutput wants;
    for (std::uint32_t n = 0; n < 600; ++n) wants.push_back({full(599 - n)});
    return wants;
}

/// Ten full-size layers of one file, 43 frames apart.
WantsByOutput ten_offsets() {
    WantsByOutput wants;
    for (std::uint32_t n = 0; n < 300; ++n) {
        auto& of_frame = wants.emplace_back();
        for (std::uint32_t i = 0; i < 10; ++i) of_frame.push_back(full(n + 43 * i));
    }
    return wants;
}

/// The plan to its end: statistics, and every command as text.
struct Planned {
    PlanStatistics statistics;
    MediaStatistics file;
    std::vector<std::uint64_t> ends_on_disk;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> uses;  ///< turn and offset
};

Planned planned(const std::vector<MediaSource>& media, const WantsByOutput& wants,
                SharedOptions options) {
    SharedPlanner planner(media, wants_from(wants), options);
    Planned result;
    const auto note = [&](const DiskUse& use) {
        result.ends_on_disk.push_back(use.place.offset_bytes + use.place.bytes);
        result.uses.emplace_back(use.turn, use.place.offset_bytes);
    };
    while (planner.has_next()) {
        for (const Command& command : planner.next().commands) {
            if (const auto* spill = std::get_if<SpillAt>(&command)) note(spill->use);
            if (const auto* load = std::get_if<LoadAt>(&command)) note(load->use);
            if (const auto* decode = std::get_if<DecodeAt>(&command))
                for (const PlannedStep& step : decode->steps)
                    for (const PlannedGrant& grant : step.grants)
                        if (grant.spill_to) note(*grant.spill_to);
        }
    }
    result.statistics = planner.statistics();
    result.file = planner.statistics(MediaId{0});
    return result;
}

double amplification(const Planned& plan) {
    return static_cast<double>(plan.file.frames_decoded) /
           static_cast<double>(plan.file.frames_ideal);
}

}  // namespace

TEST_CASE("backwards in a small cache, every frame is decoded once") {
    const std::vector<MediaSource> media{make_media(0, 600, 250)};
    const Planned without = planned(media, backwards(), {.cache_bytes = 200 * mb});
    const Planned with =
        planned(media, backwards(), {.cache_bytes = 200 * mb, .disk_bytes = 4 * gb});
    CHECK(amplification(without) > 2);
    CHECK(amplification(with) < 1.05);
    CHECK(without.statistics.frames_spilled == 0);
    CHECK(with.statistics.frames_spilled == with.statistics.frames_loaded);
    MESSAGE("amplification ", amplification(without), " and ", amplification(with), ", spilled ",
            with.statistics.frames_spilled, ", on disk ", with.statistics.disk_peak_bytes / mb);
}

TEST_CASE("ten cursors that walk the same way become one") {
    const std::vector<MediaSource> media{make_media(0, 720, 250)};
    const Planned without = planned(media, ten_offsets(), {.cache_bytes = 200 * mb});
    const Planned with =
        planned(media, ten_offsets(), {.cache_bytes = 200 * mb, .disk_bytes = 4 * gb});
    CHECK(amplification(without) > 3);
    CHECK(amplification(with) < 1.1);  // what is shown once more only is not worth it
    MESSAGE("amplification ", amplification(without), " and ", amplification(with), ", spilled ",
            with.statistics.frames_spilled, ", loaded ", with.statistics.frames_loaded);
}

TEST_CASE("nothing is spilled while memory suffices") {
    const std::vector<MediaSource> media{make_media(0, 720, 50)};
    const auto spilled = [&](const WantsByOutput& wants, std::uint64_t cache) {
        return planned(media, wants, {.cache_bytes = cache, .disk_bytes = 4 * gb})
            .statistics.frames_spilled;
    };
    CHECK(spilled(backwards(), 200 * mb) == 0);
    CHECK(spilled(ten_offsets(), 1500 * mb) == 0);
}

TEST_CASE("one decoder that comes by a second time is cheaper than the disk") {
    WantsByOutput wants;
    for (std::uint32_t n = 0; n < 400; ++n) wants.push_back({full(n + 200), full(n)});
    const Planned plan =
        planned({make_media(0, 720, 100)}, wants, {.cache_bytes = 60 * mb, .disk_bytes = 4 * gb});
    CHECK(plan.statistics.frames_spilled == 0);
}

TEST_CASE("the disk's budget is never exceeded, and less of it is still of use") {
    const std::vector<MediaSource> media{make_media(0, 720, 250)};
    for (const auto& wants : {backwards(), ten_offsets()}) {
        std::uint64_t decoded_before = never;
        for (const std::uint64_t size : {1 * mb, 10 * mb, 100 * mb, 300 * mb, 600 * mb, 4 * gb}) {
            CAPTURE(size);
            const Planned plan =
                planned(media, wants, {.cache_bytes = 200 * mb, .disk_bytes = size});
            for (const std::uint64_t end : plan.ends_on_disk) CHECK(end <= size);
            CHECK(plan.statistics.disk_peak_bytes <= size);
            CHECK(plan.file.frames_decoded <= decoded_before);
            decoded_before = plan.file.frames_decoded;
        }
    }
}

TEST_CASE("the plan is the same every time") {
    const std::vector<MediaSource> media{make_media(0, 720, 250)};
    const SharedOptions options{.cache_bytes = 200 * mb, .disk_bytes = 500 * mb};
    CHECK(planned(media, ten_offsets(), options).uses ==
          planned(media, ten_offsets(), options).uses);
}

TEST_CASE("a run decodes, writes and reads what was planned") {
    for (const auto& wants : {backwards(), ten_offsets()}) {
        const auto result = simulate({make_media(0, 720, 250)}, wants,
                                     {.cache_bytes = 200 * mb, .disk_bytes = 4 * gb}, 3);
        CHECK_FALSE(result.is_stuck);
        CHECK(result.frames_decoded == result.frames_planned);
        CHECK(result.disk.spilled == result.planned.frames_spilled);
        CHECK(result.disk.loaded == result.planned.frames_loaded);
        CHECK(result.disk.failed == 0);
    }
}

TEST_CASE("what does not come back from disk is decoded again") {
    const auto result =
        simulate({make_media(0, 600, 250)}, backwards(),
                 {.cache_bytes = 200 * mb, .disk_bytes = 4 * gb}, 3, 12, {.reads_per_failure = 10});
    CHECK_FALSE(result.is_stuck);
    CHECK(result.disk.failed > 0);
    CHECK(result.disk.decoded_again == result.disk.failed);
    CHECK(result.disk.loaded + result.disk.decoded_again == result.planned.frames_loaded);
}

TEST_CASE("after a write that failed, the plan goes on without the disk") {
    const std::vector<MediaSource> media{make_media(0, 600, 250)};
    const auto without = simulate(media, backwards(), {.cache_bytes = 200 * mb}, 3);
    const auto result =
        simulate(media, backwards(), {.cache_bytes = 200 * mb, .disk_bytes = 4 * gb}, 3, 12,
                 {.writes_per_failure = 1});
    CHECK_FALSE(result.is_stuck);
    CHECK(result.disk.spilled == 0);
    CHECK(result.disk.loaded == 0);
    CHECK(result.disk.failed >= 1);
    // What was planned before it was known is decoded one by one; 60 output frames are.
    CHECK(result.disk.decoded_again <= 60);
    CHECK(result.frames_decoded < without.frames_decoded + 60 * 250);
}

TEST_CASE("random timelines with a disk that fails always progress") {
    std::uint64_t spilled = 0;
    std::uint64_t loaded = 0;
    std::uint64_t rescued = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        const RandomTimeline timeline(seed);
        std::mt19937_64 random(seed * 7919);
        const auto below = [&](std::uint64_t n) {
            return static_cast<std::uint32_t>(random() % n);
        };
        const SimulatedWorld::Disk disk{.writes_per_failure = seed % 4 == 0 ? 1 + below(200) : 0,
                                        .reads_per_failure = seed % 3 == 0 ? 1 + below(20) : 0};
        const auto result = simulate(timeline.media, timeline.wants,
                                     {.cache_bytes = timeline.least_bytes + below(3) * mb / 2,
                                      .max_cursors_per_worker = 1 + below(4),
                                      .max_cursors = 6,
                                      .max_workers = 1 + below(8),
                                      .disk_bytes = (1 + below(64)) * mb},
                                     seed, 1 + below(20), disk);
        REQUIRE_FALSE(result.is_stuck);
        if (result.disk.failed == 0) {
            CHECK(result.frames_decoded == result.frames_planned);
            CHECK(result.disk.loaded == result.planned.frames_loaded);
        }
        spilled += result.disk.spilled;
        loaded += result.disk.loaded;
        rescued += result.disk.decoded_again;
    }
    MESSAGE("spilled ", spilled, ", loaded ", loaded, ", decoded again ", rescued);
    CHECK(spilled > 1000);
    CHECK(loaded > 1000);
    CHECK(rescued > 100);
}
