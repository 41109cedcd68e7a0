// Rasterized comps through the whole program: what they look like, and how often they are drawn.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "export_fixture.hpp"
#include "json_value.hpp"

namespace reelpool::export_test {
namespace {

const std::string media = R"("a": {"path": "a.mp4"})";
const std::string canvas = R"("width": 320, "height": 180, "fps": 30, "duration": "12f")";

void make_media(const TempFolder& folder) {
    test_media::make_barcode_clip({.media_id = 1,
                                   .width = 320,
                                   .height = 180,
                                   .frames = 60,
                                   .encoding = test_media::small_h264(30),
                                   .out = folder / "a.mp4"});
}

std::string track(const std::string& clip) {
    return R"({"clips": [)" + clip + "]}";
}

std::string shown(const std::string& comp, int x, int y, const std::string& scale,
                  const std::string& more = "") {
    return track(R"({"comp": ")" + comp + R"(", "transform": {"position": [)" + std::to_string(x) +
                 ", " + std::to_string(y) + R"(], "scale": )" + scale + R"(, "rotation": 7})" +
                 more + "}");
}

/// A turned medium and a translucent solid that reach over the canvas's edges.
std::string rasterized(const std::string& name, const std::string& more_tracks = "") {
    return R"(, ")" + name + R"(": {"width": 200, "height": 121, "fps": 25, "duration": 3,
        "rasterize": true, "tracks": [
        {"clips": [{"media": "a", "transform": {"scale": 0.9, "rotation": 20}}]},
        {"clips": [{"solid": "#3060c080", "size": [90, 70], "transform": {"position": [30, 90]}}]})" +
           more_tracks + "]}";
}

std::string five_places() {
    std::string tracks = shown("r", 60, 50, "0.5");
    tracks += ", " + shown("r", 200, 60, "0.23", R"(, "opacity": 0.7)");
    tracks += ", " + shown("r", 110, 130, "[1.3, 0.4]", R"(, "crop": {"left": 20, "bottom": 9.5})");
    tracks += ", " + shown("r", 260, 130, R"({"keys": [[0, 0.2], [0.4, 0.9]]})");
    return tracks + ", " + shown("r", 160, 90, "1");
}

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Exports with both engines, requires the same bytes and as many drawn canvases.
void check_engines(const TempFolder& folder, const std::string& project, double canvases) {
    const auto counted = [&](const std::string& engine) {
        const std::string report = (folder / "report.json").string();
        (void)export_file(folder, {.project = project,
                                   .out = engine + ".mkv",
                                   .engine = engine,
                                   .more = {"--report", report}});
        const auto json = reference::parse_json_file(report);
        REQUIRE(json.find("gpu") != nullptr);
        REQUIRE(json.find("gpu")->find("compsRasterized") != nullptr);
        return std::stod(json.find("gpu")->find("compsRasterized")->text);
    };
    CHECK(counted("v1") == canvases);
    CHECK(counted("v2") == canvases);
    CHECK(bytes_of(folder / "v1.mkv") == bytes_of(folder / "v2.mkv"));
}

}  // namespace

TEST_CASE("a rasterized comp in five places is drawn once for an output frame") {
    const TempFolder folder;
    make_media(folder);
    const std::string project = project_text(media, canvas + R"(, "background": "#102030")",
                                             five_places(), rasterized("r"));
    check_engines(folder, project, 12);
    check_against_reference(folder, {.project = project}, {0, 7});
}

TEST_CASE("at other times it is drawn again") {
    const TempFolder folder;
    make_media(folder);
    const std::string tracks = shown("r", 60, 50, "0.5") + ", " +
                               shown("r", 200, 60, "0.5", R"(, "in": "4f")") + ", " +
                               shown("r", 90, 140, "0.5", R"(, "in": "4f", "speed": 0)");
    // The last two are at the same time in the first frame, the first and the last in the fifth.
    const std::string project = project_text(media, canvas, tracks, rasterized("r"));
    check_engines(folder, project, 12 * 3 - 2);
    check_against_reference(folder, {.project = project}, {0, 5});
}

TEST_CASE("rasterized comps inside rasterized, isolated and plain comps") {
    const TempFolder folder;
    make_media(folder);
    const std::string comps =
        rasterized("deep") + rasterized("r", ", " + shown("deep", 120, 40, "0.6")) +
        R"(, "group": {"width": 300, "height": 170, "fps": 30, "duration": 3, "tracks": [)" +
        shown("r", 100, 80, "0.8") + ", " + shown("deep", 210, 60, "0.35") + "]}" +
        R"(, "outer": {"width": 250, "height": 150, "fps": 30, "duration": 3, "rasterize": true,
            "background": "#20202080", "tracks": [)" +
        shown("group", 120, 70, "0.7") + "]}";
    const std::string tracks = shown("group", 150, 90, "1", R"(, "opacity": 0.6)") + ", " +
                               shown("outer", 230, 120, "0.45") + ", " + shown("r", 60, 140, "0.3");
    const std::string project = project_text(media, canvas, tracks, comps);
    check_engines(folder, project, 12 * 3);
    check_against_reference(folder, {.project = project}, {0, 9});
}

TEST_CASE("a rasterized main comp is scaled to the output's size") {
    const TempFolder folder;
    make_media(folder);
    const std::string project = project_text(
        media, canvas + R"(, "rasterize": true)",
        track(R"({"media": "a"})") + ", " + shown("r", 160, 90, "0.8"), rasterized("r"));
    reference::RenderOptions options;
    options.size = {144, 100};
    check_against_reference(folder, {.project = project, .more = {"--size", "144x100"}}, {0, 4},
                            options);
    // At its own size an opaque frame comes back sample for sample.
    const std::string whole =
        project_text(media, canvas + R"(, "rasterize": true)", track(R"({"media": "a"})"));
    check_against_reference(folder, {.project = whole}, {0, 4}, {}, {.psnr_db = 60, .largest = 1});
}

TEST_CASE("canvases that no device view holds are refused before the export") {
    const TempFolder folder;
    make_media(folder);
    const std::string huge = R"(, "r": {"width": 8192, "height": 8192, "fps": 30, "duration": 3,
        "rasterize": true, "tracks": [{"clips": [{"media": "a"}]}]})";
    const auto outcome = run_export(
        folder, {.project = project_text(media, canvas, shown("r", 9, 9, "0.01"), huge)});
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 8);
    CHECK(outcome.err.find("rasterized comps") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder / "out.mkv"));
}

}  // namespace reelpool::export_test
