// Projects that cannot be rendered: one clear message with the place, exit code 3 or 4, no output.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "export_fixture.hpp"

namespace reelpool::export_test {
namespace {

const std::string comp = R"("width": 64, "height": 36, "fps": 30, "duration": 1)";
const std::string one_file = R"("a": {"path": "a.mp4"})";

/// A project around one track's clips, right except for what the clips say.
std::string with_clips(const std::string& clips) {
    return project_text(one_file, comp, R"({"id": "V1", "clips": [)" + clips + "]}");
}

/// A project that shows the medium "a", which lies under this path.
std::string with_file(const std::string& path) {
    return project_text("\"a\": {\"path\": \"" + path + "\"}", comp,
                        R"({"clips": [{"media": "a"}]})");
}

/// Exports and checks code, message and that nothing is left.
void check_refused(const std::string& project, int code, const std::vector<std::string>& words) {
    const TempFolder folder;
    test_media::make_barcode_clip({.width = 64,
                                   .height = 36,
                                   .frames = 3,
                                   .encoding = test_media::small_h264(),
                                   .out = folder / "a.mp4"});
    std::filesystem::create_directory(folder / "folder.mp4");
    const auto outcome = run_export(folder, {.project = project});
    CAPTURE(outcome.err);
    CAPTURE(outcome.out);
    CHECK(outcome.exit_code == code);
    for (const std::string& word : words) {
        CAPTURE(word);
        CHECK(outcome.err.find(word) != std::string::npos);
    }
    CHECK(outcome.err.size() < 2000);
    CHECK_FALSE(std::filesystem::exists(folder / "out.mkv"));
    CHECK_FALSE(std::filesystem::exists(folder / "out.mkv.part"));
}

}  // namespace

TEST_CASE("unknown fields name the place and the nearest known field") {
    check_refused(with_clips(R"({"media": "a"}, {"media": "a", "start": 0.5, "opactiy": 1})"), 3,
                  {"comps.main.tracks[0].clips[1].opactiy", "opacity"});
    check_refused(R"({"reelpool": 1, "main": "main", "midea": {}, "comps": {"main": {)" + comp +
                      R"(, "tracks": []}}})",
                  3, {"midea", "media"});
}

TEST_CASE("wrong types") {
    check_refused(with_clips(R"({"media": "a", "opacity": "full"})"), 3,
                  {"comps.main.tracks[0].clips[0].opacity"});
    check_refused(with_clips(R"({"media": 7})"), 3, {"comps.main.tracks[0].clips[0].media"});
    check_refused(with_clips(R"({"media": "a", "transform": {"position": [1]}})"), 3,
                  {"comps.main.tracks[0].clips[0].transform.position"});
}

TEST_CASE("missing and unusable media") {
    check_refused(with_clips(R"({"media": "b"})"), 3,
                  {"comps.main.tracks[0].clips[0].media", "\"b\""});
    check_refused(with_file("gone.mp4"), 4, {"gone.mp4"});
    check_refused(with_file("folder.mp4"), 4, {"folder.mp4", "directory"});
    check_refused(with_file("project.json"), 4, {"project.json"});
}

TEST_CASE("comps that contain themselves") {
    check_refused(project_text("", comp, R"({"clips": [{"comp": "left"}]})",
                               R"(, "left": {)" + comp +
                                   R"(, "tracks": [{"clips": [{"comp": "right"}]}]}, "right": {)" +
                                   comp + R"(, "tracks": [{"clips": [{"comp": "left"}]}]})"),
                  3, {"left", "right"});
}

TEST_CASE("times that make no sense") {
    check_refused(with_clips(R"({"media": "a", "duration": -1})"), 3,
                  {"comps.main.tracks[0].clips[0].duration"});
    check_refused(with_clips(R"({"media": "a", "start": "1/0"})"), 3,
                  {"comps.main.tracks[0].clips[0].start"});
    check_refused(with_clips(R"({"media": "a", "start": "soon"})"), 3,
                  {"comps.main.tracks[0].clips[0].start"});
    check_refused(with_clips(R"({"media": "a", "duration": 0.6},
                                {"media": "a", "start": 0.5, "duration": 0.2})"),
                  3, {"comps.main.tracks[0]", "overlap"});
    check_refused(
        project_text("", R"("width": 64, "height": 36, "fps": "30/0", "duration": 1)", ""), 3,
        {"comps.main.fps"});
}

TEST_CASE("what is not built yet is refused by name") {
    check_refused(with_clips(R"({"media": "a", "effects": [{"type": "blur", "radius": 4}]})"), 3,
                  {"comps.main.tracks[0].clips[0].effects[0].type", "blur"});
    check_refused(with_clips(R"({"text": {"string": "hello"}})"), 3,
                  {"comps.main.tracks[0].clips[0].text"});
}

TEST_CASE("more masks than one message holds") {
    const std::string frame = R"("width": 64, "height": 36, "fps": 30, "duration": "1f")";
    std::string vertices, masks, tracks;
    const auto add = [](std::string& list, const std::string& one) {
        list += (list.empty() ? "" : ", ") + one;
    };
    for (int v = 0; v < 1024; ++v)
        add(vertices, "[" + std::to_string(v % 64) + ", " + std::to_string(v % 36) + "]");
    for (int m = 0; m < 64; ++m)
        add(masks, R"({"shape": "path", "vertices": [)" + vertices + "]}");
    for (int t = 0; t < 40; ++t) add(tracks, R"({"clips": [{"comp": "masked"}]})");
    const std::string masked = R"(, "masked": {)" + frame +
                               R"(, "tracks": [{"clips": [{"solid": "#fff000", "masks": [)" +
                               masks + "]}]}]}";
    check_refused(project_text("", frame, tracks, masked), 8,
                  {"the layers of output frame 0", "MiB", "vertices"});
}

TEST_CASE("files that are no projects") {
    check_refused("", 3, {"project.json"});
    check_refused("{\"reelpool\": 1,", 3, {"project.json"});
    check_refused(std::string(1'000'000, '['), 3, {"project.json"});
    check_refused("{\"reelpool\": 1, \"main\": \"main\", \"comps\": {}} trailing", 3,
                  {"project.json"});
}

TEST_CASE("a gigabyte of brackets") {
    if (std::getenv("REELPOOL_LONG") == nullptr) {
        MESSAGE("SKIPPED: REELPOOL_LONG is not set");
        return;
    }
    const TempFolder folder;
    {
        std::ofstream file(folder / "huge.json", std::ios::binary);
        const std::string block(1 << 20, '[');
        for (int k = 0; k < 1024; ++k) file << block;
    }
    const auto outcome = test_media::run_program(
        {reelpool_program(), "export", (folder / "huge.json").string(), "-o",
         (folder / "out.mkv").string(), "--codec", "ffv1", "--progress", "none"});
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 3);
    CHECK(outcome.err.find("huge.json") != std::string::npos);
}

}  // namespace reelpool::export_test
