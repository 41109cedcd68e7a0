#include "orchestrator/plan/frame_cache.hpp"

#include <doctest/doctest.h>

using namespace reelpool;
using namespace reelpool::plan;

namespace {

constexpr std::uint32_t slot_size = 4 << 20;

FrameKey key(std::uint32_t frame, std::uint32_t media = 0) {
    return {MediaId{media}, FrameIndex{frame}, {}};
}

SlotRef fill(FrameCache& cache, const FrameKey& wanted, std::uint32_t next_use) {
    const auto ref = cache.grant(wanted, slot_size, next_use);
    REQUIRE(ref);
    return *ref;
}

}  // namespace

TEST_CASE("the frame with the furthest next use goes first") {
    FrameCache cache({.budget_bytes = 3ULL * slot_size});
    fill(cache, key(0), 10);
    fill(cache, key(1), 30);
    fill(cache, key(2), 20);
    CHECK(cache.used_bytes() == cache.budget_bytes());
    CHECK(cache.grant(key(3), slot_size, 15));
    CHECK_FALSE(cache.find(key(1)));
    CHECK(cache.find(key(2)));
    CHECK_FALSE(cache.grant(key(4), slot_size, 25));
    CHECK(cache.evictions() == 1);
}

TEST_CASE("a frame nobody wants again makes way before memory is taken") {
    FrameCache cache({.budget_bytes = 10ULL * slot_size});
    const auto first = fill(cache, key(0), never);
    const auto second = cache.grant(key(1), slot_size, 5);
    REQUIRE(second);
    CHECK(*second == first);
    CHECK(cache.used_bytes() == slot_size);
}

TEST_CASE("leased slots stay, and say until when") {
    FrameCache cache({.budget_bytes = 2ULL * slot_size});
    const auto first = fill(cache, key(0), 100);
    const auto second = fill(cache, key(1), 100);
    cache.lease(first, 7);
    cache.lease(second, 7);
    cache.lease(second, 8);
    CHECK_FALSE(cache.grant(key(2), slot_size, 1));
    cache.release(second);
    CHECK_FALSE(cache.grant(key(2), slot_size, 1));
    cache.release(second);
    const auto granted = cache.grant(key(2), slot_size, 1);
    REQUIRE(granted);
    CHECK(*granted == second);
    CHECK(cache.slot(*granted).free_from == 9);
    CHECK(cache.find(key(0)));
    CHECK_FALSE(cache.find(key(1)));
}

TEST_CASE("a spare frame makes way for all that is kept, and takes nobody's place") {
    FrameCache cache({.budget_bytes = 2ULL * slot_size});
    fill(cache, key(0), 90);
    const auto spare = cache.grant(key(1), slot_size, 5, FrameCache::Claim::spare);
    REQUIRE(spare);
    CHECK_FALSE(cache.grant(key(2), slot_size, 6, FrameCache::Claim::spare));
    CHECK(cache.grant(key(2), slot_size, 4, FrameCache::Claim::spare) == spare);
    CHECK(cache.grant(key(3), slot_size, 95) == spare);
    CHECK(cache.find(key(0)));
    CHECK(cache.evictions() == 0);
    // Kept after all.
    cache.set_next_use(key(3), 3, FrameCache::Claim::spare);
    cache.set_next_use(key(3), 3);
    CHECK_FALSE(cache.grant(key(4), slot_size, 100));
}

TEST_CASE("memory moves from one medium to another") {
    FrameCache cache({.budget_bytes = 2ULL * slot_size});
    fill(cache, key(0, 0), 50);
    fill(cache, key(1, 0), 60);
    static_cast<void>(cache.take_changes());
    CHECK(cache.grant(key(0, 1), slot_size, 3));
    const auto changes = cache.take_changes();
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].kind == FrameCache::Change::Kind::drop_segment);
    CHECK(changes[1].kind == FrameCache::Change::Kind::create_segment);
    CHECK(changes[1].media == MediaId{1});
    CHECK_FALSE(cache.find(key(1, 0)));
}

TEST_CASE("a medium's memory goes with what it holds of use") {
    FrameCache cache({.budget_bytes = 4ULL * slot_size});
    const auto read = fill(cache, key(0), never);
    cache.lease(read, 12);
    fill(cache, key(1), 20);
    cache.release(read);
    cache.drop_dead(MediaId{0});
    CHECK_FALSE(cache.find(key(0)));
    CHECK(cache.find(key(1)));
    CHECK(cache.used_bytes() == slot_size);
    CHECK(cache.take_changes().back().free_from == 13);
}
