#include "orchestrator/plan/future.hpp"

#include <doctest/doctest.h>

using namespace reelpool;
using namespace reelpool::plan;

namespace {
FrameKey key(std::uint32_t frame, std::uint8_t level = 0) {
    return {MediaId{0}, FrameIndex{frame}, {level, level}};
}
}  // namespace

TEST_CASE("the future knows next uses and forgets the past") {
    Future future;
    future.append({key(5), key(7), key(5)});
    future.append({key(7)});
    future.append({key(5, 1), key(7)});
    CHECK(future.begin() == 0);
    CHECK(future.end() == 3);
    CHECK(future.wants(0).size() == 2);
    CHECK(future.next_use(key(5)) == 0);
    CHECK(future.next_use(key(5, 1)) == 2);
    CHECK(future.next_use(key(9)) == never);
    CHECK(future.levels(MediaId{0}, FrameIndex{5}).size() == 2);

    future.retire();
    CHECK(future.next_use(key(5)) == never);
    CHECK(future.next_use(key(7)) == 1);
    REQUIRE(future.levels(MediaId{0}, FrameIndex{5}).size() == 1);
    CHECK(future.levels(MediaId{0}, FrameIndex{5})[0].level == Level{1, 1});
    future.retire();
    future.retire();
    CHECK(future.begin() == future.end());
    CHECK(future.levels(MediaId{0}, FrameIndex{7}).empty());
}
