// Which source frame is shown when: read from the barcodes in the exported pictures.
#include <doctest/doctest.h>

#include "export_fixture.hpp"

namespace reelpool::export_test {
namespace {

using test_media::make_barcode_clip;
using Numbers = std::vector<int>;

const std::string small_comp = R"("width": 320, "height": 180, "fps": 30)";

/// Exports one clip of 60-frame "a.mp4" at 30 fps and reads all frame numbers.
class OneClip {
  public:
    OneClip() {
        make_barcode_clip(
            {.media_id = 1, .encoding = test_media::small_h264(), .out = folder_ / "a.mp4"});
    }

    [[nodiscard]] Numbers read(const std::string& clip, const std::string& comp = small_comp,
                               std::vector<std::string> more = {}) const {
        const auto file =
            export_file(folder_, {.project = project_text(R"("a": {"path": "a.mp4"})", comp,
                                                          "{\"clips\": [" + clip + "]}"),
                                  .more = std::move(more)});
        return frame_numbers(decode_all(file));
    }

  private:
    TempFolder folder_;
};

Numbers counted(int count, int (*number)(int)) {
    Numbers numbers;
    for (int k = 0; k < count; ++k) numbers.push_back(number(k));
    return numbers;
}

}  // namespace

TEST_CASE("speed, freeze, reverse and remap") {
    const OneClip one;
    CHECK(one.read(R"({"media": "a", "speed": 2})") == counted(30, [](int k) { return 2 * k; }));
    CHECK(one.read(R"({"media": "a", "speed": 0.5, "in": "20f", "duration": "30f"})") ==
          counted(30, [](int k) { return 20 + k / 2; }));
    CHECK(one.read(R"({"media": "a", "speed": 0, "in": "33f", "duration": "10f"})") ==
          counted(10, [](int) { return 33; }));
    CHECK(one.read(R"({"media": "a", "reverse": true})") ==
          counted(60, [](int k) { return 59 - k; }));
    CHECK(one.read(R"({"media": "a", "in": "10f", "duration": "25f", "reverse": true})") ==
          counted(25, [](int k) { return 34 - k; }));
    CHECK(one.read(R"({"media": "a", "duration": "40f",
                       "remap": {"keys": [["0f", "50f"], ["30f", "20f", "hold"], ["35f", "5f"]]}})") ==
          counted(40, [](int k) { return k <= 30 ? 50 - k : (k < 35 ? 20 : 5); }));
    // The speed rises from 0 to 2 in one second: u^2 seconds, k^2 / 30 frames.
    CHECK(one.read(R"({"media": "a", "duration": 1, "speed": {"keys": [[0, 0], [1, 2]]}})") ==
          counted(30, [](int k) { return k * k / 30; }));
    // ease-in-out is symmetrical: half of the time is half of the way.
    const Numbers eased = one.read(
        R"({"media": "a", "duration": "31f", "remap": {"keys": [[0, 0, "ease-in-out"], [1, 1]]}})");
    REQUIRE(eased.size() == 31);
    CHECK(eased[0] == 0);
    CHECK(eased[15] == 15);
    CHECK(eased[30] == 30);
    CHECK(eased[5] < 5);
    CHECK(eased[25] > 25);
}

TEST_CASE("the last frame holds past the end of the media") {
    const OneClip one;
    CHECK(one.read(R"({"media": "a", "in": "55f", "duration": "10f"})") ==
          counted(10, [](int k) { return std::min(59, 55 + k); }));
}

TEST_CASE("a range and another output rate sample the same function of time") {
    const OneClip one;
    CHECK(one.read(R"({"media": "a"})", small_comp, {"--range", "1s..1.5s"}) ==
          counted(15, [](int k) { return 30 + k; }));
    CHECK(one.read(R"({"media": "a"})", small_comp, {"--fps", "25"}) ==
          counted(50, [](int k) { return k * 30 / 25; }));
    CHECK(one.read(R"({"media": "a"})", small_comp, {"--fps", "60"}) ==
          counted(120, [](int k) { return k / 2; }));
    // 29.97 in a comp: comp frame n is at n x 1001 / 30000 s, source frame floor(n x 1.001).
    CHECK(one.read(R"({"media": "a", "duration": 1.9})",
                   R"("width": 320, "height": 180, "fps": "30000/1001")") ==
          counted(57, [](int k) { return k * 1001 / 1000; }));
}

TEST_CASE("25, 29.97 and millisecond timestamps") {
    const TempFolder folder;
    make_barcode_clip({.media_id = 2,
                       .fps = "25",
                       .frames = 50,
                       .encoding = test_media::small_h264(),
                       .out = folder / "pal.mp4"});
    make_barcode_clip({.media_id = 3,
                       .fps = "30000/1001",
                       .encoding = test_media::small_h264(),
                       .out = folder / "ntsc.mp4"});
    make_barcode_clip({.media_id = 4,
                       .fps = "24",
                       .frames = 48,
                       .encoding = {"-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M"},
                       .out = folder / "film.webm"});
    const auto read = [&](const std::string& file, const std::string& fps,
                          const std::string& duration) {
        const std::string comp = R"("width": 320, "height": 180, "fps": )" + fps;
        return frame_numbers(decode_all(export_file(
            folder, {.project = project_text(
                         "\"a\": {\"path\": \"" + file + "\"}", comp,
                         R"({"clips": [{"media": "a", "duration": )" + duration + "}]}")})));
    };
    CHECK(read("pal.mp4", "30", "1.5") == counted(45, [](int k) { return k * 25 / 30; }));
    CHECK(read("ntsc.mp4", "\"30000/1001\"", "\"1001/600\"") ==
          counted(50, [](int k) { return k; }));
    CHECK(read("ntsc.mp4", "30", "1.5") == counted(45, [](int k) { return k * 1000 / 1001; }));
    CHECK(read("film.webm", "24", "1.5") == counted(36, [](int k) { return k; }));
}

TEST_CASE("a nested comp's time is the source time, on no frame grid") {
    const TempFolder folder;
    make_barcode_clip(
        {.media_id = 1, .encoding = test_media::small_h264(), .out = folder / "a.mp4"});
    const std::string project = project_text(
        R"("a": {"path": "a.mp4"})", small_comp + R"(, "duration": "30f")",
        R"({"clips": [{"comp": "inner", "in": "3f", "speed": 0.5}]})",
        R"(, "inner": {"width": 320, "height": 180, "fps": 10, "duration": 0.5, "tracks": [
            {"clips": [{"media": "a", "in": 0.2, "start": 0.05}]}]})");
    // Inner time: 0.1 + k / 60; the media begins at 0.05 and shows 0.2 + inner - 0.05.
    const auto numbers = frame_numbers(decode_all(export_file(folder, {.project = project})));
    CAPTURE(numbers.size());
    REQUIRE(numbers.size() == 30);
    for (int k = 0; k < 24; ++k) CHECK(numbers[static_cast<std::size_t>(k)] == (15 + k) / 2);
    for (int k = 24; k < 30; ++k) CHECK(numbers[static_cast<std::size_t>(k)] == -1);
}

TEST_CASE("one file in many places at many times") {
    const TempFolder folder;
    make_barcode_clip({.media_id = 7,
                       .frames = 90,
                       .encoding = test_media::small_h264(250),
                       .out = folder / "a.mp4"});
    std::string tracks;
    for (int k = 0; k < 10; ++k) {
        if (k > 0) tracks += ", ";
        tracks +=
            R"({"clips": [{"media": "a", "duration": 1, "in": ")" + std::to_string(6 * (9 - k)) +
            R"(f", "transform": {"scale": 0.25, "position": [)" +
            std::to_string(40 + (k % 5) * 80) + ", " + std::to_string(45 + (k / 5) * 90) + "]}}]}";
    }
    // Each layer is a quarter of the 400 x 180 comp's fit: media 320 x 180 shown at 80 x 45.
    const std::string project = project_text(R"("a": {"path": "a.mp4"})",
                                             R"("width": 400, "height": 180, "fps": 30)", tracks);
    const auto pictures = decode_all(export_file(folder, {.project = project}));
    REQUIRE(pictures.size() == 30);
    for (int frame = 0; frame < 30; ++frame) {
        for (int k = 0; k < 10; ++k) {
            const auto read = barcode_in(
                pictures[static_cast<std::size_t>(frame)],
                test_media::placed_around(40 + (k % 5) * 80, 45 + (k / 5) * 90, 80, 45, 0));
            CAPTURE(frame);
            CAPTURE(k);
            CHECK(read == test_media::BarcodeReading{7, 6 * (9 - k) + frame});
        }
    }
}

}  // namespace reelpool::export_test
