#include "orchestrator/plan/cursor_set.hpp"

#include <doctest/doctest.h>

#include "orchestrator/plan/frame_key.hpp"

using namespace reelpool;
using namespace reelpool::plan;

namespace {

FrameTable table_of(std::uint32_t frames, std::uint32_t gop) {
    FrameTable table;
    for (std::uint32_t i = 0; i < frames; ++i) {
        table.pts.push_back(i);
        if (i % gop == 0) table.keyframes.push_back(i);
    }
    table.end_pts = frames;
    return table;
}

std::uint32_t needs_nothing(const void*, const Cursor&) {
    return never;
}
std::uint32_t needs_soon(const void*, const Cursor&) {
    return 3;
}

CursorSet::Question ask(std::uint32_t frame, CursorSet::NextNeed next_need) {
    return {.frame = FrameIndex{frame}, .next_need = next_need};
}

}  // namespace

TEST_CASE("the cheapest route wins") {
    const FrameTable table = table_of(1000, 100);
    CursorSet set(2);
    auto route = set.route(table, ask(150, needs_nothing));
    CHECK(route.kind == Route::Kind::open);
    CHECK(route.start.value == 100);
    set.open().position = 151;

    SUBCASE("decode on inside the GOP") {
        route = set.route(table, ask(180, needs_soon));
        CHECK(route.kind == Route::Kind::decode_on);
        CHECK(route.start.value == 151);
    }
    SUBCASE("a keyframe in between is nearer") {
        route = set.route(table, ask(505, needs_nothing));
        CHECK(route.kind == Route::Kind::seek);
        CHECK(route.start.value == 500);
    }
    SUBCASE("a cursor that is needed is left where it is") {
        route = set.route(table, ask(20, needs_soon));
        CHECK(route.kind == Route::Kind::open);
    }
    SUBCASE("a cursor that stands there has nothing to decode") {
        route = set.route(table, ask(150, needs_soon));
        CHECK(route.kind == Route::Kind::decode_on);
        CHECK(route.start.value == 151);
    }
}
