// One decoder per file, whatever the timeline looks like: read from the report's exact counts.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "export_fixture.hpp"
#include "json_value.hpp"

namespace reelpool::export_test {
namespace {

/// A number of the report, by its path: {"decode", "seeks"}.
double reported(const reference::JsonValue& report, const std::vector<std::string>& path) {
    const reference::JsonValue* at = &report;
    for (const std::string& name : path) {
        CAPTURE(name);
        at = at->find(name);
        REQUIRE(at != nullptr);
    }
    return std::stod(at->text);
}

/// Exports with V2 and returns the report.
reference::JsonValue report_of(const TempFolder& folder, const std::string& project) {
    const std::string report = (folder / "report.json").string();
    (void)export_file(folder, {.project = project, .more = {"--report", report}});
    return reference::parse_json_file(report);
}

}  // namespace

TEST_CASE("ten layers of one file at ten times need one worker and decode each frame about once") {
    const TempFolder folder;
    test_media::make_barcode_clip({.media_id = 1,
                                   .frames = 120,
                                   .encoding = test_media::small_h264(250),
                                   .out = folder / "a.mp4"});
    std::string tracks;
    for (int k = 0; k < 10; ++k) {
        tracks += (k > 0 ? ", " : "") +
                  std::string(R"({"clips": [{"media": "a", "duration": 1, )") + R"("in": ")" +
                  std::to_string(8 * (9 - k)) +
                  R"(f", "transform": {"scale": 0.25, "position": [)" +
                  std::to_string(40 + 26 * k) + ", 90]}}]}";
    }
    const auto report =
        report_of(folder, project_text(R"("a": {"path": "a.mp4"})",
                                       R"("width": 320, "height": 180, "fps": 30)", tracks));
    CHECK(reported(report, {"frames"}) == 30);
    CHECK(reported(report, {"decode", "workersStarted"}) == 1);
    CHECK(reported(report, {"decode", "workersRestarted"}) == 0);
    CHECK(reported(report, {"decode", "framesIdeal"}) == 102);  // 0 .. 9 x 8 + 29
    CHECK(reported(report, {"decode", "amplification"}) <= 1.1);
    // A CPU device reads slots in place, a GPU gets copies.
    REQUIRE(report.find("gpu") != nullptr);
    REQUIRE(report.find("gpu")->find("strategy") != nullptr);
    const bool in_place = report.find("gpu")->find("strategy")->text == "host-pointer";
    CHECK(reported(report, {"gpu", in_place ? "framesStaged" : "framesImported"}) == 0);
    REQUIRE(report.find("error") != nullptr);
    CHECK(report.find("error")->is(reference::JsonValue::Kind::null));
}

TEST_CASE("a file at 4.03 s and, nested, at 2.62 s, with a cache smaller than the distance") {
    const TempFolder folder;
    test_media::make_barcode_clip({.media_id = 1,
                                   .width = 640,
                                   .height = 360,
                                   .frames = 300,
                                   .encoding = test_media::small_h264(250),
                                   .out = folder / "a.mp4"});
    const std::string direct = R"({"clips": [{"media": "a", "in": 4.03, "duration": 4}]}, )"
                               R"({"clips": [{"comp": "n", "duration": 4, )"
                               R"("transform": {"scale": 0.5}}]})";
    const std::string nested =
        R"(, "n": {"width": 640, "height": 360, "fps": 30,
                   "tracks": [{"clips": [{"media": "a", "in": 2.62, "duration": 4}]}]})";
    const std::string canvas = R"("width": 640, "height": 360, "fps": 30)";
    const std::string media = R"("a": {"path": "a.mp4"})";
    const auto amplification = [&](const std::string& tracks, const std::string& cache) {
        const std::string report = (folder / "report.json").string();
        (void)export_file(folder,
                          {.project = project_text(media, canvas, tracks, nested),
                           .more = {"--report", report, "--cache-size", cache, "--overwrite"}});
        return reported(reference::parse_json_file(report), {"decode", "amplification"});
    };
    // 42 frames of 640x360 are 14.6 MB, with everything between the eleven offsets 42 MB.
    CHECK(amplification(direct, "10MB") < 1.3);

    std::string tracks = direct;
    for (int k = 0; k < 10; ++k)
        tracks += R"(, {"clips": [{"media": "a", "duration": 4, "in": ")" + std::to_string(12 * k) +
                  R"(f", "transform": {"scale": 0.25, "position": [)" +
                  std::to_string(60 + 56 * k) + ", 60]}}]}";
    CHECK(amplification(tracks, "20MB") <= 1.1);
}

TEST_CASE("what does not move is drawn once, and looks as if it were drawn every time") {
    const TempFolder folder;
    (void)test_media::run_or_throw({"ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                                   "testsrc2=s=200x120:r=1", "-frames:v", "1",
                                   (folder / "still.png").string()});
    // A still for 12 frames under a title that fades in over the last 4 of them; then frozen footage.
    test_media::make_barcode_clip({.media_id = 1,
                                   .frames = 10,
                                   .encoding = test_media::small_h264(),
                                   .out = folder / "a.mp4"});
    const std::string tracks =
        R"({"clips": [{"media": "still", "duration": "12f", "transform": {"rotation": 10}},
                      {"media": "a", "start": "12f", "duration": "6f", "in": "5f", "speed": 0,
                       "transform": {"scale": 0.7}}]},
           {"clips": [{"solid": "#20c040", "size": [60, 30], "start": "8f", "duration": "4f",
                       "fadeIn": "4f"}]})";
    const std::string project =
        project_text(R"("still": {"path": "still.png"}, "a": {"path": "a.mp4"})",
                     R"("width": 320, "height": 180, "fps": 30)", tracks);
    const auto report = report_of(folder, project);
    CHECK(reported(report, {"frames"}) == 18);
    // 0 to 7 are one picture (with the title's first frame, which is not there yet, 0 to 8), then
    // three of the fade, and 12 to 17 are one picture.
    CHECK(reported(report, {"gpu", "framesRepeated"}) == 8 + 5);
    check_against_reference(folder, {.project = project, .more = {"--overwrite"}},
                            {0, 3, 8, 9, 11, 12, 17});
}

TEST_CASE("the same content under two names still has one worker") {
    const TempFolder folder;
    test_media::make_barcode_clip({.media_id = 1,
                                   .frames = 40,
                                   .encoding = test_media::small_h264(),
                                   .out = folder / "a.mp4"});
    std::filesystem::copy_file(folder / "a.mp4", folder / "copy.mp4");
    std::filesystem::create_hard_link(folder / "a.mp4", folder / "link.mp4");
    const auto report = report_of(
        folder, project_text(R"("a": {"path": "a.mp4"}, "b": {"path": "copy.mp4"},
                                "c": {"path": "link.mp4"})",
                             R"("width": 320, "height": 180, "fps": 30, "duration": "20f")",
                             R"({"clips": [{"media": "a"}]},
                                {"clips": [{"media": "b", "in": "5f", "transform": {"scale": 0.5}}]},
                                {"clips": [{"media": "c", "in": "9f", "transform": {"scale": 0.3}}]})"));
    CHECK(reported(report, {"decode", "workersStarted"}) == 1);
    CHECK(reported(report, {"frames"}) == 20);
}

TEST_CASE("a cache larger than what the compositor sees at once gives the same file") {
    if (std::getenv("REELPOOL_LONG") == nullptr) {
        MESSAGE("SKIPPED: REELPOOL_LONG is not set");
        return;
    }
    const TempFolder folder;
    // 230 frames of 3.1 MB, each shown twice: 710 MB to keep, 512 MB to look at.
    test_media::make_barcode_clip({.media_id = 1,
                                   .width = 1920,
                                   .height = 1080,
                                   .frames = 230,
                                   .encoding = test_media::small_h264(250),
                                   .out = folder / "a.mp4"});
    const std::string project =
        project_text(R"("a": {"path": "a.mp4"})", R"("width": 1920, "height": 1080, "fps": 30)",
                     R"({"clips": [{"media": "a", "duration": "230f", "reverse": true}]},
           {"clips": [{"media": "a", "duration": "230f", "opacity": 0.5}]})");
    const std::string report = (folder / "report.json").string();
    const auto small = export_file(folder, {.project = project, .out = "small.mkv"});
    const auto large = export_file(
        folder, {.project = project,
                 .out = "large.mkv",
                 .more = {"--report", report, "--cache-size", "2GB", "--memory-limit", "2GB"}});
    const auto counts = reference::parse_json_file(report);
    CHECK(reported(counts, {"decode", "amplification"}) == 1.0);
    CHECK(reported(counts, {"gpu", "segmentsRemapped"}) > 0);
    CHECK(frame_md5s(small) == frame_md5s(large));
}

}  // namespace reelpool::export_test
