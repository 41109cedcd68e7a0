// Scaled, turned, faded and nested pictures against the reference: at least 60 dB in every plane,
// at most 3 codes apart anywhere.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "export_fixture.hpp"

namespace reelpool::export_test {
namespace {

using test_media::make_barcode_clip;
using test_media::run_or_throw;
using test_media::run_program;

const std::string small_comp = R"("width": 320, "height": 180, "fps": 30, "background": "#203040")";
const std::string two_files = R"("a": {"path": "a.mp4"}, "b": {"path": "b.mkv"})";

/// "a.mp4" (320 x 180, H.264) and "b.mkv" (200 x 120, lossless), 30 frames at 30 fps.
class Files {
  public:
    Files() {
        make_barcode_clip({.media_id = 1,
                           .frames = 30,
                           .encoding = test_media::small_h264(),
                           .out = folder / "a.mp4"});
        make_barcode_clip({.media_id = 2,
                           .width = 200,
                           .height = 120,
                           .frames = 30,
                           .encoding = test_media::lossless_ffv1(),
                           .out = folder / "b.mkv"});
    }

    /// Exports clips of one track over `small_comp` for 12 frames and checks some of them.
    void check_clips(const std::string& clips, const std::vector<int>& frames = {0, 7}) const {
        CAPTURE(clips);
        check_against_reference(
            folder,
            {.project = project_text(two_files, small_comp + R"(, "duration": "12f")",
                                     "{\"clips\": [" + clips + "]}")},
            frames);
    }

    TempFolder folder;
};

/// A picture with a soft alpha edge, made from ffmpeg's own test pattern.
void make_still(const std::filesystem::path& file, const std::string& pixel_format) {
    run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
                  "testsrc2=s=120x90:r=1,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':"
                  "a='clip(255-6*abs(hypot(X-60,Y-45)-10),0,255)'",
                  "-frames:v", "1", "-pix_fmt", pixel_format, file.string()});
}

}  // namespace

TEST_CASE("scale and sub-pixel position") {
    const Files files;
    files.check_clips(R"({"media": "a", "transform": {"scale": 0.7, "position": [151.3, 97.85]}})");
    files.check_clips(
        R"({"media": "b", "transform": {"scale": 1.37, "position": [160.5, 90.25]}})");
    files.check_clips(R"({"media": "b", "fit": "none", "transform": {"scale": [0.4, 0.23],
                          "anchor": [0.25, 0.9], "position": [100.3, 60.6]}})");
    files.check_clips(R"({"media": "b", "fit": "none", "transform": {"scale": [-0.9, 1.1]}})");
}

TEST_CASE("rotation, still and with anim keys") {
    const Files files;
    files.check_clips(R"({"media": "a", "transform": {"scale": 0.6, "rotation": 33.3}})");
    files.check_clips(R"({"media": "b", "fit": "none", "transform": {
        "rotation": {"keys": [[0, -20, "ease-in-out"], ["11f", 200]]},
        "position": {"keys": [[0, [100, 60], "ease"], ["8f", [220.5, 120.25]]]}}})",
                      {0, 3, 6, 11});
    files.check_clips(R"({"media": "b", "fit": "none", "transform": {"rotation": 90}})");
    files.check_clips(
        R"({"media": "b", "fit": "none", "transform": {"rotation": 180, "scale": 0.5}})");
}

TEST_CASE("an animated scale, through several levels") {
    const Files files;
    files.check_clips(R"({"media": "a", "transform": {"rotation": 10,
                          "scale": {"keys": [[0, 1.2], ["11f", 0.15]]}}})",
                      {0, 2, 4, 5, 6, 8, 10, 11});
}

TEST_CASE("the nearest sample and Catmull-Rom") {
    const Files files;
    files.check_clips(R"({"media": "a", "sampling": "nearest", "duration": "6f",
                          "transform": {"scale": 1.37, "rotation": 5}},
                         {"media": "b", "start": "6f", "sampling": "nearest",
                          "transform": {"scale": 0.31, "position": [151.3, 97.85]}})");
    files.check_clips(R"({"media": "b", "sampling": "bicubic", "duration": "6f",
                          "transform": {"scale": 2.3, "position": [160.5, 90.25]}},
                         {"media": "a", "start": "6f", "sampling": "bicubic",
                          "crop": {"left": 30, "top": 11},
                          "transform": {"scale": 0.4, "rotation": -20}})");
}

TEST_CASE("masks of every shape, animated, on media and on a nested comp") {
    const Files files;
    const std::string nest = R"(, "n": {"width": 200, "height": 120, "fps": 30, "duration": 1,
        "background": "#306090", "tracks": [{"clips": [{"media": "b"}]}]})";
    const std::string tracks = R"({"clips": [{"media": "a", "transform": {"scale": 0.9,
          "rotation": 6}, "crop": {"left": 20}, "masks": [
            {"shape": "ellipse", "center": [150, 90], "size": {"keys": [[0, [90, 60]], ["8f",
             [260, 170]]]}, "feather": {"keys": [[0, 0], ["11f", 40]]}},
            {"shape": "rect", "mode": "subtract", "center": [120.5, 80], "size": [60, 33],
             "opacity": 0.7}]}]},
        {"clips": [{"comp": "n", "opacity": 0.8, "transform": {"position": [230, 110],
          "scale": [0.9, 0.6]}, "masks": [
            {"shape": "path", "vertices": [[10, 60], {"point": [100, 5], "in": [-50, 0],
             "out": [50, 0]}, {"point": {"keys": [[0, [190, 60]], ["9f", [150, 90]]]}},
             [100, 115]], "expansion": -3.5},
            {"shape": "ellipse", "mode": "intersect", "invert": true, "size": [50, 40],
             "feather": 6}]}]},
        {"clips": [{"solid": "#ffc040", "size": [80, 50], "blend": "multiply",
          "transform": {"position": [60, 40]}, "masks": [{"shape": "ellipse"}]}]})";
    check_against_reference(files.folder,
                            {.project = project_text(two_files,
                                                     small_comp + R"(, "duration": "12f")", tracks,
                                                     nest)},
                            {0, 5, 11});
}

TEST_CASE("mattes by alpha and luma, inverted, of moving and of absent tracks") {
    const Files files;
    const std::string tracks = R"(
        {"id": "under", "clips": [{"media": "a", "matte": {"track": "round"}}]},
        {"id": "round", "clips": [{"solid": "#ffffffc0", "size": [200, 150], "duration": "8f",
          "blend": "screen", "masks": [{"shape": "ellipse", "feather": 20}],
          "transform": {"position": {"keys": [[0, [80, 90]], ["7f", [240, 90]]]}}}]},
        {"id": "bright", "clips": [{"media": "a", "in": 0.2, "duration": "6f"},
          {"media": "b", "start": "3f", "duration": "9f",
           "transition": {"type": "wipe-right", "duration": "3f", "softness": 0.5}}]},
        {"id": "luma", "clips": [{"solid": "#ff8000", "size": [300, 60],
          "matte": {"track": "bright", "use": "luma"},
          "transform": {"position": [160, 40]}}]},
        {"id": "rest", "clips": [{"media": "b", "blend": "difference", "opacity": 0.7,
          "transform": {"scale": 0.5, "position": [240, 130]},
          "matte": {"track": "bright", "use": "luma", "invert": true}}]},
        {"id": "last", "clips": [{"solid": "#2040ff", "size": [30, 30], "start": "4f",
          "transform": {"position": [30, 150]},
          "matte": {"track": "round", "invert": true}}]})";
    check_against_reference(
        files.folder,
        {.project = project_text(two_files, small_comp + R"(, "duration": "12f")", tracks)},
        {0, 4, 9});
}

TEST_CASE("comps in linear light, with transitions, blending and comps inside") {
    const Files files;
    const std::string nest = R"(, "n": {"width": 200, "height": 120, "fps": 30, "duration": 1,
        "tracks": [{"clips": [{"media": "b", "opacity": 0.6}]},
                   {"clips": [{"solid": "#e02010", "size": [90, 40], "opacity": 0.5}]}]})";
    const std::string tracks = R"(
        {"clips": [{"media": "a", "duration": "8f"}, {"media": "b", "start": "2f",
          "duration": "10f", "transition": {"type": "dissolve", "duration": "6f"}}]},
        {"clips": [{"solid": "#40ff20", "size": [120, 60], "opacity": 0.5,
          "transform": {"rotation": 20, "position": [110, 60]}}]},
        {"clips": [{"comp": "n", "opacity": 0.7, "transform": {"scale": 0.7,
          "position": [220, 110]}}]},
        {"clips": [{"media": "b", "blend": "screen", "transform": {"scale": 0.4,
          "position": [70, 140]}, "masks": [{"shape": "ellipse"}]}]})";
    check_against_reference(
        files.folder,
        {.project = project_text(two_files,
                                 small_comp + R"(, "duration": "12f", "linear": true)", tracks,
                                 nest)},
        {0, 5, 11});
}

TEST_CASE("an output with alpha over a colour is what the comp over it is") {
    const Files files;
    // Footage may exceed R'G'B' of 0..1, which straight R'G'B' cannot hold; pictures do not.
    make_still(files.folder / "s.png", "rgba");
    const std::string still = R"("s": {"path": "s.png"})";
    const std::string tracks = R"(
        {"clips": [{"media": "s", "opacity": 0.6, "transform": {"scale": 0.9, "rotation": 10},
          "masks": [{"shape": "ellipse", "feather": 30}]}]},
        {"clips": [{"solid": "#ff8040c0", "size": [90.5, 60], "transform": {"position": [80, 60]}}]},
        {"clips": [{"media": "s", "fit": "none", "transform": {"scale": 0.8,
          "position": [250, 120]}}]})";
    const std::string shape = R"("width": 320, "height": 180, "fps": 30, "duration": "2f")";
    const auto over = [&](const std::string& media, const std::string& source,
                          const std::string& comps) {
        return project_text(media, shape, R"({"clips": [{"solid": "#3060a0"}]},
                                             {"clips": [)" + source + "]}",
                            comps);
    };
    const std::string whole = over(still, R"({"comp": "x"})",
                                   R"(, "x": {)" + shape + R"(, "tracks": [)" + tracks + "]}");
    struct Kind {
        const char* codec;
        const char* format;
        const char* file;
        int largest;
    };
    for (const Kind& kind : {Kind{"ffv1", "gbrap", "alpha.mkv", 2}, Kind{"ffv1", "yuva444p10", "y.mkv", 2},
                             Kind{"qtrle", "gbrap", "q.mov", 2}}) {
        CAPTURE(kind.format);
        const auto made = export_file(
            files.folder, {.project = project_text(still, shape, tracks),
                           .out = kind.file,
                           .codec = kind.codec,
                           .more = {"--pixel-format", kind.format}});
        const std::string shown = over(R"("o": {"path": ")" + made.filename().string() + "\"}",
                                       R"({"media": "o"})", "");
        const auto picture_of = [&](const std::string& project) {
            reference::OutputPicture picture;
            reference::Renderer renderer(
                reference::read_project(files.folder.write("over.json", project)),
                {.size = {}, .fps = {}, .pixel_format = "gbrp"});
            renderer.render({1}, [&](int, const OutputPicture& one) { picture = one; });
            return picture;
        };
        check_near(picture_of(shown), picture_of(whole), kind.file,
                   {.psnr_db = 48, .largest = kind.largest});
    }
}

TEST_CASE("every effect on real footage, fused and in linear light, and adjustments") {
    const std::filesystem::path examples = std::getenv("REELPOOL_EXAMPLES");
    TempFolder folder;
    std::filesystem::copy_file(examples / "media/meadow.mp4", folder / "meadow.mp4");
    const std::vector<std::string> effects{
        R"({"type": "brightness", "amount": 1.3})",
        R"({"type": "contrast", "amount": 0.6})",
        R"({"type": "exposure", "stops": {"keys": [[0, -1], [1, 2]]}})",
        R"({"type": "gamma", "gamma": [0.8, 1.2, 1.7]})",
        R"({"type": "saturation", "amount": 1.8})",
        R"({"type": "hue", "angle": 130})",
        R"({"type": "temperature", "kelvin": 3100})",
        R"({"type": "temperature", "kelvin": 11000}, {"type": "tint", "amount": -0.4})",
        R"({"type": "levels", "inBlack": 0.1, "inWhite": 0.8, "gamma": 1.3, "outBlack": 0.05,
            "outWhite": 0.9})",
        R"({"type": "lift-gamma-gain", "lift": [0.1, 0, -0.1], "gamma": 1.4, "gain": [1, 1.2, 0.8]})",
        R"({"type": "cdl", "slope": [1.2, 1, 0.9], "offset": [-0.05, 0, 0.04],
            "power": [1.1, 0.9, 1.3], "saturation": 0.7})",
        R"({"type": "invert"})",
        R"({"type": "grayscale", "amount": 0.8})",
        R"({"type": "sepia"})",
        R"({"type": "threshold", "level": 0.4})",
        R"({"type": "posterize", "levels": 5}, {"type": "invert", "amount": 0.3},
           {"type": "hue", "angle": 40}, {"type": "saturation", "amount": 0.5},
           {"type": "exposure", "stops": 0.7})"};
    std::string tracks;
    for (std::size_t i = 0; i < effects.size(); ++i) {
        const std::string at = "[" + std::to_string(50 + 100 * (i % 4)) + ", " +
                               std::to_string(28 + 57 * (i / 4)) + "]";
        tracks += R"({"effects": [)" + (i == 3 ? R"({"type": "invert"})" : std::string()) +
                  R"(], "clips": [{"media": "m", "transform": {"scale": 0.24, "position": )" + at +
                  R"(}, "effects": [)" + effects[i] + "]}]}, ";
    }
    const std::string adjustments =
        R"({"clips": [{"adjustment": true, "opacity": 0.7, "effects": [{"type": "contrast",
            "amount": 1.4}], "transform": {"scale": 0.6, "rotation": 20},
            "masks": [{"shape": "ellipse", "feather": 40}]}]},
           {"clips": [{"adjustment": true, "crop": {"left": 333}, "effects": [{"type": "sepia"}]}]})";
    const std::string nest = R"(, "n": {"width": 200, "height": 100, "fps": 24, "duration": 1,
        "tracks": [{"clips": [{"media": "m", "opacity": 0.8}]}, {"clips": [{"adjustment": true,
          "effects": [{"type": "hue", "angle": 90}]}]}]})";
    const std::string shown_nest =
        R"(, {"clips": [{"comp": "n", "transform": {"position": [250, 190], "rotation": -9},
            "effects": [{"type": "invert"}]}]})";
    const std::string fields =
        R"("width": 400, "height": 228, "fps": 24, "duration": "7f", "background": "#203040")";
    for (const std::string light : {"", R"(, "linear": true)"})
        check_against_reference(folder,
                                {.project = project_text(R"("m": {"path": "meadow.mp4"})",
                                                         fields + light,
                                                         tracks + adjustments + shown_nest, nest)},
                                {6}, {}, {.psnr_db = 55, .largest = 3});
}

TEST_CASE("effects that ffmpeg has are what its filters make") {
    const std::filesystem::path examples = std::getenv("REELPOOL_EXAMPLES");
    TempFolder folder;
    const auto still = folder / "still.png";
    run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i", (examples / "media/meadow.mp4").string(),
                  "-frames:v", "1", "-vf", "scale=320:180", "-pix_fmt", "rgb24", still.string()});
    std::string cube = "TITLE \"a look\"\n# red fastest\nLUT_3D_SIZE 9\n";
    for (int i = 0; i < 9 * 9 * 9; ++i) {
        const double r = i % 9 / 8.0;
        const double g = i / 9 % 9 / 8.0;
        const double b = i / 81 / 8.0;
        cube += std::to_string(0.1 + 0.8 * r * r + 0.1 * b) + " " +
                std::to_string(std::sqrt(g) * 0.9) + " " + std::to_string(b * (1 - 0.5 * r)) + "\n";
    }
    (void)folder.write("look.cube", cube);
    (void)folder.write("curve.cube", "LUT_1D_SIZE 5\n0 0.1 0\n.3 .2 .5\n.45 .5 .6\n.9 .7 .7\n1 1 .8\n");
    struct Pair {
        std::string effect;
        std::string filter;
    };
    const std::string gray = ".2126:.7152:.0722:0";
    const std::vector<Pair> pairs{
        {R"({"type": "invert"})", "negate"},
        {R"({"type": "sepia"})",
         "colorchannelmixer=.393:.769:.189:0:.349:.686:.168:0:.272:.534:.131"},
        {R"({"type": "grayscale"})", "colorchannelmixer=" + gray + ":" + gray + ":" + gray},
        {R"({"type": "lut3d", "path": "look.cube"})",
         "lut3d=file=" + (folder / "look.cube").string()},
        {R"({"type": "lut3d", "path": "curve.cube"})",
         "lut1d=file=" + (folder / "curve.cube").string()}};
    std::string clips;
    for (std::size_t i = 0; i < pairs.size(); ++i)
        clips += (i > 0 ? ", " : "") + std::string(R"({"media": "s", "start": ")") +
                 std::to_string(i) + R"(f", "duration": "1f", "effects": [)" + pairs[i].effect +
                 "]}";
    const auto made = decode_all(export_file(
        folder, {.project = project_text(R"("s": {"path": "still.png"})", small_comp,
                                         R"({"clips": [)" + clips + "]}"),
                 .more = {"--pixel-format", "gbrp"}}));
    REQUIRE(made.size() == pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto wanted = folder / ("wanted" + std::to_string(i) + ".mkv");
        run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i", still.string(), "-vf",
                      "format=gbrp," + pairs[i].filter + ",format=gbrp", "-c:v", "ffv1",
                      wanted.string()});
        check_near(made[i], decode_all(wanted).at(0), pairs[i].filter,
                   {.psnr_db = 50, .largest = 1});
    }
}

TEST_CASE("opacity and fades") {
    const Files files;
    files.check_clips(R"({"media": "a", "opacity": 0.35})");
    files.check_clips(R"({"media": "a", "fadeIn": "6f", "fadeOut": "5f", "duration": "12f"})",
                      {0, 1, 3, 7, 9, 11});
    files.check_clips(
        R"({"media": "b", "opacity": {"keys": [[0, 1, [0.3, -0.2, 0.7, 1.2]], ["11f", 0.1]]}})",
        {0, 2, 5, 9, 11});
}

TEST_CASE("crop and the fit modes") {
    const Files files;
    files.check_clips(R"({"media": "a", "transform": {"scale": 0.8},
                          "crop": {"left": 33.5, "top": 20.25, "right": 70, "bottom": 11}})");
    files.check_clips(R"({"media": "a", "fit": "none", "crop": {"left": 33, "right": 71},
                          "transform": {"scale": 0.4, "rotation": 15}})");
    for (const std::string fit : {"contain", "cover", "fill", "none"}) {
        files.check_clips(R"({"media": "b", "fit": ")" + fit + "\"}");
    }
    files.check_clips(R"({"media": "b", "fit": "cover", "crop": {"top": 30}})");
}

TEST_CASE("solids, transparent ones too") {
    const Files files;
    files.check_clips(R"({"solid": "#ff8000", "size": [90.5, 40],
                          "transform": {"rotation": 12, "position": [99.2, 77]}})");
    files.check_clips(R"({"solid": "#00c0ff80"})");
}

TEST_CASE("stills with alpha, over moving pictures") {
    const Files files;
    using Still = std::pair<const char*, const char*>;
    for (const auto& [name, format] :
         {Still{"s.png", "rgba"}, Still{"s16.png", "rgba64be"}, Still{"s.tiff", "rgba"}}) {
        CAPTURE(name);
        make_still(files.folder / name, format);
        const std::string media = two_files + R"(, "s": {"path": ")" + name + "\"}";
        check_against_reference(
            files.folder,
            {.project = project_text(media, small_comp + R"(, "duration": "6f")",
                                     R"({"clips": [{"media": "a"}]},
                {"clips": [{"media": "s", "fit": "none", "opacity": 0.9,
                    "transform": {"position": [140.25, 80.5], "scale": 1.3, "rotation": 7}}]},
                {"clips": [{"media": "s", "fit": "none",
                    "transform": {"scale": 0.3, "position": [260, 140]}}]})")},
            {0, 5});
    }
}

TEST_CASE("an image sequence") {
    const Files files;
    make_barcode_clip({.media_id = 9,
                       .width = 160,
                       .height = 90,
                       .frames = 8,
                       .encoding = {"-c:v", "png", "-start_number", "5"},
                       .out = files.folder / "q_%03d.png"});
    const std::string project = project_text(
        R"("q": {"path": "q_%03d.png", "first": 5, "fps": 12})",
        small_comp + R"(, "duration": "20f")", R"({"clips": [{"media": "q", "duration": 1}]})");
    check_against_reference(files.folder, {.project = project}, {0, 2, 3, 9, 19});
}

TEST_CASE("comps nested four deep, with opacity as a group") {
    const Files files;
    const std::string inner_comp = R"("width": 200, "height": 140, "fps": 25, "duration": 2, )";
    const std::string tracks = R"({"clips": [{"media": "a"}]}, {"clips": [
        {"comp": "c1", "opacity": 0.7,
         "transform": {"rotation": 8, "scale": 1.1, "position": [170.5, 88]}}]})";
    const std::string comps = R"(, "c1": {)" + inner_comp +
                              R"("background": "#40206080", "tracks": [
            {"clips": [{"comp": "c2", "in": 0.1,
                        "transform": {"scale": 0.8, "position": [105.5, 66.25]}}]},
            {"clips": [{"solid": "#ffffff", "size": [30, 200],
                        "transform": {"position": [15, 70]}}]}]},
        "c2": {)" + inner_comp +
                              R"("tracks": [
            {"clips": [{"media": "b", "fit": "none", "speed": 0.5}]},
            {"clips": [{"comp": "c3", "opacity": 0.6,
                        "transform": {"rotation": -20, "scale": [1.2, 0.7]}}]}]},
        "c3": {)" + inner_comp +
                              R"("tracks": [
            {"clips": [{"comp": "c4", "transform": {"position": [120, 60]}}]},
            {"clips": [{"media": "a", "fit": "none",
                        "transform": {"scale": 0.3, "position": [60, 100]}}]}]},
        "c4": {)" + inner_comp +
                              R"("background": "#103010", "tracks": [
            {"clips": [{"media": "b", "in": 0.3, "opacity": 0.8, "transform": {"rotation": 30}}]},
            {"clips": [{"media": "b", "in": 0.4, "opacity": 0.8,
                        "transform": {"rotation": 60, "scale": 0.5}}]}]})";
    const std::string project =
        project_text(two_files, small_comp + R"(, "duration": "12f")", tracks, comps);
    check_against_reference(files.folder, {.project = project}, {0, 5, 11});
}

TEST_CASE("three identity nests equal none, bit for bit") {
    const Files files;
    const std::string shape = R"("width": 320, "height": 180, "fps": 30, "duration": "6f")";
    const std::string direct = R"({"clips": [{"media": "a"}]})";
    const auto nest = [&](const std::string& name, const std::string& tracks) {
        return ", \"" + name + "\": {" + shape + ", \"tracks\": [" + tracks + "]}";
    };
    const auto flat =
        frame_md5s(export_file(files.folder, {.project = project_text(two_files, shape, direct)}));
    const std::string nests = nest("x", R"({"clips": [{"comp": "y"}]})") +
                              nest("y", R"({"clips": [{"comp": "z"}]})") + nest("z", direct);
    const auto nested = frame_md5s(export_file(
        files.folder,
        {.project = project_text(two_files, shape, R"({"clips": [{"comp": "x"}]})", nests),
         .out = "nested.mkv"}));
    CHECK(flat == nested);
    CHECK(flat.size() == 6);
}

TEST_CASE("another output size scales everything once") {
    const Files files;
    const std::string project = project_text(two_files, small_comp + R"(, "duration": "6f")",
                                             R"({"clips": [{"media": "a"}]},
                        {"clips": [{"media": "b", "fit": "none", "transform": {"rotation": 25}}]})");
    check_against_reference(files.folder, {.project = project, .more = {"--size", "160x90"}},
                            {0, 5},
                            {.size = std::pair(160, 90), .fps = {}, .pixel_format = "yuv420p"});
    check_against_reference(files.folder, {.project = project, .more = {"--size", "480x270"}}, {2},
                            {.size = std::pair(480, 270), .fps = {}, .pixel_format = "yuv420p"});
}

TEST_CASE("other pixel formats, matrices and ranges of the source") {
    const Files files;
    struct Kind {
        const char* name;
        std::vector<std::string> arguments;
    };
    const std::vector<Kind> kinds{
        {"422p10.mkv", test_media::lossless_ffv1("yuv422p10le")},
        {"444.mkv", test_media::lossless_ffv1("yuv444p")},
        {"alpha.mkv", test_media::lossless_ffv1("yuva420p")},
        {"rgb.mkv", {"-c:v", "ffv1", "-pix_fmt", "bgr0"}},
        {"untagged.mkv", {"-c:v", "ffv1", "-pix_fmt", "yuv420p"}},
        {"mjpeg.avi", {"-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"}},
        {"full.mkv",
         {"-c:v", "ffv1", "-pix_fmt", "yuv444p", "-color_range", "pc", "-colorspace", "bt709"}},
        {"bt2020.mkv",
         {"-c:v", "ffv1", "-pix_fmt", "yuv420p10le", "-color_range", "tv", "-colorspace",
          "bt2020nc"}}};
    for (const Kind& kind : kinds) {
        CAPTURE(kind.name);
        make_barcode_clip({.media_id = 3,
                           .width = 160,
                           .height = 90,
                           .frames = 6,
                           .encoding = kind.arguments,
                           .out = files.folder / kind.name});
        check_against_reference(
            files.folder,
            {.project = project_text(std::string(R"("m": {"path": ")") + kind.name + "\"}",
                                     small_comp + R"(, "duration": "6f")",
                                     R"({"clips": [{"media": "m", "fit": "none",
                    "transform": {"position": [90, 60]}}]},
                {"clips": [{"media": "m", "transform": {"scale": 0.45, "rotation": 20,
                    "position": [220.2, 110.7]}}]})")},
            {0, 5});
    }
}

TEST_CASE("transfers and primaries are converted as zscale does, in and out") {
    const TempFolder folder;
    const auto at = [&](const std::string& name) { return (folder / name).string(); };
    const auto make = [&](const std::vector<std::string>& input, const std::string& filter,
                          const std::vector<std::string>& tags, const std::string& out) {
        std::vector<std::string> words{"ffmpeg", "-v", "error", "-nostdin", "-y"};
        words.insert(words.end(), input.begin(), input.end());
        words.insert(words.end(), {"-vf", filter, "-c:v", "ffv1"});
        words.insert(words.end(), tags.begin(), tags.end());
        words.push_back(at(out));
        run_or_throw(words);
    };
    // Up to 65 % of SDR, which no tone map touches, and not near 0, where light is coarse.
    make({"-f", "lavfi", "-i", "testsrc2=s=160x96:r=10:d=0.2"},
         "format=gbrp,lutrgb=r=64+val*0.4:g=64+val*0.4:b=64+val*0.4,format=bgr0", {}, "sdr.mkv");
    make({"-i", at("sdr.mkv")}, "format=gbrp,zscale=r=full,format=gbrp12le", {}, "sdr12.mkv");
    struct Kind {
        const char* zscale;
        std::vector<std::string> tags;
        std::vector<std::string> options;
    };
    const std::vector<Kind> kinds{
        {"t=smpte2084:p=2020:m=2020_ncl:npl=203",
         {"-color_trc", "smpte2084", "-color_primaries", "bt2020", "-colorspace", "bt2020nc"},
         {"--transfer", "pq"}},
        {"t=bt709:p=2020:m=2020_ncl",
         {"-color_trc", "bt709", "-color_primaries", "bt2020", "-colorspace", "bt2020nc"},
         {"--primaries", "bt2020"}},
        {"t=bt709:p=smpte431:m=709",
         {"-color_trc", "bt709", "-color_primaries", "smpte431", "-colorspace", "bt709"},
         {"--primaries", "dci-p3"}}};
    const auto project_of = [](const char* medium) {
        return project_text(std::string(R"("m": {"path": ")") + medium + "\"}",
                            R"("width": 160, "height": 96, "fps": 10, "duration": "2f")",
                            R"({"clips": [{"media": "m"}]})");
    };
    // 2/255.
    const Nearness nearness{.psnr_db = 55, .largest = 32};
    for (const Kind& kind : kinds) {
        CAPTURE(kind.zscale);
        std::vector<std::string> tags = kind.tags;
        tags.insert(tags.end(), {"-color_range", "tv"});
        make({"-i", at("sdr.mkv")},
             std::string("format=gbrp,zscale=tin=bt709:pin=bt709:min=gbr:rin=full:r=limited:") +
                 kind.zscale + ",format=yuv444p12le",
             tags, "converted.mkv");
        const auto in = decode_all(export_file(
            folder, {.project = project_of("converted.mkv"),
                     .out = "in.mkv",
                     .more = {"--pixel-format", "gbrp12", "--overwrite"}}));
        check_near(in.at(1), decode_all(folder / "sdr12.mkv").at(1), "in", nearness);
        std::vector<std::string> more = kind.options;
        more.insert(more.end(), {"--pixel-format", "yuv444p12", "--overwrite"});
        const auto out = decode_all(export_file(
            folder, {.project = project_of("sdr.mkv"), .out = "out.mkv", .more = more}));
        check_near(out.at(1), decode_all(folder / "converted.mkv").at(1), "out", nearness);
        // What is in the output's own encoding passes through.
        const auto same = export_file(
            folder, {.project = project_of("converted.mkv"), .out = "same.mkv", .more = more});
        CHECK(frame_md5s(same) == frame_md5s(folder / "converted.mkv"));
        const auto tags_of = [](const std::string& file) {
            return run_or_throw({"ffprobe", "-v", "error", "-show_entries",
                                 "stream=color_space,color_transfer,color_primaries,color_range",
                                 "-of", "csv", file});
        };
        CHECK(tags_of(same.string()) == tags_of(at("converted.mkv")));
    }
    // Stills, of the same project.
    const std::string project = folder.write("p.json", project_of("sdr.mkv")).string();
    const auto still = [&](const char* name) {
        run_or_throw({reelpool_program(), "frame", project, "--time", "0.1", "-o", at(name)});
        return run_or_throw({"ffprobe", "-v", "error", "-show_entries",
                             "stream=codec_name,width,height", "-of", "csv=p=0", at(name)});
    };
    CHECK(still("still.png") == "png,160,96\n");
    CHECK(still("still.jpg") == "mjpeg,160,96\n");
    CHECK(still("still.webp") == "webp,160,96\n");
    CHECK(run_program({reelpool_program(), "frame", project, "--time", "0", "--transfer", "pq", "-o",
                       at("no.jpg")})
              .exit_code == 2);
}

TEST_CASE("odd sizes, anamorphic pixels and rotation metadata") {
    const Files files;
    make_barcode_clip({.media_id = 3,
                       .width = 101,
                       .height = 57,
                       .frames = 4,
                       .encoding = test_media::lossless_ffv1("yuv444p"),
                       .out = files.folder / "odd.mkv"});
    const std::string plain = (files.folder / "a.mp4").string();
    run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i", plain, "-c", "copy", "-metadata:s:v",
                  "rotate=90", (files.folder / "turned.mp4").string()});
    run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i", plain, "-c", "copy", "-aspect",
                  "64:27", (files.folder / "wide.mp4").string()});
    for (const std::string name : {"odd.mkv", "turned.mp4", "wide.mp4"}) {
        CAPTURE(name);
        for (const std::string clip : {R"({"media": "m"})",
                                       R"({"media": "m", "crop": {"left": 9, "bottom": 12.5},
                  "transform": {"scale": 0.45, "rotation": 20}})"}) {
            check_against_reference(files.folder,
                                    {.project = project_text("\"m\": {\"path\": \"" + name + "\"}",
                                                             small_comp + R"(, "duration": "4f")",
                                                             "{\"clips\": [" + clip + "]}")},
                                    {0, 3});
        }
    }
}

}  // namespace reelpool::export_test
