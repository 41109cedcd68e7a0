#include "ipc/frame/canvas_layout.hpp"

#include <doctest/doctest.h>

namespace reelpool {
namespace {

using Levels = std::vector<Level>;

TEST_CASE("levels are halved along both axes first, then along the one that is left") {
    CHECK(halved_from({1, 1}) == Level{0, 0});
    CHECK(halved_from({3, 1}) == Level{2, 1});
    CHECK(halved_from({1, 3}) == Level{1, 2});
    CHECK(halved_from({0, 1}) == Level{0, 0});
    CHECK(with_ways({}) == Levels{{0, 0}});
    CHECK(with_ways({{0, 0}}) == Levels{{0, 0}});
    CHECK(with_ways({{2, 1}}) == Levels{{0, 0}, {1, 1}, {2, 1}});
    CHECK(with_ways({{0, 2}, {2, 2}}) == Levels{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {2, 2}});
    for (std::uint8_t x = 0; x <= max_level; ++x)
        for (std::uint8_t y = 0; y <= max_level; ++y)
            CHECK(validate_levels(with_ways({{x, y}, {y, 3}})));
}

TEST_CASE("levels without those that they are halved from are refused") {
    CHECK_FALSE(validate_levels({}));
    CHECK_FALSE(validate_levels({{1, 1}}));
    CHECK_FALSE(validate_levels({{0, 0}, {2, 2}}));
    CHECK_FALSE(validate_levels({{0, 0}, {1, 1}, {1, 1}}));
    CHECK_FALSE(validate_levels({{0, 0}, {1, 1}, {0, 1}}));
    CHECK_FALSE(validate_levels({{0, 0}, {16, 0}}));
}

TEST_CASE("planes of a canvas are whole tiles, one after the other") {
    const DrawCanvas canvas{.width = 300, .height = 101, .groups = {}};
    const SlotLayout full = canvas_layout(canvas, {}).value();
    CHECK(full.plane_count == 4);
    CHECK(full.planes[0] == PlaneLayout{0, 768, 300, 101, 104});
    CHECK(full.planes[3].offset_bytes == 3U * 768 * 104);
    CHECK(full.bytes >= 4U * 768 * 104 + 64);
    CHECK(full.bytes % 4096 == 0);
    const SlotLayout small = canvas_layout(canvas, {2, 1}).value();
    CHECK(small.planes[1] == PlaneLayout{256 * 56, 256, 75, 51, 56});
    const SlotLayout tiny = canvas_layout(canvas, {15, 15}).value();
    CHECK(tiny.planes[1] == PlaneLayout{256 * 8, 256, 1, 1, 8});

    DrawList list;
    CHECK(canvas_bytes(list).value() == CanvasBytes{});
    list.canvases = {canvas, canvas};
    list.canvases[1].levels = {{0, 0}, {1, 1}, {2, 1}};
    const SlotLayout half = canvas_layout(canvas, {1, 1}).value();
    CHECK(canvas_bytes(list).value() ==
          CanvasBytes{2ULL * full.bytes + half.bytes + small.bytes, full.bytes});
    list.canvases[0].has_alpha = false;
    CHECK(canvas_layout(list.canvases[0], {}).value().plane_count == 3);
    list.canvases[1].width = 0;
    CHECK_FALSE(canvas_bytes(list));
}

TEST_CASE("the largest canvas has a layout") {
    const DrawCanvas canvas{.width = 16384, .height = 16384, .groups = {}};
    CHECK(canvas_layout(canvas, {}).value().bytes == (2ULL << 30) + 4096);
}

}  // namespace
}  // namespace reelpool
