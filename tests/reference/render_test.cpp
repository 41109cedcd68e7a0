// The reference against values worked out by hand and against the ffmpeg command line.
#include <doctest/doctest.h>

#include "compare.hpp"
#include "reference_error.hpp"
#include "reference_fixture.hpp"

namespace reelpool::reference {
namespace {

using test_media::BarcodeClip;
using test_media::make_barcode_clip;
using test_media::TempFolder;

/// A project with one comp "main" of the given size, rate and clips, over the media "m".
std::string one_comp(const std::string& media, int width, int height, const std::string& fps,
                     const std::string& clips, const std::string& more = "") {
    return R"({"reelpool": 1, "main": "main", "media": {"m": {"path": ")" + media +
           R"("}}, "comps": {"main": {"width": )" + std::to_string(width) + R"(, "height": )" +
           std::to_string(height) + R"(, "fps": )" + fps +
           R"(, "duration": 1, "tracks": [{"clips": [)" + clips + "]}]" + more + "}}}";
}

std::string only_solids(const std::string& clips, const std::string& background = "#000000") {
    return R"({"reelpool": 1, "main": "main", "comps": {"main": {"width": 32, "height": 16,
        "fps": 10, "duration": 1, "background": ")" +
           background + R"(", "tracks": [)" + clips + "]}}}";
}

void check_equal(const OutputPicture& a, const OutputPicture& b, int planes, int largest) {
    const auto differences = compare(a, b);
    CAPTURE(to_string(differences));
    for (int p = 0; p < planes; ++p) {
        CHECK(differences[static_cast<std::size_t>(p)].largest <= largest);
    }
}

BarcodeClip clip_in(const TempFolder& folder, const std::string& name, const std::string& fps,
                    int frames) {
    return {.media_id = 5,
            .fps = fps,
            .frames = frames,
            .encoding = test_media::small_h264(),
            .out = folder / name};
}

}  // namespace

TEST_CASE("a rasterized comp is a picture: enlarged it is soft, and made smaller it is a mean") {
    const TempFolder folder;
    const auto row_of = [&](const std::string& size, const std::string& scale,
                            const std::string& rasterize) {
        const std::string text =
            R"({"reelpool": 1, "main": "main", "comps": {"main": {"width": 32, "height": 16,
            "fps": 10, "duration": 1, "background": "#000000", "tracks": [{"clips": [
            {"comp": "r", "duration": 1, "transform": {"anchor": [0, 0], "position": [8, 4],
            "scale": )" +
            scale + R"(}}]}]},
            "r": {"width": )" +
            size + R"(, "height": 4, "fps": 10, "duration": 1,
            "background": "#000000", "rasterize": )" +
            rasterize + R"(, "tracks": [{"clips": [
            {"solid": "#ffffff", "size": [1, 4], "transform": {"position": [0.5, 2]}}]}]}}})";
        const auto picture = render_text(folder, text, {0}).at(0);
        std::vector<int> row;
        for (int x = 8; x < 16; ++x) row.push_back(picture.planes[0].at(x, 6));
        return row;
    };
    // 219 x (7/8, 5/8, 3/8, 1/8) + 16 between the centres of the two pixels.
    CHECK(row_of("2", "4", "true") == std::vector<int>{235, 235, 208, 153, 98, 43, 16, 16});
    CHECK(row_of("2", "4", "false") == std::vector<int>{235, 235, 235, 235, 16, 16, 16, 16});
    // Level (1, 0) is 1/2, 0, and its odd last sample 0.
    CHECK(row_of("5", "[0.5, 1]", "true") == std::vector<int>{126, 16, 16, 16, 16, 16, 16, 16});
}

TEST_CASE("a solid has the codes of its colour") {
    const TempFolder folder;
    const auto red = render_text(folder, only_solids(R"({"clips": [{"solid": "#ff0000"}]})"), {0});
    CHECK(red.at(0).planes[0].at(7, 7) == 63);
    CHECK(red.at(0).planes[1].at(3, 3) == 102);
    CHECK(red.at(0).planes[2].at(3, 3) == 240);
    const auto faint = render_text(
        folder,
        only_solids(R"({"opacity": 0.8, "clips": [{"solid": "#ffffff80", "opacity": 0.5}]})"), {0},
        {.size = {}, .fps = {}, .pixel_format = "gbrp"});
    CHECK(faint.at(0).planes[0].at(0, 0) == 51);  // 0.8 * 0.5 * 128
}

TEST_CASE("fades, positions and partly covered pixels") {
    const TempFolder folder;
    const auto pictures = render_text(
        folder,
        only_solids(
            R"({"clips": [{"solid": "#ffffff", "size": [4, 4], "duration": 0.8, "fadeIn": 0.4,
            "fadeOut": "2f", "transform": {"anchor": [0, 0], "position": [10.25, 6]}}]})"),
        {0, 1, 5, 7, 8}, {.size = {}, .fps = {}, .pixel_format = "gbrp"});
    const auto value = [&](int frame, int x, int y) {
        return pictures.at(frame).planes[0].at(x, y);
    };
    CHECK(value(0, 12, 8) == 0);
    CHECK(value(1, 12, 8) == 64);  // a quarter of the fade: 63.75
    CHECK(value(5, 12, 8) == 255);
    CHECK(value(5, 10, 8) == 191);  // three quarters: 191.25
    CHECK(value(5, 14, 8) == 64);
    CHECK(value(5, 15, 8) == 0);
    CHECK(value(5, 12, 5) == 0);
    CHECK(value(7, 12, 8) == 128);  // half way out
    CHECK(value(8, 12, 8) == 0);
}

TEST_CASE("an unscaled layer gives back ffmpeg's samples, at integer positions too") {
    const TempFolder folder;
    make_barcode_clip(clip_in(folder, "a.mp4", "30", 12));
    const std::string file = (folder / "a.mp4").string();
    const auto direct = decode_with_ffmpeg(file, "null", 320, 180);
    const auto mine = render_text(
        folder, one_comp("a.mp4", 320, 180, "30", R"({"media": "m", "in": "2f"})"), {0, 3, 9});
    check_equal(mine.at(0), direct.at(2), 3, 0);
    check_equal(mine.at(3), direct.at(5), 3, 0);
    check_equal(mine.at(9), direct.at(11), 3, 0);

    const auto laid = decode_with_ffmpeg(file,
                                         "color=black:s=400x240:r=30,format=yuv420p[b];[b][0:v]"
                                         "overlay=36:-20:format=yuv420:shortest=1",
                                         400, 240);
    const auto placed =
        render_text(folder,
                    one_comp("a.mp4", 400, 240, "30", R"({"media": "m", "fit": "none",
            "transform": {"anchor": [0, 0], "position": [36, -20]}})",
                             R"(, "background": "#000000")"),
                    {4});
    check_equal(placed.at(4), laid.at(4), 3, 0);

    const auto cut = decode_with_ffmpeg(file, "crop=200:100:40:60", 200, 100);
    const auto cropped =
        render_text(folder, one_comp("a.mp4", 200, 100, "30", R"({"media": "m", "fit": "none",
            "crop": {"left": 40, "top": 60, "right": 80, "bottom": 20}})"),
                    {4});
    check_equal(cropped.at(4), cut.at(4), 3, 0);
}

TEST_CASE("half size and mirrored luma agree with ffmpeg") {
    const TempFolder folder;
    make_barcode_clip(clip_in(folder, "a.mp4", "30", 3));
    const std::string file = (folder / "a.mp4").string();
    const auto small = decode_with_ffmpeg(file, "scale=160:90:flags=area", 160, 90);
    const auto mine =
        render_text(folder, one_comp("a.mp4", 160, 90, "30", R"({"media": "m"})"), {1});
    check_equal(mine.at(1), small.at(1), 1, 1);
    const auto sized =
        render_text(folder, one_comp("a.mp4", 320, 180, "30", R"({"media": "m"})"), {1},
                    {.size = std::pair(160, 90), .fps = {}, .pixel_format = "yuv420p"});
    check_equal(mine.at(1), sized.at(1), 3, 0);
    const auto flipped = decode_with_ffmpeg(file, "hflip", 320, 180);
    const auto mirrored = render_text(
        folder,
        one_comp("a.mp4", 320, 180, "30", R"({"media": "m", "transform": {"scale": [-1, 1]}})"),
        {2});
    check_equal(mirrored.at(2), flipped.at(2), 1, 0);
    const auto turned = decode_with_ffmpeg(file, "transpose=clock", 180, 320);
    const auto clockwise =
        render_text(folder,
                    one_comp("a.mp4", 180, 320, "30",
                             R"({"media": "m", "fit": "none", "transform": {"rotation": 90}})"),
                    {2});
    check_equal(clockwise.at(2), turned.at(2), 1, 0);
}

TEST_CASE("rotation metadata and sample aspect are applied") {
    const TempFolder folder;
    make_barcode_clip(clip_in(folder, "a.mp4", "30", 3));
    test_media::run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i",
                              (folder / "a.mp4").string(), "-c", "copy", "-metadata:s:v",
                              "rotate=90", (folder / "turned.mp4").string()});
    const auto upright =
        decode_with_ffmpeg((folder / "turned.mp4").string(), "[0:v]null", 180, 320);
    const auto mine =
        render_text(folder, one_comp("turned.mp4", 180, 320, "30", R"({"media": "m"})"), {1});
    check_equal(mine.at(1), upright.at(1), 1, 0);

    test_media::run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i",
                              (folder / "a.mp4").string(), "-c", "copy", "-aspect", "32:9",
                              (folder / "wide.mp4").string()});
    const auto wide =
        render_text(folder, one_comp("wide.mp4", 640, 180, "30", R"({"media": "m"})"), {1});
    const auto plain = render_text(
        folder, one_comp("a.mp4", 640, 180, "30", R"({"media": "m", "fit": "fill"})"), {1});
    check_equal(wide.at(1), plain.at(1), 3, 0);
}

TEST_CASE("other rates show the last frame at or before the time") {
    const TempFolder folder;
    make_barcode_clip(clip_in(folder, "a.mp4", "24", 24));
    const auto rule = decode_with_ffmpeg((folder / "a.mp4").string(), "fps=30:round=up", 320, 180);
    std::vector<int> all;
    for (int k = 0; k < 30; ++k) all.push_back(k);
    const auto mine =
        render_text(folder, one_comp("a.mp4", 320, 180, "30", R"({"media": "m"})"), all);
    REQUIRE(rule.size() >= 30);
    for (const int k : all) check_equal(mine.at(k), rule.at(static_cast<std::size_t>(k)), 3, 0);
}

TEST_CASE("untagged small YUV is BT.601 and is shown as BT.709") {
    const TempFolder folder;
    test_media::run_or_throw({"ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                              "color=red:s=64x64:r=30,format=yuv444p", "-frames:v", "3", "-c:v",
                              "ffv1", (folder / "red.mkv").string()});
    const auto mine =
        render_text(folder, one_comp("red.mkv", 64, 64, "30", R"({"media": "m"})"), {0});
    CHECK(std::abs(mine.at(0).planes[0].at(9, 9) - 63) <= 1);
    CHECK(std::abs(mine.at(0).planes[1].at(9, 9) - 102) <= 1);
    CHECK(std::abs(mine.at(0).planes[2].at(9, 9) - 240) <= 1);
}

TEST_CASE("three identity nests equal none, whatever the output's size") {
    const TempFolder folder;
    make_barcode_clip(clip_in(folder, "a.mp4", "30", 3));
    const std::string shape =
        R"("width": 320, "height": 180, "fps": 30, "duration": 1, "tracks": [{"clips": [)";
    const std::string flat =
        R"({"reelpool": 1, "main": "x", "media": {"m": {"path": "a.mp4"}}, "comps": {
        "x": {)" +
        shape + R"({"media": "m"}]}]}}})";
    const std::string nested =
        R"({"reelpool": 1, "main": "x", "media": {"m": {"path": "a.mp4"}}, "comps": {
        "x": {)" +
        shape + R"({"comp": "y"}]}]}, "y": {)" + shape + R"({"comp": "z"}]}]}, "z": {)" + shape +
        R"({"media": "m"}]}]}}})";
    const RenderOptions options{.size = std::pair(214, 118), .fps = {}, .pixel_format = "yuv444p"};
    check_equal(render_text(folder, flat, {1}, options).at(1),
                render_text(folder, nested, {1}, options).at(1), 3, 0);
}

TEST_CASE("a nested comp is one group: its opacity covers layers that overlap inside") {
    const TempFolder folder;
    const std::string project = R"({"reelpool": 1, "main": "x", "comps": {
        "x": {"width": 32, "height": 16, "fps": 10, "duration": 1, "tracks": [{"clips": [
            {"comp": "y", "opacity": 0.5}]}]},
        "y": {"width": 32, "height": 16, "fps": 10, "duration": 1, "tracks": [
            {"clips": [{"solid": "#ff0000"}]}, {"clips": [{"solid": "#00ff00"}]}]}}})";
    const auto mine =
        render_text(folder, project, {0}, {.size = {}, .fps = {}, .pixel_format = "gbrp"});
    CHECK(mine.at(0).planes[0].at(5, 5) == 128);
    CHECK(mine.at(0).planes[2].at(5, 5) == 0);
}

TEST_CASE("speed, remap and reverse show the frames that the rules name") {
    const TempFolder folder;
    make_barcode_clip(clip_in(folder, "a.mp4", "30", 30));
    const auto shown = [&](const std::string& clip, std::vector<int> frames) {
        Renderer renderer(
            read_project(folder.write("p.json", one_comp("a.mp4", 320, 180, "30", clip))), {});
        std::vector<int> indices;
        for (const int frame : frames) {
            const auto names = renderer.shown_at(frame).shown;
            indices.push_back(names.empty() ? -1 : names.front().second);
        }
        return indices;
    };
    using List = std::vector<int>;
    CHECK(shown(R"({"media": "m", "speed": 2})", {0, 1, 7, 14, 15}) == List{0, 2, 14, 28, -1});
    CHECK(shown(R"({"media": "m", "speed": 0.5, "in": "3f"})", {0, 1, 2, 7, 29}) ==
          List{3, 3, 4, 6, 17});
    CHECK(shown(R"({"media": "m", "speed": 0, "in": 0.5, "duration": 1})", {0, 29}) ==
          List{15, 15});
    CHECK(shown(R"({"media": "m", "reverse": true})", {0, 1, 29}) == List{29, 28, 0});
    CHECK(shown(R"({"media": "m", "start": "5f", "duration": "10f", "reverse": true})",
                {4, 5, 14, 15}) == List{-1, 9, 0, -1});
    CHECK(
        shown(R"({"media": "m", "remap": {"keys": [[0, 0.5], ["15f", 0, "hold"], ["20f", "7f"]]}})",
              {0, 1, 15, 19, 20, 29}) == List{15, 14, 0, 0, 7, 7});
    CHECK(shown(R"({"media": "m", "speed": {"keys": [[0, 0], [1, 2]]}})", {0, 10, 15, 29}) ==
          List{0, 3, 7, 28});
    CHECK(shown(R"({"media": "m", "in": "25f", "duration": 1})", {0, 4, 5, 29}) ==
          List{25, 29, 29, 29});
}

TEST_CASE("millisecond timestamps, image sequences and stills") {
    const TempFolder folder;
    BarcodeClip webm{.fps = "24",
                     .frames = 24,
                     .encoding = {"-c:v", "libvpx", "-deadline", "realtime"},
                     .out = folder / "a.webm"};
    make_barcode_clip(webm);
    Renderer at24(read_project(folder.write(
                      "p.json", one_comp("a.webm", 320, 180, "24", R"({"media": "m"})"))),
                  {});
    for (int k = 0; k < 24; ++k) CHECK(at24.shown_at(k).shown.front().second == k);

    make_barcode_clip({.frames = 4,
                       .encoding = {"-c:v", "png", "-start_number", "7"},
                       .out = folder / "s_%03d.png"});
    const std::string sequence = R"({"reelpool": 1, "main": "x", "media": {
        "m": {"path": "s_%03d.png", "first": 7, "fps": 12.5}}, "comps": {"x": {"width": 320,
        "height": 180, "fps": 25, "duration": 1, "tracks": [{"clips": [{"media": "m", "duration": 1}]}]}}})";
    Renderer pictures(read_project(folder.write("s.json", sequence)), {});
    CHECK(pictures.shown_at(3).shown.front().second == 1);
    CHECK(pictures.shown_at(6).shown.front().second == 3);
    CHECK(pictures.shown_at(24).shown.front().second == 3);

    test_media::run_or_throw({"ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                              "color=0x00ff00@0.5:s=64x64,format=rgba", "-frames:v", "1",
                              (folder / "g.png").string()});
    const auto still = render_text(
        folder,
        one_comp("g.png", 64, 64, "30", R"({"media": "m"})", R"(, "background": "#ff0000")"), {29},
        {.size = {}, .fps = {}, .pixel_format = "gbrp"});
    CHECK(std::abs(still.at(29).planes[0].at(9, 9) - 127) <= 1);
    CHECK(std::abs(still.at(29).planes[2].at(9, 9) - 128) <= 1);
}

TEST_CASE("wrong projects are refused with their place") {
    const TempFolder folder;
    const auto message = [&](const std::string& text) -> std::string {
        try {
            Renderer renderer(read_project(folder.write("w.json", text)), {});
            (void)renderer.shown_at(0);
        } catch (const ReferenceError& problem) {
            return problem.what();
        }
        return "";
    };
    CHECK(message(only_solids(R"({"clips": [{"solid": "#ffffff", "opactiy": 1}]})"))
              .find("comps.main.tracks[0].clips[0]: unknown field \"opactiy\"") == 0);
    CHECK(message(only_solids(R"({"clips": [{"solid": "#ffffff", "text": {}}]})"))
              .find("not built") != std::string::npos);
    CHECK(message(only_solids(R"({"clips": [{"comp": "main"}]})")).find("contains itself") !=
          std::string::npos);
    CHECK(message("{").find("parse error") != std::string::npos);
}

}  // namespace reelpool::reference
