// Edges that meet: split screens, canvas edges and what lies beyond them, against the reference.
#include <doctest/doctest.h>

#include "export_fixture.hpp"

namespace reelpool::export_test {
namespace {

/// A solid at an upright place in its comp.
std::string solid(const std::string& colour, double x, double y, double width, double height,
                  const std::string& more = "") {
    return R"({"clips": [{"solid": ")" + colour + R"(", "size": [)" + std::to_string(width) + ", " +
           std::to_string(height) + R"(], "transform": {"anchor": [0, 0], "position": [)" +
           std::to_string(x) + ", " + std::to_string(y) + "]}" + more + "}]}";
}

/// The 200 x 120 file "b", stretched to an upright place in its comp.
std::string picture(double x, double y, double width, double height) {
    return R"({"clips": [{"media": "b", "fit": "none", "duration": 1, "transform": {"anchor": [0, 0],
        "position": [)" +
           std::to_string(x) + ", " + std::to_string(y) + R"(], "scale": [)" +
           std::to_string(width / 200) + ", " + std::to_string(height / 120) + "]}}]}";
}

/// Checks two frames of a comp "z" (300 x 160) with these tracks, shown turned and scaled.
void check_tracks(const std::string& tracks, const std::string& scale = "0.77") {
    const TempFolder folder;
    test_media::make_barcode_clip({.width = 200,
                                   .height = 120,
                                   .frames = 3,
                                   .encoding = test_media::lossless_ffv1(),
                                   .out = folder / "b.mkv"});
    CAPTURE(tracks);
    const std::string project = project_text(
        R"("b": {"path": "b.mkv"})",
        R"("width": 320, "height": 180, "fps": 30, "duration": "2f", "background": "#203040")",
        R"({"clips": [{"comp": "z", "transform": {"rotation": 11, "scale": )" + scale +
            R"(, "position": [150.3, 92.2]}}]})",
        R"(, "z": {"width": 300, "height": 160, "fps": 30, "duration": 1, "tracks": [)" + tracks +
            "]}");
    check_against_reference(folder, {.project = project}, {0, 1}, {},
                            {.psnr_db = 65, .largest = 1});
}

}  // namespace

TEST_CASE("a full-canvas split screen has no hairline between its halves") {
    check_tracks(solid("#ffffff", 0, 0, 120.5, 160) + ", " +
                 solid("#ffffff", 120.5, 0, 179.5, 160));
    check_tracks(solid("#ff0000", 0, 0, 150, 160) + ", " + picture(150, 0, 150, 160));
}

TEST_CASE("four tiles in the middle do not smear past each other's far edges") {
    check_tracks(solid("#ff0000", 60, 40, 80.5, 40) + ", " + solid("#00ff00", 140.5, 40, 70, 40) +
                 ", " + solid("#0000ff", 60, 80, 80.5, 30) + ", " +
                 solid("#ffff00", 140.5, 80, 70, 30));
    check_tracks(picture(60, 40, 80.5, 40) + ", " + picture(140.5, 40, 70, 40) + ", " +
                 picture(60, 80, 80.5, 30) + ", " + picture(140.5, 80, 70, 30));
    check_tracks(solid("#ff0000", 60, 40, 80.5, 40) + ", " + solid("#00ff00", 140.5, 40, 3, 40),
                 "0.13");
}

TEST_CASE("a translucent neighbour shows the lower layer in the seam only") {
    const std::string half = R"(, "opacity": 0.5)";
    check_tracks(solid("#ff0000", 60, 40, 80.5, 40) + ", " +
                 solid("#00ff00", 140.5, 40, 70, 40, half));
    check_tracks(solid("#ff0000", 60, 40, 80.5, 40, half) + ", " +
                 solid("#00ff00", 140.5, 40, 70, 40));
}

TEST_CASE("below a masked layer the lower one keeps its edge") {
    check_tracks(
        solid("#ff0000", 60, 40, 80.5, 40) + ", " +
        solid("#00ff00", 140.5, 40, 70, 40, R"(, "masks": [{"shape": "ellipse", "feather": 4}])"));
}

TEST_CASE("a split screen of one colour cannot be told from one layer") {
    const TempFolder folder;
    const auto frame_of = [&folder](const std::string& tracks) {
        const std::string project = project_text(
            "", R"("width": 320, "height": 180, "fps": 30, "duration": "1f")",
            R"({"clips": [{"comp": "z", "transform": {"rotation": 10, "scale": 0.7}}]})",
            R"(, "z": {"width": 301, "height": 161, "fps": 30, "duration": 1, "tracks": [)" +
                tracks + "]}");
        return decode_all(export_file(folder, {.project = project})).at(0);
    };
    const OutputPicture whole = frame_of(solid("#f0f0f0", 0, 0, 301, 161));
    const OutputPicture split = frame_of(solid("#f0f0f0", 0, 0, 150.5, 80.5) + ", " +
                                         solid("#f0f0f0", 150.5, 0, 150.5, 80.5) + ", " +
                                         solid("#f0f0f0", 0, 80.5, 150.5, 80.5) + ", " +
                                         solid("#f0f0f0", 150.5, 80.5, 150.5, 80.5));
    check_near(split, whole, "split", {.psnr_db = 60, .largest = 2});
}

TEST_CASE("layers in the same place both keep their edges") {
    check_tracks(solid("#ff0000", 60, 40, 80.5, 40) + ", " + solid("#00ff00", 60, 40, 80.5, 40));
}

TEST_CASE("layers on and beyond the canvas") {
    check_tracks(solid("#ff0000", 20, -50, 100, 40) + ", " + solid("#00ff00", -30, 20, 25, 50));
    check_tracks(solid("#ff0000", -20, -50, 100, 90) + ", " + solid("#00ff00", 200, 20, 100, 50));
    check_tracks(R"({"clips": [{"solid": "#ff0000", "size": [400, 400],
        "transform": {"position": [150, 80], "rotation": 20}}]})");
}

}  // namespace reelpool::export_test
