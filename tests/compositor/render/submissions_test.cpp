#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "tests/compositor/render/compare.hpp"

namespace reelpool::testing {
namespace {

constexpr OutputFormat output{
    .width = 256, .height = 64, .format = yuv420p, .color = bt709_limited};
constexpr double infinity = std::numeric_limits<double>::infinity();

std::unique_ptr<compositor::Renderer> make_renderer(std::uint32_t frames_in_flight = 3) {
    compositor::RendererOptions options;
    options.output = output;
    options.frames_in_flight = frames_in_flight;
    auto renderer = compositor::Renderer::create(options);
    REQUIRE(renderer);
    return std::move(renderer).value();
}

}  // namespace

TEST_CASE("draw lists that cannot be drawn are refused with an error") {
    Footage footage(SegmentId{5});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, 100, 50);
    Stage stage(output, footage);
    const auto code_of = [&stage](const DrawList& list) {
        const auto submission = stage.renderer().submit(list);
        return submission ? std::optional<ErrorCode>{} : submission.error().code;
    };
    const auto layer_with = [&frame](auto change) {
        DrawLayer layer = frame_layer(frame);
        change(layer);
        return list_of({layer});
    };
    const auto internal = std::optional{ErrorCode::internal};
    CHECK_FALSE(code_of(list_of({frame_layer(frame)})).has_value());
    CHECK(code_of(DrawList{}) == internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.frame.slot.segment = SegmentId{9}; })) ==
          internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.frame.slot.offset_bytes = 0xfffffff0; })) ==
          internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.frame.slot.offset_bytes = 4 << 20; })) ==
          internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.frame.slot.offset_bytes = 3; })) == internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.matrix.xx = std::nan(""); })) == internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.matrix.ty = infinity; })) == internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.rect.right = infinity; })) == internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.opacity = 1.5; })) == internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.opacity = std::nan(""); })) == internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.kind = static_cast<LayerKind>(7); })) ==
          internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.edges[2] = static_cast<EdgeRule>(7); })) ==
          internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.sampling = static_cast<Sampling>(7); })) ==
          internal);
    CHECK(code_of(layer_with(
              [](DrawLayer& l) { l.frame.color.range = ColorRange::unspecified; })) == internal);
    CHECK(code_of(layer_with([](DrawLayer& l) { l.frame.width = 0; })).has_value());
    CHECK(code_of(layer_with([](DrawLayer& l) { l.frame.level.x = 200; })).has_value());
    CHECK(code_of(layer_with([](DrawLayer& l) { l.frame.format.bit_depth = 40; })).has_value());
    CHECK(code_of(layer_with([](DrawLayer& l) {
              l.frame.color.transfer = ColorTransfer::log100;
          })) == std::optional{ErrorCode::render});
    CHECK(code_of(layer_with([](DrawLayer& l) {
              l.frame.color.primaries = ColorPrimaries::film;
          })) == std::optional{ErrorCode::render});
    CHECK(code_of(layer_with([](DrawLayer& l) {
              l.sampling = Sampling::smooth;
              l.matrix = {.xx = 0.01, .yy = 0.01};
          })) == internal);
    CHECK(code_of(list_of({group_layer(0, 10, 10)})) == internal);
    CHECK(code_of(list_of({group_layer(9, 10, 10)})) == internal);
    CHECK(code_of(list_of({solid_layer({0, 0, infinity, 1}, 10, 10)})) == internal);
}

TEST_CASE("comps that multiply beyond any sense are a limit, not a hang") {
    Footage footage(SegmentId{5});
    Stage stage(output, footage);
    DrawList list = list_of({solid_layer({}, 10, 10)});
    for (std::uint32_t i = 0; i < 40; ++i)
        list.groups.push_back(
            {.layers = {group_layer(i, 256, 64, {}, 0.5), group_layer(i, 256, 64, {.tx = 1})}});
    auto refused = stage.renderer().submit(list);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::limit);

    DrawList chain = list_of({solid_layer({}, 10, 10)});
    for (std::uint32_t i = 0; i < 2000; ++i)
        chain.groups.push_back({.layers = {group_layer(i, 256, 64)}});
    auto deep = stage.renderer().submit(chain);
    REQUIRE_FALSE(deep);
    CHECK(deep.error().code == ErrorCode::limit);
}

TEST_CASE("isolated comps nest to any depth") {
    Footage footage(SegmentId{5});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, 100, 50);
    Stage stage(output, footage);
    const Matrix turned = placed(1.3, 1.3, 12, 128, 32, 50, 25);
    DrawList list = list_of({frame_layer(frame, turned), frame_layer(frame, {.tx = 30.5}, 0.9)});
    for (std::uint32_t i = 0; i < 40; ++i) {
        const double slide = 0.7 * i;
        list.groups.push_back(
            {.layers = {solid_layer({0.2, 0.5, 0.9, 1}, 30, 30, {.tx = slide, .ty = 3.3}, 0.3),
                        group_layer(i, 256, 64, {}, 0.97)}});
    }
    const Difference difference = stage.draw_and_compare(list);
    INFO(difference.where);
    CHECK(difference.largest <= 1);
}

TEST_CASE("a segment is mapped where there is room, and nowhere else") {
    auto renderer = make_renderer();
    const std::uint64_t bytes = 200ULL << 20;
    const std::uint64_t next = bytes + wire::view_gap_bytes;
    auto segment = create_segment("render-test", bytes);
    REQUIRE(segment);
    const auto map = [&](std::uint32_t id, std::uint64_t offset) {
        auto read_only = reopen_read_only(*segment);
        REQUIRE(read_only);
        return renderer->map_segment(
            {.segment = SegmentId{id}, .bytes = bytes, .offset_bytes = offset},
            std::move(read_only).value());
    };
    CHECK_FALSE(map(1, 100));
    CHECK(map(1, 0));
    CHECK_FALSE(map(2, next - 4096));
    CHECK(map(2, next));
    CHECK_FALSE(map(1, 2 * next));
    CHECK_FALSE(map(3, 2 * next));
    CHECK_FALSE(map(3, renderer->view_bytes() - bytes));
    CHECK_FALSE(map(3, ~std::uint64_t{4095}));
    CHECK(renderer->unmap_segment(SegmentId{1}));
    CHECK_FALSE(renderer->unmap_segment(SegmentId{1}));
    CHECK_FALSE(map(3, 4096));
    CHECK(map(3, 0));
}

TEST_CASE("a segment that could shrink is refused") {
    auto renderer = make_renderer();
    UniqueFd unsealed(::memfd_create("render-test", 0));
    REQUIRE(::ftruncate(unsealed.get(), 65536) == 0);
    CHECK_FALSE(
        renderer->map_segment({.segment = SegmentId{1}, .bytes = 65536}, std::move(unsealed)));
}

TEST_CASE("more submissions than may be in flight are refused; finishing one makes room") {
    Footage footage(SegmentId{5});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, 100, 50);
    auto renderer = make_renderer(2);
    footage.map_into(*renderer);
    const DrawList list = list_of({frame_layer(frame, placed(2, 2, 7, 128, 32, 50, 25))});
    auto first = renderer->submit(list);
    auto second = renderer->submit(list);
    REQUIRE(first);
    REQUIRE(second);
    CHECK_FALSE(renderer->submit(list));
    CHECK(renderer->finish(std::move(first).value()));
    auto third = renderer->submit(list);
    CHECK(third);
    // The others are dropped unfinished: that waits for the device, and the renderer goes on.
}

TEST_CASE("output buffers come back when their pictures go, on any thread") {
    Footage footage(SegmentId{5});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, 100, 50);
    auto renderer = make_renderer(1);
    footage.map_into(*renderer);
    const DrawList list = list_of({frame_layer(frame, {.tx = 4})});
    std::vector<compositor::Picture> held;
    const auto draw = [&] {
        auto submission = renderer->submit(list);
        REQUIRE(submission);
        auto picture = renderer->finish(std::move(submission).value());
        REQUIRE(picture);
        return std::move(picture).value();
    };
    // One in flight and four spare ones.
    for (int i = 0; i < 5; ++i) held.push_back(draw());
    std::atomic<bool> released = false;
    std::thread encoder([&] {
        released = true;
        held.clear();
    });
    const compositor::Picture next = draw();  // waits for the other thread
    CHECK(released);
    encoder.join();
    CHECK(next.planes[0] != nullptr);
}

TEST_CASE("pictures outlive the renderer") {
    Footage footage(SegmentId{5});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, 256, 64);
    auto renderer = make_renderer();
    footage.map_into(*renderer);
    const auto draw = [&](const DrawList& list) {
        auto submission = renderer->submit(list);
        REQUIRE(submission);
        auto picture = renderer->finish(std::move(submission).value());
        REQUIRE(picture);
        return std::move(picture).value();
    };
    const compositor::Picture slot = draw(list_of({frame_layer(frame)}));
    const compositor::Picture drawn = draw(list_of({frame_layer(frame, {}, 0.5)}));
    CHECK(slot.is_slot);
    renderer.reset();
    const int whole = sample_of(slot, yuv420p, 0, 17, 9);
    const int half = sample_of(drawn, yuv420p, 0, 17, 9);
    CHECK(std::abs(half - (16 + (whole - 16) * 0.5)) <= 0.51);
}

TEST_CASE("warming up draws nothing and reports no error") {
    Footage footage(SegmentId{5});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, 100, 50);
    Stage stage(output, footage);
    CHECK(stage.renderer().warm_up());
    CHECK(stage.renderer().warm_up());
    CHECK(stage.draw_and_compare(list_of({frame_layer(frame)})).largest == 0);
}

TEST_CASE("devices are listed with their strategy") {
    const auto devices = compositor::Renderer::list_devices();
    REQUIRE(devices);
    REQUIRE_FALSE(devices->empty());
    for (const wire::Device& device : *devices) {
        CHECK_FALSE(device.name.empty());
        CHECK((device.strategy == "host-pointer" || device.strategy == "staging" ||
               !device.refusal.empty()));
    }
    compositor::RendererOptions options;
    options.output = output;
    options.device = 99;
    const auto missing = compositor::Renderer::create(options);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::usage);
}

TEST_CASE("output formats that are not built are refused by name") {
    const auto code_of = [](OutputFormat format) {
        compositor::RendererOptions options;
        options.output = format;
        const auto renderer = compositor::Renderer::create(options);
        return renderer ? std::optional<ErrorCode>{} : renderer.error().code;
    };
    OutputFormat with_alpha = output;
    with_alpha.format = {.model = ColorModel::gray, .has_alpha = true};
    CHECK(code_of(with_alpha) == std::optional{ErrorCode::usage});
    OutputFormat empty = output;
    empty.width = 0;
    CHECK(code_of(empty) == std::optional{ErrorCode::usage});
    OutputFormat linear = output;
    linear.color.transfer = ColorTransfer::linear;
    CHECK(code_of(linear) == std::optional{ErrorCode::usage});
}

}  // namespace reelpool::testing
