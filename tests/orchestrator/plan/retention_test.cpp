// What is worth keeping: everything while it fits, then whole runs, the cheapest first.
#include "orchestrator/plan/retention.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "simulated_world.hpp"

using namespace reelpool;
using namespace reelpool::plan;
using namespace reelpool::plan::test;

namespace {

constexpr std::uint64_t mb = 1 << 20;
constexpr std::uint32_t length = 300;

/// Streams of full frames through one file that begin at `offsets`, in a cache of this size.
struct Streams {
    Streams(std::vector<std::uint32_t> offsets, std::uint64_t cache_bytes)
        : catalog({make_media(0, 900, 250)}),
          cache({.budget_bytes = cache_bytes}),
          retention(catalog, future, cache, 2) {
        for (std::uint32_t n = 0; n < length; ++n) {
            std::vector<FrameKey> wants;
            for (const std::uint32_t offset : offsets) wants.push_back(key(offset + n));
            future.append(std::move(wants));
        }
        retention.choose([](MediaId) { return std::vector<std::uint32_t>{}; });
    }
    static FrameKey key(std::uint32_t frame) { return {MediaId{0}, FrameIndex{frame}, {}}; }

    /// Plays all streams; for which output frames the one at `offset` reads what is kept for it by
    /// the one `gap` ahead. Frames from the tail, which nobody is ahead of, are not counted.
    std::vector<std::uint32_t> outputs_kept_behind(std::uint32_t offset, std::uint32_t gap) {
        std::vector<std::uint32_t> kept;
        for (std::uint32_t n = 0; n + gap < length; ++n) {
            future.retire();
            const FrameIndex frame{offset + gap + n};
            const auto uses =
                retention.worth_keeping(MediaId{0}, frame, n, n + 1, [](Level) { return true; });
            if (!uses.empty() && uses.front().next_use == n + gap) kept.push_back(n + gap);
        }
        return kept;
    }
    std::uint32_t kept_behind(std::uint32_t offset, std::uint32_t gap) {
        return static_cast<std::uint32_t>(outputs_kept_behind(offset, gap).size());
    }

    MediaCatalog catalog;
    Future future;
    FrameCache cache;
    Retention retention;
};

}  // namespace

TEST_CASE("everything is kept while it fits") {
    Streams streams({0, 40}, 400 * mb);
    CHECK(streams.retention.price() == 0);
    CHECK(streams.kept_behind(0, 40) == length - 40);
}

TEST_CASE("a stream too far behind for the cache decodes for itself") {
    // 1080p frames are 3 MB: a gap of 40 needs 120 MB.
    Streams streams({0, 40}, 60 * mb);
    CHECK(streams.retention.price() > 0);
    // Only the ends of both GOPs fit 20 slots.
    CHECK(streams.kept_behind(0, 40) < 2 * 20);
}

TEST_CASE("of two gaps the one that fits is kept, and whole") {
    // A gap of 20 needs 60 MB, one of 60 needs 180 MB.
    const std::vector<std::uint32_t> offsets{0, 60, 80};
    CHECK(Streams(offsets, 160 * mb).kept_behind(60, 20) == length - 20);
    // 53 slots, of which the other takes 20: what is left keeps ends.
    CHECK(Streams(offsets, 160 * mb).kept_behind(0, 60) < 2 * 33);
}

TEST_CASE("of equal gaps as many are kept as fit, most of them whole") {
    // Nine gaps of 20 would need 540 MB.
    const std::vector<std::uint32_t> offsets{0, 20, 40, 60, 80, 100, 120, 140, 160, 180};
    std::uint32_t whole = 0;
    std::uint32_t all = 0;
    for (std::uint32_t i = 0; i < 9; ++i) {
        CAPTURE(i);
        const std::uint32_t kept = Streams(offsets, 350 * mb).kept_behind(20 * i, 20);
        whole += kept == length - 20 ? 1 : 0;
        all += kept;
    }
    CHECK(whole >= 2);
    // 111 slots: nine runs' own, and 18 for every gap that is kept.
    CHECK(all > 4 * (length - 20));
    CHECK(all < 6 * (length - 20));
}

TEST_CASE("what is left over keeps the end of what a run reads of a GOP") {
    // A gap of 40 needs 120 MB. Output frames from 250 on read another GOP than those before.
    Streams streams({0, 40}, 80 * mb);
    CHECK(streams.retention.price() > 0);
    const auto kept = streams.outputs_kept_behind(0, 40);
    const auto keyframe = std::lower_bound(kept.begin(), kept.end(), 250U);
    const auto before = static_cast<std::uint32_t>(keyframe - kept.begin());
    const auto after = static_cast<std::uint32_t>(kept.end() - keyframe);
    // An end of each, without a hole, and no longer than there are slots.
    REQUIRE(before >= 8);
    REQUIRE(after >= 8);
    CHECK(kept.front() == 250 - before);
    CHECK(*keyframe == length - after);
    CHECK(before <= 26);
    CHECK(after <= 26);
}

TEST_CASE("a run that goes on beyond what is foreseen has no end to keep") {
    // As above, but the runs end outside of the outlook, in a medium of one GOP.
    MediaCatalog catalog({make_media(0, 2000, 2000)});
    Future future;
    FrameCache cache({.budget_bytes = 80 * mb});
    Retention retention(catalog, future, cache, 2);
    for (std::uint32_t n = 0; n < foreseen_frames + 100; ++n)
        future.append({Streams::key(n), Streams::key(40 + n)});
    retention.choose([](MediaId) { return std::vector<std::uint32_t>{}; });
    for (std::uint32_t n = 40; n < foreseen_frames; ++n) {
        CAPTURE(n);
        const auto uses = retention.worth_keeping(MediaId{0}, FrameIndex{n}, n - 40, n - 39,
                                                  [](Level) { return true; });
        CHECK((uses.empty() || uses.front().next_use != n));
    }
}

TEST_CASE("what was chosen stays chosen while nothing saves more") {
    const std::vector<std::uint32_t> offsets{0, 43, 86, 130, 173};
    Streams once(offsets, 200 * mb);
    Streams twice(offsets, 200 * mb);
    twice.retention.choose([](MediaId) { return std::vector<std::uint32_t>{}; });
    CHECK(once.outputs_kept_behind(0, 43) == twice.outputs_kept_behind(0, 43));
}

TEST_CASE("a still takes its place once, however often it is shown") {
    MediaCatalog catalog({make_media(0, 900, 250)});
    Future future;
    // Its slot is 3 MB.
    FrameCache cache({.budget_bytes = 8 * mb});
    Retention retention(catalog, future, cache, 2);
    for (std::uint32_t n = 0; n < length; ++n) future.append({Streams::key(7)});
    retention.choose([](MediaId) { return std::vector<std::uint32_t>{}; });
    CHECK(retention.price() == 0);
}
