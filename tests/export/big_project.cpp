#include "big_project.hpp"

#include <array>
#include <cmath>
#include <map>

#include "barcode_clip.hpp"
#include "child.hpp"

namespace reelpool::export_test {
namespace {

const std::vector<std::string>& quick_h264() {
    static const std::vector<std::string> arguments{
        "-c:v",        "libx264", "-preset",          "veryfast",
        "-crf",        "20",      "-pix_fmt",         "yuv420p",
        "-colorspace", "bt709",   "-color_primaries", "bt709",
        "-color_trc",  "bt709",   "-color_range",     "tv"};
    return arguments;
}

/// Writes the project piece by piece.
class Writer {
  public:
    Writer(const BigProject& shape, std::string folder)
        : shape_(shape), folder_(std::move(folder)) {}

    [[nodiscard]] std::string text() {
        std::string media;
        for (int k = 1; k <= 6; ++k) {
            const std::string name = "f" + std::to_string(k);
            media += (k > 1 ? ", " : "") + quoted(name) + R"(: {"path": )" +
                     quoted(folder_ + "/" + name + ".mp4") + "}";
        }
        // Slots are drawn in the order in which the tracks are written here.
        const std::string full = halves("", R"("media": "f1", "in": 0.2)", R"("media": "f2")");
        const std::string main =
            full + ", " +
            nest("g1", R"("transform": {"rotation": 2, "scale": 0.98, "position": [)" +
                           at(0.5, shape_.width) + ".3, " + at(0.5, shape_.height) + R"(.4]})") +
            ", " + slot(R"("media": "f6", "in": "3f")", R"("media": "f3", "in": 0.3)", "");
        const std::string g1 =
            slot(R"("media": "f3")", R"("media": "f1", "in": 0.5)", "") + ", " +
            slot(R"("media": "f4", "in": 0.1)", R"("media": "f5")", R"(, "opacity": 0.8)") + ", " +
            nest("g2", R"("opacity": 0.9)");
        const std::string g2 = slot(R"("media": "f5", "reverse": true)", R"("media": "f6")", "") +
                               ", " +
                               slot(R"("media": "f1", "in": 0.7)", R"("media": "f1", "in": 0.1)",
                                    R"(, "crop": {"left": 20.5, "top": 9, "right": 12})") +
                               ", " + slot(R"("media": "f2")", R"("media": "f2", "in": 0.6)", "") +
                               ", " + nest("g3", R"("in": 0.04, "transform": {"rotation": -1})");
        const std::string g3 = slot(R"("media": "f6", "speed": 0.5)", R"("media": "f4")", "") +
                               ", " +
                               slot(R"("media": "f2", "in": 0.4)",
                                    R"("media": "f3", "reverse": true)", R"(, "fadeIn": 0.05)") +
                               ", " + slot(R"("media": "f4")", R"("media": "f5", "in": 0.25)", "") +
                               ", " + nest("g4", R"("opacity": 0.85)");
        const std::string g4 = slot(remapped("f3"), R"("media": "f6", "in": 0.9)", "") + ", " +
                               slot(R"("media": "f1")", R"("media": "f4", "in": 0.35)", "");
        return R"({"reelpool": 1, "main": "main", "media": {)" + media + R"(}, "comps": {)" + "\n" +
               comp("main", "30", main, R"(, "background": "#000000")") + ",\n" +
               comp("g1", "30", g1, "") + ",\n" + comp("g2", "25", g2, "") + ",\n" +
               comp("g3", "\"30000/1001\"", g3, "") + ",\n" + comp("g4", "24", g4, "") + "}}\n";
    }

  private:
    static std::string quoted(const std::string& text) { return "\"" + text + "\""; }
    static std::string at(double share, int extent) {
        return std::to_string(static_cast<int>(std::lround(share * extent)));
    }

    [[nodiscard]] std::string comp(const std::string& name, const std::string& fps,
                                   const std::string& tracks, const std::string& more) const {
        return quoted(name) + R"(: {"width": )" + std::to_string(shape_.width) + R"(, "height": )" +
               std::to_string(shape_.height) + R"(, "fps": )" + fps + R"(, "duration": )" +
               std::to_string(shape_.seconds + (name == "main" ? 0 : 1)) + more +
               R"(, "tracks": [)" + tracks + "]}";
    }

    [[nodiscard]] static std::string nest(const std::string& name, const std::string& more) {
        return R"({"clips": [{"comp": )" + quoted(name) + ", " + more + "}]}";
    }

    /// A track with one clip in each half of the time. The second lasts a second longer, for
    /// nested comps that are shown from later than 0 on; the main comp cuts it.
    [[nodiscard]] std::string halves(const std::string& more, const std::string& first,
                                     const std::string& second) const {
        const std::string half = std::to_string(shape_.seconds / 2);
        return R"({"clips": [{)" + first + R"(, "duration": )" + half + more + "},\n    {" +
               second + R"(, "start": )" + half + R"(, "duration": )" +
               std::to_string(shape_.seconds / 2 + 1) + more + "}]}";
    }

    /// A track with a small layer in the next free place around the middle.
    [[nodiscard]] std::string slot(const std::string& first, const std::string& second,
                                   const std::string& more) {
        constexpr std::array<std::array<double, 2>, 11> places{{{0.12, 0.11},
                                                                {0.37, 0.11},
                                                                {0.63, 0.11},
                                                                {0.88, 0.11},
                                                                {0.12, 0.37},
                                                                {0.88, 0.37},
                                                                {0.12, 0.63},
                                                                {0.88, 0.63},
                                                                {0.12, 0.89},
                                                                {0.50, 0.89},
                                                                {0.88, 0.89}}};
        const auto& place = places.at(next_slot_);
        const std::string number = std::to_string(next_slot_);
        std::string transform = R"(, "transform": {"position": [)" + at(place[0], shape_.width) +
                                "." + number + ", " + at(place[1], shape_.height) + ".25]";
        if (next_slot_ % 3 == 0) {
            transform += R"(, "scale": {"keys": [[0, 0.2], [0.4, 0.17, "ease-in-out"], [)" +
                         std::to_string(shape_.seconds / 2) + R"(, 0.21]]})";
        } else {
            transform += R"(, "scale": 0.)" + std::to_string(18 + next_slot_ % 4);
        }
        if (next_slot_ % 2 == 0) {
            transform += R"(, "rotation": {"keys": [[0, -6, "ease"], [)" +
                         std::to_string(shape_.seconds / 2) + ", 6]]}";
        }
        ++next_slot_;
        return halves(more + transform + "}", first, second);
    }

    /// Half a second forwards, back again, then on.
    [[nodiscard]] std::string remapped(const std::string& media) const {
        return R"("media": )" + quoted(media) +
               R"(, "remap": {"keys": [[0, 0], [0.5, 0.5, "ease-in-out"], [0.9, 0.1], [)" +
               std::to_string(shape_.seconds / 2) + ", " + std::to_string(shape_.seconds / 2) +
               "]]}";
    }

    BigProject shape_;
    std::string folder_;
    std::size_t next_slot_ = 0;
};

}  // namespace

std::vector<BigProjectFile> big_project_files(const BigProject& shape) {
    const int seconds = shape.seconds / 2 + 2;
    return {{1, "30", 30 * seconds, 250}, {2, "24", 24 * seconds, 60},
            {3, "25", 25 * seconds, 12},  {4, "30000/1001", 30 * seconds, 250},
            {5, "30", 30 * seconds, 90},  {6, "24", 24 * seconds, 250}};
}

std::string big_project_text(const BigProject& shape, const std::string& folder) {
    return Writer(shape, folder).text();
}

void make_barcode_files(const BigProject& shape, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    for (const BigProjectFile& file : big_project_files(shape)) {
        test_media::BarcodeClip clip{
            .media_id = file.media_id,
            .width = shape.width,
            .height = shape.height,
            .fps = file.fps,
            .frames = file.frames,
            .encoding = quick_h264(),
            .out = folder / ("f" + std::to_string(file.media_id) + ".mp4")};
        clip.encoding.insert(clip.encoding.end(), {"-g", std::to_string(file.keyframe_interval)});
        test_media::make_barcode_clip(clip);
    }
}

void make_footage_files(const BigProject& shape, const std::filesystem::path& footage,
                        const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const std::array<const char*, 6> looks{"null",  "hflip",           "hue=h=60",
                                           "vflip", "hue=h=180:s=1.3", "hflip,hue=h=270"};
    for (const BigProjectFile& file : big_project_files(shape)) {
        const std::string size = std::to_string(shape.width) + ":" + std::to_string(shape.height);
        const std::string rate = "setpts=N/(" + file.fps + ")/TB";
        std::vector<std::string> argv{
            "ffmpeg",
            "-v",
            "error",
            "-nostdin",
            "-y",
            "-stream_loop",
            "-1",
            "-i",
            footage.string(),
            "-map",
            "0:v:0",
            "-vf",
            "trim=start_frame=" + std::to_string(48 * (file.media_id - 1)) + ",scale=" + size +
                "," + looks.at(static_cast<std::size_t>(file.media_id - 1)) + "," + rate,
            "-r",
            file.fps,
            "-frames:v",
            std::to_string(file.frames)};
        argv.insert(argv.end(), quick_h264().begin(), quick_h264().end());
        argv.insert(argv.end(),
                    {"-g", std::to_string(file.keyframe_interval),
                     (folder / ("f" + std::to_string(file.media_id) + ".mp4")).string()});
        test_media::run_or_throw(argv);
    }
}

}  // namespace reelpool::export_test
