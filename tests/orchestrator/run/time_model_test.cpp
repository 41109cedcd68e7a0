#include "orchestrator/run/time_model.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "orchestrator/run/drawn_area.hpp"
#include "orchestrator/run/speed_store.hpp"

using namespace reelpool;
using namespace reelpool::run;

namespace {

constexpr double full_hd_px = 1920.0 * 1080;

Workload ten_seconds() {
    return {.decoded_px = {{"h264", 300 * full_hd_px}},
            .composite_ns = 1e9,
            .output_px = 300 * full_hd_px,
            .encoder = "h264/medium"};
}

DrawLayer frame_layer(double scale) {
    DrawLayer layer;
    layer.kind = LayerKind::frame;
    layer.frame.color = {.matrix = ColorMatrix::bt709, .range = ColorRange::limited};
    layer.rect = {0, 0, 100, 50};
    layer.matrix = {.xx = scale, .yy = scale};
    return layer;
}

DrawList list_of(std::vector<DrawLayer> layers) {
    DrawList list;
    list.groups.push_back({.layers = std::move(layers)});
    return list;
}

/// A directory of its own, gone afterwards.
struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("reelpool-speed-" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("half as many cores take twice as long, but for the start") {
    const Speed speed;
    const double two = predicted_seconds(ten_seconds(), speed, 2);
    const double four = predicted_seconds(ten_seconds(), speed, 4);
    const double none = predicted_seconds({}, speed, 2);
    CHECK(two - none == doctest::Approx(2 * (four - none)));
}

TEST_CASE("a machine that does the same again is predicted exactly after a while") {
    const Workload work = ten_seconds();
    const MeasuredTimes times{.workers_s = 5, .compositor_s = 40, .all_s = 46, .wall_s = 26};
    Speed speed;
    for (int i = 0; i < 12; ++i) speed = learned(speed, work, times, 2);
    CHECK(predicted_seconds(work, speed, 2) == doctest::Approx(26).epsilon(0.03));
    // What is learned of one encoder says nothing of another one.
    CHECK(speed.output_ns.size() == 1);
}

TEST_CASE("exports of a moment teach nothing") {
    CHECK(learned({}, ten_seconds(), {.workers_s = 1, .compositor_s = 1, .all_s = 2, .wall_s = 1},
                  2) == Speed{});
}

TEST_CASE("presets that are left out have their name") {
    CHECK(encoder_name(Codec::h264, "") == "h264/medium");
    CHECK(encoder_name(Codec::h264, "veryfast") == "h264/veryfast");
    CHECK(encoder_name(Codec::ffv1, "") == "ffv1/");
}

TEST_CASE("one layer that fills the frame unscaled costs nothing, scaled ones cost more") {
    CHECK(composite_ns(list_of({frame_layer(1)}), 100, 50) == 0);
    const double two = composite_ns(list_of({frame_layer(1), frame_layer(1)}), 100, 50);
    CHECK(two == doctest::Approx(2 * 100 * 50));
    CHECK(composite_ns(list_of({frame_layer(1.5)}), 100, 50) > two);
    // What lies outside is not drawn.
    DrawLayer outside = frame_layer(1);
    outside.matrix.tx = 1000;
    CHECK(composite_ns(list_of({frame_layer(1), frame_layer(1), outside}), 100, 50) == two);
}

TEST_CASE("what was learned is found again; what is damaged is as nothing") {
    const Folder folder;
    const SpeedStore store(folder.path / "cache");
    CHECK(store.read() == Speed{});
    const Speed speed{
        .decode_ns = {{"h264", 2.5}}, .output_ns = {{"h264/medium", 40}}, .busy_share = 0.75};
    store.write(speed);
    CHECK(store.read() == speed);
    std::ofstream(folder.path / "cache/speed.json")
        << R"({"decodeNs": {"h264": -1, "hevc": "x", "vp9": 3}, "outputNs": [], "busyShare": 7})";
    Speed only_one;
    only_one.decode_ns = {{"vp9", 3}};
    CHECK(store.read() == only_one);
    std::ofstream(folder.path / "cache/speed.json") << "[[[";
    CHECK(store.read() == Speed{});
    const SpeedStore nowhere("");
    nowhere.write(speed);
    CHECK(nowhere.read() == Speed{});
}
