#include "compositor/render/tile_composer.hpp"

#include <doctest/doctest.h>

#include "tests/compositor/render/footage.hpp"

namespace reelpool::testing {
namespace {

using namespace reelpool::compositor;

constexpr OutputFormat output{
    .width = 512, .height = 64, .format = yuv444p, .color = bt709_limited};

Scene scene_of(const DrawList& list) {
    ShaderBlocks blocks;
    MaskStore masks;
    const auto find_slot = [](const FrameSource&) { return SlotView{}; };
    add_constants(blocks);
    auto scenes = build_scenes(list.groups, output_target(output),
                               {.find_slot = find_slot, .canvases = list.canvases, .masks = masks}, blocks);
    REQUIRE(scenes);
    return std::move(scenes->front());
}

FrameSource frame_of(std::uint32_t width, std::uint32_t height, bool has_alpha = false) {
    FrameSource frame;
    frame.format = yuv444p;
    frame.format.has_alpha = has_alpha;
    frame.width = width;
    frame.height = height;
    frame.color = bt709_limited;
    return frame;
}

/// The first tile, inside everything of a full-frame scene.
constexpr TileSites first_tile{0, 0, 127, 7};

DrawList grouped(std::vector<DrawLayer> inside, double opacity, const Matrix& canvas = {}) {
    DrawList list = list_of(std::move(inside));
    list.groups.push_back(
        {.layers = {frame_layer(frame_of(512, 64)), group_layer(0, 512, 64, canvas, opacity)}});
    return list;
}

}  // namespace

TEST_CASE("what an opaque layer hides is not in the tile's list") {
    const Scene scene =
        scene_of(list_of({frame_layer(frame_of(512, 64)), solid_layer({1, 0, 0, 1}, 512, 64),
                          frame_layer(frame_of(512, 64))}));
    TileComposer composer(scene);
    composer.compose(first_tile);
    REQUIRE(composer.ops().size() == 1);
    CHECK(composer.ops()[0].drop == 1);
}

TEST_CASE("a comp without a factor goes straight into its parent") {
    const Scene scene = scene_of(grouped({frame_layer(frame_of(256, 64), {.tx = 3.5}),
                                          frame_layer(frame_of(300, 64, true), {.tx = 10})},
                                         1));
    TileComposer composer(scene);
    composer.compose(first_tile);
    CHECK(composer.isolated().empty());
    CHECK(composer.ops().size() == 3);
}

TEST_CASE("a comp of constant alphas becomes weights") {
    const Scene scene = scene_of(grouped(
        {frame_layer(frame_of(512, 64), {}, 0.5), frame_layer(frame_of(512, 64), {}, 0.25)}, 0.8));
    TileComposer composer(scene);
    composer.compose(first_tile);
    CHECK(composer.isolated().empty());
    REQUIRE(composer.ops().size() == 3);
    // Alpha 1 - 0.5 * 0.75 of the comp, times its opacity.
    CHECK(composer.ops()[1].drop == doctest::Approx(0.8 * 0.625));
    CHECK(composer.ops()[1].gain == doctest::Approx(0.8 * 0.5 * 0.75));
    CHECK(composer.ops()[2].drop == 0);
    CHECK(composer.ops()[2].gain == doctest::Approx(0.8 * 0.25));
}

TEST_CASE("a comp with one layer hands its factor down") {
    const Scene scene = scene_of(grouped({frame_layer(frame_of(300, 64, true), {}, 0.5)}, 0.8));
    TileComposer composer(scene);
    composer.compose(first_tile);
    CHECK(composer.isolated().empty());
    REQUIRE(composer.ops().size() == 2);
    CHECK(composer.ops()[1].drop == doctest::Approx(0.4));
}

TEST_CASE("alphas that vary under a factor are isolated") {
    const Scene scene = scene_of(grouped(
        {frame_layer(frame_of(512, 64), {}, 0.5), frame_layer(frame_of(300, 64, true), {}, 1)},
        0.8));
    TileComposer composer(scene);
    composer.compose(first_tile);
    REQUIRE(composer.isolated().size() == 1);
    CHECK(composer.isolated()[0].is_used);
    CHECK(composer.isolated()[0].ops.size() == 2);
    CHECK(composer.ops().size() == 2);
    CHECK(composer.height() == 1);
}

TEST_CASE("an isolated comp that something opaque hides is not drawn") {
    DrawList list = grouped(
        {frame_layer(frame_of(512, 64), {}, 0.5), frame_layer(frame_of(300, 64, true), {}, 1)},
        0.8);
    list.groups.back().layers.push_back(frame_layer(frame_of(512, 64)));
    const Scene scene = scene_of(list);
    TileComposer composer(scene);
    composer.compose(first_tile);
    REQUIRE(composer.isolated().size() == 1);
    CHECK_FALSE(composer.isolated()[0].is_used);
    CHECK(composer.ops().size() == 1);
}

TEST_CASE("at a comp's edge one whole layer takes the comp's coverage") {
    DrawLayer inside = frame_layer(frame_of(512, 64), {.tx = 40.5});
    inside.edges.fill(EdgeRule::none);
    const Scene scene = scene_of(grouped({inside}, 1, {.tx = 40.5}));
    TileComposer composer(scene);
    composer.compose(first_tile);
    CHECK(composer.isolated().empty());
    REQUIRE(composer.ops().size() == 2);
    CHECK(composer.ops()[1].coverage != no_edges);
}

}  // namespace reelpool::testing
