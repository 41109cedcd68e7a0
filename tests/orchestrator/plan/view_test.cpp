// Segments come into the compositor's view when they are drawn from and leave when they are not.
#include "orchestrator/plan/view.hpp"

#include <doctest/doctest.h>

using namespace reelpool;
using namespace reelpool::plan;

namespace {
constexpr SegmentId one{1}, two{2}, three{3}, four{4};
}

TEST_CASE("segments lie apart, and the one that is needed last makes room") {
    View view(1000, 10);
    const auto nobody = [](SegmentId) -> std::optional<std::uint32_t> { return std::nullopt; };
    CHECK(view.place(one, 300, nobody)->offset_bytes == 0);
    CHECK(view.place(two, 300, nobody)->offset_bytes == 310);
    CHECK(view.place(three, 300, nobody)->offset_bytes == 620);
    CHECK_FALSE(view.place(four, 300, nobody));

    const auto by_number = [](SegmentId id) -> std::optional<std::uint32_t> {
        return id == three ? std::nullopt : std::optional<std::uint32_t>(id.value);
    };
    const auto place = view.place(four, 300, by_number);
    REQUIRE(place);
    CHECK(place->offset_bytes == 310);
    CHECK(place->evicted == std::vector<SegmentId>{two});
    CHECK(view.holds(one));
    CHECK_FALSE(view.holds(two));
    CHECK(view.holds(four));
}

TEST_CASE("what does not fit whatever goes changes nothing") {
    View view(1000, 10);
    const auto all = [](SegmentId) -> std::optional<std::uint32_t> { return 5; };
    REQUIRE(view.place(one, 400, all));
    REQUIRE(view.place(two, 400, all));
    CHECK_FALSE(view.place(three, 991, all));
    CHECK(view.holds(one));
    CHECK(view.holds(two));
    const auto large = view.place(three, 990, all);
    REQUIRE(large);
    CHECK(large->evicted.size() == 2);
}

TEST_CASE("a removed segment leaves its place") {
    View view(1000, 10);
    const auto nobody = [](SegmentId) -> std::optional<std::uint32_t> { return std::nullopt; };
    REQUIRE(view.place(one, 400, nobody));
    REQUIRE(view.place(two, 400, nobody));
    view.remove(one);
    view.remove(one);
    CHECK(view.place(three, 300, nobody)->offset_bytes == 0);
}
