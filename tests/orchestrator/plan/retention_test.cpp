// What is worth keeping: everything while it fits, then whole runs, the cheapest first.
#include "orchestrator/plan/retention.hpp"

#include <doctest/doctest.h>

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
          retention(catalog, future, cache, 3) {
        for (std::uint32_t n = 0; n < length; ++n) {
            std::vector<FrameKey> wants;
            for (const std::uint32_t offset : offsets) wants.push_back(key(offset + n));
            future.append(std::move(wants));
        }
        retention.choose([](MediaId) { return std::vector<std::uint32_t>{}; });
    }
    static FrameKey key(std::uint32_t frame) { return {MediaId{0}, FrameIndex{frame}, {}}; }

    /// Plays all streams; how many of the frames that the one at `offset` reads are kept for it by
    /// the one `gap` ahead. Frames from the tail, which nobody is ahead of, are not counted.
    std::uint32_t kept_behind(std::uint32_t offset, std::uint32_t gap) {
        std::uint32_t kept = 0;
        for (std::uint32_t n = 0; n + gap < length; ++n) {
            future.retire();
            const FrameIndex frame{offset + gap + n};
            const auto uses =
                retention.worth_keeping(MediaId{0}, frame, n, n + 1, [](Level) { return true; });
            if (!uses.empty() && uses.front().next_use == n + gap) ++kept;
        }
        return kept;
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
    CHECK(streams.kept_behind(0, 40) == 0);
}

TEST_CASE("of two gaps the one that fits is kept, and whole") {
    // A gap of 20 needs 60 MB, one of 60 needs 180 MB.
    const std::vector<std::uint32_t> offsets{0, 60, 80};
    CHECK(Streams(offsets, 160 * mb).kept_behind(60, 20) == length - 20);
    CHECK(Streams(offsets, 160 * mb).kept_behind(0, 60) == 0);
}

TEST_CASE("of equal gaps as many are kept as fit, each whole") {
    // Nine gaps of 20 would need 540 MB.
    const std::vector<std::uint32_t> offsets{0, 20, 40, 60, 80, 100, 120, 140, 160, 180};
    std::uint32_t whole = 0;
    for (std::uint32_t i = 0; i < 9; ++i) {
        CAPTURE(i);
        const std::uint32_t kept = Streams(offsets, 350 * mb).kept_behind(20 * i, 20);
        CHECK((kept == 0 || kept == length - 20));
        whole += kept == 0 ? 0 : 1;
    }
    CHECK(whole >= 2);
    CHECK(whole <= 5);
}

TEST_CASE("a still takes its place once, however often it is shown") {
    MediaCatalog catalog({make_media(0, 900, 250)});
    Future future;
    // Its slot is 3 MB.
    FrameCache cache({.budget_bytes = 8 * mb});
    Retention retention(catalog, future, cache, 3);
    for (std::uint32_t n = 0; n < length; ++n) future.append({Streams::key(7)});
    retention.choose([](MediaId) { return std::vector<std::uint32_t>{}; });
    CHECK(retention.price() == 0);
}
