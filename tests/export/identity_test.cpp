// Pictures that must come through untouched, judged by the ffmpeg command line alone.
#include <doctest/doctest.h>

#include "export_fixture.hpp"

namespace reelpool::export_test {
namespace {

using test_media::BarcodeClip;
using test_media::make_barcode_clip;

/// Two small H.264 files "a.mp4" and "b.mp4" of 60 frames at 30 fps, keyframes every 12 frames.
void make_two_files(const TempFolder& folder) {
    make_barcode_clip(
        {.media_id = 1, .encoding = test_media::small_h264(), .out = folder / "a.mp4"});
    make_barcode_clip(
        {.media_id = 2, .encoding = test_media::small_h264(), .out = folder / "b.mp4"});
}

const std::string two_files = R"("a": {"path": "a.mp4"}, "b": {"path": "b.mp4"})";
const std::string small_comp = R"("width": 320, "height": 180, "fps": 30)";

/// The MD5s of frames from..to-1 of a list.
void append(std::vector<std::string>& to, const std::vector<std::string>& from, std::size_t begin,
            std::size_t end) {
    to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(begin),
              from.begin() + static_cast<std::ptrdiff_t>(end));
}

}  // namespace

TEST_CASE("a cuts-only project equals ffmpeg's decode of the same frames, frame by frame") {
    const TempFolder folder;
    make_two_files(folder);
    const std::string project = project_text(two_files, small_comp, R"({"clips": [
        {"media": "a", "in": "7f", "duration": "20f"},
        {"media": "b", "start": "20f", "in": "31f", "duration": "25f"},
        {"media": "a", "start": "45f", "in": "0f", "duration": "9f"},
        {"media": "a", "start": "54f", "in": "50f", "duration": "10f"}]})");
    const auto a = frame_md5s(folder / "a.mp4");
    const auto b = frame_md5s(folder / "b.mp4");
    std::vector<std::string> wanted;
    append(wanted, a, 7, 27);
    append(wanted, b, 31, 56);
    append(wanted, a, 0, 9);
    append(wanted, a, 50, 60);
    for (const std::string engine : {"auto", "v2"}) {
        CAPTURE(engine);
        const auto out =
            export_file(folder, {.project = project, .out = engine + ".mkv", .engine = engine});
        CHECK(frame_md5s(out) == wanted);
    }
}

TEST_CASE("open GOPs, HEVC, VP9 and MPEG-TS come through untouched too") {
    const TempFolder folder;
    struct Coding {
        const char* name;
        std::vector<std::string> arguments;
    };
    const std::vector<std::string> tags{"-pix_fmt",         "yuv420p", "-colorspace", "bt709",
                                        "-color_primaries", "bt709",   "-color_trc",  "bt709",
                                        "-color_range",     "tv"};
    for (Coding coding :
         {Coding{"open.mp4",
                 {"-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-g", "10", "-x264-params",
                  "open-gop=1"}},
          Coding{"hevc.mkv",
                 {"-c:v", "libx265", "-preset", "ultrafast", "-g", "15", "-x265-params",
                  "log-level=error"}},
          Coding{"vp9.webm",
                 {"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "20"}},
          Coding{"mpeg2.ts", {"-c:v", "mpeg2video", "-q:v", "3", "-bf", "2", "-g", "12"}}}) {
        CAPTURE(coding.name);
        coding.arguments.insert(coding.arguments.end(), tags.begin(), tags.end());
        make_barcode_clip({.media_id = 3,
                           .frames = 40,
                           .encoding = coding.arguments,
                           .out = folder / coding.name});
        const auto source = frame_md5s(folder / coding.name);
        REQUIRE(source.size() == 40);
        const std::string media = std::string(R"("a": {"path": ")") + coding.name + "\"}";
        // Out of order, so that the file must be sought in.
        const auto out =
            export_file(folder, {.project = project_text(media, small_comp, R"({"clips": [
                {"media": "a", "in": "23f", "duration": "12f"},
                {"media": "a", "start": "12f", "in": "5f", "duration": "12f"}]})")});
        std::vector<std::string> wanted;
        append(wanted, source, 23, 35);
        append(wanted, source, 5, 17);
        CHECK(frame_md5s(out) == wanted);
    }
}

TEST_CASE("an unscaled opaque layer at integer positions equals ffmpeg's overlay") {
    const TempFolder folder;
    make_two_files(folder);
    const std::string project = project_text(
        two_files, R"("width": 400, "height": 240, "fps": 30, "background": "#000000")",
        R"({"clips": [{"media": "a", "fit": "none", "duration": "12f",
                       "transform": {"anchor": [0, 0], "position": [2, 4]}}]},
           {"clips": [{"media": "b", "fit": "none", "duration": "12f",
                       "transform": {"anchor": [0, 0], "position": [120, 90]}}]})");
    const auto out = export_file(folder, {.project = project});
    const auto got = decode_all(out);
    const std::string graph =
        "color=black:s=400x240:r=30,format=yuv420p[k];movie=" + (folder / "b.mp4").string() +
        "[top];[k][0:v]overlay=2:4:format=yuv420:shortest=1[low];"
        "[low][top]overlay=120:90:format=yuv420,trim=end_frame=12";
    const auto wanted = filter_with_ffmpeg(folder / "a.mp4", graph, 400, 240);
    REQUIRE(got.size() == 12);
    REQUIRE(wanted.size() == 12);
    for (std::size_t k = 0; k < 12; ++k) {
        check_near(got[k], wanted[k], "frame " + std::to_string(k), {.psnr_db = 999, .largest = 0});
    }
}

TEST_CASE("luma at half size is ffmpeg's area average, and a crop is a crop") {
    const TempFolder folder;
    make_two_files(folder);
    const auto half = decode_all(export_file(
        folder, {.project = project_text(two_files, R"("width": 160, "height": 90, "fps": 30)",
                                         R"({"clips": [{"media": "a", "duration": "6f"}]})")}));
    const auto area = filter_with_ffmpeg(folder / "a.mp4", "[0:v]scale=160:90:flags=area", 160, 90);
    REQUIRE(half.size() == 6);
    for (std::size_t k = 0; k < 6; ++k) {
        CHECK(reference::compare(half[k], area[k]).at(0).largest <= 1);
    }
    const auto cut = decode_all(export_file(
        folder,
        {.project = project_text(two_files, R"("width": 200, "height": 100, "fps": 30)",
                                 R"({"clips": [{"media": "b", "fit": "none", "duration": "6f",
            "crop": {"left": 40, "top": 60, "right": 80, "bottom": 20}}]})")}));
    const auto crop = filter_with_ffmpeg(folder / "b.mp4", "[0:v]crop=200:100:40:60", 200, 100);
    REQUIRE(cut.size() == 6);
    for (std::size_t k = 0; k < 6; ++k) {
        check_near(cut[k], crop[k], "frame " + std::to_string(k), {.psnr_db = 999, .largest = 0});
    }
}

TEST_CASE("other rates show the frames that ffmpeg's exact rule shows") {
    const TempFolder folder;
    make_barcode_clip({.media_id = 4,
                       .fps = "24",
                       .frames = 48,
                       .encoding = test_media::small_h264(),
                       .out = folder / "film.mp4"});
    const auto out =
        export_file(folder, {.project = project_text(R"("a": {"path": "film.mp4"})", small_comp,
                                                     R"({"clips": [{"media": "a"}]})")});
    auto wanted = frame_md5s(folder / "film.mp4", "fps=30:round=up");
    REQUIRE(wanted.size() >= 60);
    wanted.resize(60);
    CHECK(frame_md5s(out) == wanted);
}

}  // namespace reelpool::export_test
