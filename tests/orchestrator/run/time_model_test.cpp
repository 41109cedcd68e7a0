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
            .draw_ns = 1e9,
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
    const MeasuredTimes times{
        .workers_s = 5, .draw_s = 3, .encode_s = 37, .start_s = 0.5, .wall_s = 26};
    Speed speed;
    for (int i = 0; i < 12; ++i) speed = learned(speed, work, times, 2);
    CHECK(predicted_seconds(work, speed, 2) == doctest::Approx(26).epsilon(0.03));
    CHECK(speed.draw_factor == doctest::Approx(3).epsilon(0.01));
    // What is learned of one encoder says nothing of another one.
    CHECK(speed.output_ns.size() == 1);
}

TEST_CASE("exports of a moment teach how long the start takes, and nothing else") {
    const MeasuredTimes times{
        .workers_s = 1, .draw_s = 1, .encode_s = 1, .start_s = 0.8, .wall_s = 1.5};
    Speed only_start;
    only_start.start_s = (Speed{}.start_s + 0.8) / 2;
    only_start.known_s = {{fingerprint(ten_seconds()), 1.5}};
    CHECK(learned({}, ten_seconds(), times, 2) == only_start);
}

TEST_CASE("what was rendered before takes as long as it did") {
    const MeasuredTimes times{.workers_s = 5, .draw_s = 3, .encode_s = 9, .start_s = 1, .wall_s = 12};
    const Speed once = learned({}, ten_seconds(), times, 2);
    CHECK(predicted_seconds(ten_seconds(), once, 2) == 12);
    Workload other = ten_seconds();
    other.encoder = "h264/slow";
    CHECK(predicted_seconds(other, once, 2) != 12);
    Speed many = once;
    for (int n = 0; n < 100; ++n) {
        other.draw_ns += 1;
        many = learned(many, other, times, 2);
    }
    CHECK(many.known_s.size() == 64);
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
        .decode_ns = {{"h264", 2.5}}, .output_ns = {{"h264/medium", 40}}, .draw_factor = 1.5,
        .start_s = 0.25, .busy_share = 0.75, .known_s = {{7, 3.5}, {~0ULL, 1}}};
    store.write(speed);
    CHECK(store.read() == speed);
    std::ofstream(folder.path / "cache/speed.json")
        << R"({"decodeNs": {"h264": -1, "hevc": "x", "vp9": 3}, "outputNs": [], "busyShare": 7,
            "drawFactor": 0, "startSeconds": "1", "knownSeconds": [[1], ["a", 2], 3, [5, -1]]})";
    Speed only_one;
    only_one.decode_ns = {{"vp9", 3}};
    CHECK(store.read() == only_one);
    std::ofstream(folder.path / "cache/speed.json") << "[[[";
    CHECK(store.read() == Speed{});
    const SpeedStore nowhere("");
    nowhere.write(speed);
    CHECK(nowhere.read() == Speed{});
}
