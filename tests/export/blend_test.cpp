// Blend modes through the whole program, judged by the ffmpeg command line's `blend` filter where
// it has the same formula (its soft-light and its hue modes are not W3C's).
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "export_fixture.hpp"

namespace reelpool::export_test {
namespace {

using test_media::run_or_throw;

struct Mode {
    std::string name;
    std::string of_ffmpeg;
};
const std::vector<Mode> modes{{"multiply", "multiply"},     {"screen", "screen"},
                              {"difference", "difference"}, {"exclusion", "exclusion"},
                              {"overlay", "overlay"},       {"hard-light", "hardlight"},
                              {"darken", "darken"},         {"lighten", "lighten"}};

void make_still(const TempFolder& folder, const std::string& name, const std::string& source) {
    run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
                  source + ",format=gbrp", "-frames:v", "1", (folder / name).string()});
}

/// One frame of each mode, of b over a.
std::string all_modes() {
    std::string clips;
    for (std::size_t i = 0; i < modes.size(); ++i)
        clips += std::string(i == 0 ? "" : ", ") +
                 R"({"media": "b", "duration": "1f", "start": ")" + std::to_string(i) +
                 R"(f", "blend": ")" + modes[i].name + "\"}";
    return project_text(R"("a": {"path": "a.png"}, "b": {"path": "b.png"})",
                        R"("width": 192, "height": 108, "fps": 25, "duration": ")" +
                            std::to_string(modes.size()) + "f\"",
                        R"({"clips": [{"media": "a"}]}, {"clips": [)" + clips + "]}");
}

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string transition(const std::string& type) {
    return project_text(
        R"("a": {"path": "a.png"}, "b": {"path": "b.png"})",
        R"("width": 192, "height": 108, "fps": 25, "duration": "8f")",
        R"({"clips": [{"media": "a", "duration": "8f"}, {"media": "b", "duration": "8f",
            "transition": {"type": ")" +
            type + R"(", "duration": "8f"}}]})");
}

}  // namespace

TEST_CASE("a dissolve is ffmpeg's xfade") {
    const TempFolder folder;
    make_still(folder, "a.png", "testsrc2=s=192x108:r=1");
    make_still(folder, "b.png", "mandelbrot=s=192x108:r=1");
    // (The edges of its wipes and slides lie one column farther than where they have travelled to.)
    (void)export_file(folder,
                      {.project = transition("dissolve"), .out = "t_%02d.png", .codec = "png"});
    run_or_throw({"ffmpeg",
                  "-v",
                  "error",
                  "-nostdin",
                  "-y",
                  "-loop",
                  "1",
                  "-framerate",
                  "25",
                  "-i",
                  (folder / "a.png").string(),
                  "-loop",
                  "1",
                  "-framerate",
                  "25",
                  "-i",
                  (folder / "b.png").string(),
                  "-filter_complex",
                  "[0]format=gbrp[a];[1]format=gbrp[b];[a][b]xfade=transition=fade:duration=0.32:"
                  "offset=0",
                  "-frames:v",
                  "8",
                  (folder / "x_%02d.png").string()});
    for (const int frame : {0, 2, 4, 6})
        check_near(decode_all(folder / ("t_0" + std::to_string(frame) + ".png")).at(0),
                   decode_all(folder / ("x_0" + std::to_string(frame + 1) + ".png")).at(0),
                   "frame " + std::to_string(frame), {.psnr_db = 45, .largest = 2});
}

TEST_CASE("blend modes are ffmpeg's, and those of both engines") {
    const TempFolder folder;
    make_still(folder, "a.png", "testsrc2=s=192x108:r=1");
    make_still(folder, "b.png", "mandelbrot=s=192x108:r=1");
    for (const std::string engine : {"v1", "v2"})
        (void)export_file(folder, {.project = all_modes(),
                                   .out = engine + "_%02d.png",
                                   .engine = engine,
                                   .codec = "png"});
    for (std::size_t i = 0; i < modes.size(); ++i) {
        CAPTURE(modes[i].name);
        const std::string number = "0" + std::to_string(i) + ".png";
        CHECK(bytes_of(folder / ("v1_" + number)) == bytes_of(folder / ("v2_" + number)));
        // Its first input is the backdrop in the formulas that tell them apart.
        run_or_throw(
            {"ffmpeg", "-v", "error", "-nostdin", "-y", "-i", (folder / "a.png").string(), "-i",
             (folder / "b.png").string(), "-filter_complex",
             "[0]format=gbrp[a];[1]format=gbrp[b];[a][b]blend=all_mode=" + modes[i].of_ffmpeg,
             (folder / "wanted.png").string()});
        check_near(decode_all(folder / ("v2_" + number)).at(0),
                   decode_all(folder / "wanted.png").at(0), "ffmpeg",
                   {.psnr_db = 45, .largest = 4});
    }
}

}  // namespace reelpool::export_test
