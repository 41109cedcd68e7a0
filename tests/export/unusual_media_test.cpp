// Interlaced media, and media that change in mid-stream, from the project file to the output.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "export_fixture.hpp"
#include "json_value.hpp"

namespace reelpool::export_test {
namespace {

/// Runs ffmpeg over a moving picture of 320x180.
void make_media(const std::filesystem::path& out, const std::string& filters,
                const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"ffmpeg", "-nostdin", "-v",
                                        "error",  "-y",       "-f",
                                        "lavfi",  "-i",       "testsrc2=size=320x180:rate=25",
                                        "-vf",    filters};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.push_back(out.string());
    (void)test_media::run_or_throw(command);
}

/// The picture that one field of a frame makes: its lines, and means of them.
OutputPicture of_field(OutputPicture picture, int parity) {
    for (auto& plane : picture.planes) {
        const auto from = plane;
        for (int y = 0; y < plane.height; ++y) {
            if (y % 2 == parity) continue;
            const int above = y > 0 ? y - 1 : y + 1;
            const int below = y + 1 < plane.height ? y + 1 : y - 1;
            for (int x = 0; x < plane.width; ++x)
                plane.at(x, y) =
                    static_cast<std::uint16_t>((from.at(x, above) + from.at(x, below) + 1) / 2);
        }
    }
    return picture;
}

std::vector<std::string> warning_codes(const std::filesystem::path& report) {
    std::vector<std::string> codes;
    const reference::JsonValue json = reference::parse_json_file(report);
    for (const reference::JsonValue& warning : json.find("warnings")->items)
        codes.push_back(warning.find("code")->text);
    return codes;
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

long warned(const std::vector<std::string>& codes, const std::string& code) {
    return std::count(codes.begin(), codes.end(), code);
}

std::string project_of(const std::string& medium, int fps) {
    return project_text(R"("a": {)" + medium + R"(, "color": {"matrix": "bt709"}})",
                        R"("width": 320, "height": 180, "fps": )" + std::to_string(fps),
                        R"({"clips": [{"media": "a"}]})");
}

}  // namespace

TEST_CASE("bob shows every field at double rate, and decodes each frame once") {
    const TempFolder folder;
    make_media(folder / "a.mp4", "trim=end_frame=40,tinterlace=interleave_bottom",
               {"-c:v", "libx264", "-flags", "+ildct+ilme", "-x264-params", "bff=1", "-pix_fmt",
                "yuv420p"});
    const auto frames = decode_all(folder / "a.mp4");
    REQUIRE(frames.size() == 20);
    const std::string report = (folder / "report.json").string();
    const auto out =
        export_file(folder, {.project = project_of(R"("path": "a.mp4", "deinterlace": "bob")", 25),
                             .more = {"--report", report}});
    // tinterlace halves the rate: 12.5 frames are 25 fields a second.
    const auto pictures = decode_all(out);
    REQUIRE(pictures.size() == 40);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const OutputPicture wanted = of_field(frames[i / 2], i % 2 == 0 ? 1 : 0);
        CAPTURE(i);
        for (std::size_t plane = 0; plane < 3; ++plane)
            CHECK(pictures[i].planes[plane].samples == wanted.planes[plane].samples);
    }
    CHECK(warned(warning_codes(report), "interlaced") == 0);
    const reference::JsonValue json = reference::parse_json_file(report);
    CHECK(json.find("decode")->find("framesDecoded")->text == "20");
    CHECK(json.find("decode")->find("framesIdeal")->text == "20");
    CHECK(json.find("decode")->find("framesUnique")->text == "40");
}

TEST_CASE("interlaced frames are shown as they are, with a warning unless weave is asked for") {
    const TempFolder folder;
    make_media(folder / "a.mp4", "trim=end_frame=20,tinterlace=interleave_top",
               {"-c:v", "libx264", "-flags", "+ildct+ilme", "-x264-params", "tff=1", "-pix_fmt",
                "yuv420p"});
    const std::string report = (folder / "report.json").string();
    for (const std::string word : {"", "off", "weave"}) {
        CAPTURE(word);
        const std::string mode = word.empty() ? "" : R"(, "deinterlace": ")" + word + R"(")";
        const std::string medium = R"("path": "a.mp4")" + mode;
        const auto project = project_text(
            R"("a": {)" + medium + R"(, "color": {"matrix": "bt709"}})",
            R"("width": 320, "height": 180, "fps": "25/2")", R"({"clips": [{"media": "a"}]})");
        const auto out = export_file(folder, {.project = project, .more = {"--report", report}});
        CHECK(frame_md5s(out) == frame_md5s(folder / "a.mp4"));
        CHECK(warned(warning_codes(report), "interlaced") == (word == "weave" ? 0 : 1));
    }
}

TEST_CASE("a medium that changes its size in mid-stream is exported, counted and warned of") {
    const TempFolder folder;
    const std::vector<std::string> x264 = {"-c:v",    "libx264",   "-pix_fmt",
                                           "yuv420p", "-muxdelay", "0"};
    make_media(folder / "1.ts", "trim=end_frame=15", x264);
    auto later = x264;
    later.insert(later.end(), {"-output_ts_offset", "0.6"});
    make_media(folder / "2.ts", "trim=end_frame=10,scale=240:120", later);
    (void)folder.write("a.ts", bytes_of(folder / "1.ts") + bytes_of(folder / "2.ts"));
    const std::string report = (folder / "report.json").string();
    const auto out = export_file(
        folder, {.project = project_of(R"("path": "a.ts")", 25), .more = {"--report", report}});
    // Like ffmpeg's own decode, which scales the later frames to the first one's size.
    CHECK(frame_md5s(out) == frame_md5s(folder / "a.ts"));
    CHECK(warned(warning_codes(report), "media-changes-format") == 1);
    const reference::JsonValue json = reference::parse_json_file(report);
    CHECK(json.find("files")->items.at(0).find("framesConverted")->text == "10");
}

}  // namespace reelpool::export_test
