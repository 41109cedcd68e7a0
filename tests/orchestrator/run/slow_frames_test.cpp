#include "orchestrator/run/slow_frames.hpp"

#include <doctest/doctest.h>

using namespace reelpool;
using namespace reelpool::run;

namespace {

DrawLayer solid(const Rect& rect) {
    DrawLayer layer;
    layer.kind = LayerKind::solid;
    layer.rect = rect;
    return layer;
}

/// A small comp, number 4, in comp 1.
DrawList two_comps(std::uint32_t output) {
    DrawList list;
    list.output = OutputIndex{output};
    list.groups.resize(2);
    list.groups[0].comp = 4;
    list.groups[0].layers = {solid({0, 0, 10, 10})};
    list.groups[1].comp = 1;
    list.groups[1].layers = {solid({0, 0, 100, 50})};
    return list;
}

}  // namespace

TEST_CASE("slow frames are told of the comp that most is drawn for") {
    SlowFrames slow;
    slow.note(two_comps(1), 100, 50, SlowFrames::slow_us);
    CHECK(slow.by_comp().empty());
    slow.note(two_comps(2), 100, 50, SlowFrames::slow_us + 1);
    slow.note(two_comps(3), 100, 50, 3 * SlowFrames::slow_us);
    slow.note(two_comps(4), 100, 50, 2 * SlowFrames::slow_us);
    REQUIRE(slow.by_comp().size() == 1);
    const SlowFrames::OfComp& of = slow.by_comp().at(1);
    CHECK(of.frames == 3);
    CHECK(of.worst_us == 3 * SlowFrames::slow_us);
    CHECK(of.worst == OutputIndex{3});
}

TEST_CASE("what lies outside the output does not count, layers over each other do") {
    DrawList list = two_comps(1);
    list.groups[1].layers = {solid({200, 0, 300, 50})};
    list.groups[0].layers.push_back(list.groups[0].layers.front());
    SlowFrames slow;
    slow.note(list, 100, 50, 2 * SlowFrames::slow_us);
    CHECK(slow.by_comp().contains(4));
}
