#include "random_project.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "barcode_clip.hpp"
#include "child.hpp"

namespace reelpool::export_test {
namespace {

using Json = nlohmann::ordered_json;

/// Dice that fall alike on every machine (the standard's distributions do not).
class Dice {
  public:
    explicit Dice(unsigned seed) : engine_(seed) {}

    /// 0 .. sides - 1.
    int pick(int sides) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(sides)); }
    bool chance(int percent) { return pick(100) < percent; }
    /// A number between two bounds, in thousandths.
    double between(double low, double high) {
        const int steps = static_cast<int>((high - low) * 1000);
        return static_cast<double>(static_cast<int>(low * 1000) + pick(steps + 1)) / 1000;
    }
    template <class T, std::size_t n>
    const T& of(const std::array<T, n>& choices) {
        return choices.at(static_cast<std::size_t>(pick(static_cast<int>(n))));
    }

  private:
    std::mt19937 engine_;
};

class Author {
  public:
    explicit Author(unsigned seed) : dice_(seed) {}

    Json project() {
        Json comps = Json::object();
        const int nests = dice_.pick(4);
        for (const char* name : {"z", "y", "x"}) {
            if (static_cast<int>(known_comps_.size()) >= nests) break;
            const std::array<int, 3> widths{200, 321, 160};
            const std::array<int, 3> heights{120, 180, 91};
            const std::array<Json, 4> rates{30, 25, "30000/1001", 12};
            comps[name] =
                comp(dice_.of(widths), dice_.of(heights), dice_.of(rates), 1 + dice_.pick(3));
            comps[name]["duration"] = 1.3;
            known_comps_.push_back(name);
        }
        comps["main"] = comp(320, 180, 25, 1 + dice_.pick(4));
        comps["main"]["duration"] = std::to_string(random_project_frames) + "f";
        Json media = {{"a", {{"path", "a.mp4"}}},
                      {"b", {{"path", "b.mkv"}}},
                      {"c", {{"path", "c.mkv"}}},
                      {"d", {{"path", "d.mkv"}}},
                      {"e", {{"path", "e.webm"}}},
                      {"f", {{"path", "f.avi"}}},
                      {"g", {{"path", "g%03d.png"}, {"fps", 10}}},
                      {"h", {{"path", "h.png"}}}};
        return {{"reelpool", 1}, {"main", "main"}, {"media", media}, {"comps", comps}};
    }

  private:
    std::string colour() {
        constexpr const char* digits = "0123456789abcdef";
        std::string text = "#";
        const int length = dice_.chance(30) ? 8 : 6;
        for (int k = 0; k < length; ++k) text += digits[dice_.pick(16)];
        return text;
    }

    Json ease() {
        const std::array<Json, 7> eases{"linear",
                                        "hold",
                                        "ease",
                                        "ease-in",
                                        "ease-out",
                                        "ease-in-out",
                                        Json::array({0.2, -0.3, 0.6, 1.4})};
        return dice_.of(eases);
    }

    /// A value, or now and then a curve of such values over the first second.
    Json animated(int percent, const std::function<Json()>& value) {
        if (!dice_.chance(percent)) return value();
        Json keys = Json::array();
        double time = dice_.between(0, 0.2);
        for (int k = 2 + dice_.pick(2); k > 0; --k) {
            Json key = Json::array({time, value()});
            if (dice_.chance(70)) key.push_back(ease());
            keys.push_back(key);
            time = static_cast<double>(static_cast<int>(time * 1000) + 30 + dice_.pick(300)) / 1000;
        }
        return {{"keys", keys}};
    }

    void choose_source(Json& clip, int width, int height) {
        if (!known_comps_.empty() && dice_.chance(30)) {
            clip["comp"] = known_comps_.at(
                static_cast<std::size_t>(dice_.pick(static_cast<int>(known_comps_.size()))));
        } else if (dice_.chance(20)) {
            clip["solid"] = colour();
            if (dice_.chance(70)) {
                clip["size"] = Json::array({dice_.between(5, width), dice_.between(5, height)});
            }
        } else {
            clip["media"] = std::string(1, static_cast<char>('a' + dice_.pick(8)));
        }
    }

    void choose_times(Json& clip) {
        if (dice_.chance(40)) clip["start"] = std::to_string(dice_.pick(7)) + "f";
        clip["duration"] = dice_.between(0.3, 1.4);
        if (dice_.chance(50)) clip["in"] = dice_.between(0, 0.4);
        if (dice_.chance(30)) clip["speed"] = animated(50, [&] { return dice_.between(0, 2); });
        if (dice_.chance(15)) clip["reverse"] = true;
        if (dice_.chance(15)) {
            clip["remap"] = Json::object(
                {{"keys",
                  Json::array({Json::array({0, dice_.between(0, 1), ease()}),
                               Json::array({dice_.between(0.1, 0.4), dice_.between(0, 1), ease()}),
                               Json::array({0.8, dice_.between(0, 1)})})}});
        }
        if (dice_.chance(20)) clip["fadeIn"] = dice_.between(0.05, 0.3);
        if (dice_.chance(20)) clip["fadeOut"] = "5f";
        if (dice_.chance(40)) clip["opacity"] = animated(30, [&] { return dice_.between(0, 1); });
    }

    Json transform(int width, int height) {
        Json made = Json::object();
        if (dice_.chance(70)) {
            made["position"] = animated(30, [&]() -> Json {
                if (dice_.chance(30)) return Json::array({dice_.pick(width), dice_.pick(height)});
                return Json::array({dice_.between(-0.1 * width, 1.1 * width),
                                    dice_.between(-0.1 * height, 1.1 * height)});
            });
        }
        if (dice_.chance(40)) {
            made["anchor"] = animated(20, [&]() -> Json {
                return Json::array({dice_.between(-0.2, 1.2), dice_.between(-0.2, 1.2)});
            });
        }
        if (dice_.chance(70)) {
            made["scale"] = animated(35, [&]() -> Json {
                if (dice_.chance(60)) return dice_.between(0.08, 1.6);
                return Json::array({dice_.between(-1.3, 1.5), dice_.between(0.1, 1.5)});
            });
        }
        if (dice_.chance(50)) {
            const std::array<int, 4> right{90, 180, -90, 45};
            made["rotation"] = animated(30, [&]() -> Json {
                if (dice_.chance(40)) return dice_.of(right);
                return dice_.between(-180, 180);
            });
        }
        return made;
    }

    Json clip(int width, int height) {
        Json made = Json::object();
        choose_source(made, width, height);
        choose_times(made);
        const std::array<const char*, 4> fits{"contain", "cover", "fill", "none"};
        if (dice_.chance(40)) made["fit"] = dice_.of(fits);
        if (dice_.chance(30)) {
            for (const char* side : {"left", "top", "right", "bottom"}) {
                if (!dice_.chance(50)) continue;
                if (dice_.chance(50)) {
                    made["crop"][side] = dice_.pick(26);
                } else {
                    made["crop"][side] = dice_.between(0, 25);
                }
            }
        }
        made["transform"] = transform(width, height);
        return made;
    }

    Json comp(int width, int height, const Json& fps, int tracks) {
        Json made = {{"width", width},
                     {"height", height},
                     {"fps", fps},
                     {"duration", 1},
                     {"tracks", Json::array()}};
        if (dice_.chance(60)) made["background"] = colour();
        for (int k = 0; k < tracks; ++k) {
            Json track = {{"clips", Json::array({clip(width, height)})}};
            if (dice_.chance(20)) track["opacity"] = dice_.between(0.3, 1);
            made["tracks"].push_back(track);
        }
        return made;
    }

    Dice dice_;
    std::vector<std::string> known_comps_;
};

}  // namespace

void make_random_media(const std::filesystem::path& folder) {
    struct File {
        const char* name;
        int width, height;
        const char* fps;
        std::vector<std::string> encoding;
    };
    const std::vector<File> files{
        {"a.mp4", 320, 180, "30", test_media::small_h264(15)},
        {"b.mkv", 200, 120, "25", test_media::lossless_ffv1("yuv422p10le")},
        {"c.mkv", 131, 77, "24000/1001", test_media::lossless_ffv1("yuv444p")},
        {"d.mkv", 160, 90, "30", {"-c:v", "ffv1", "-pix_fmt", "yuv420p"}},
        {"e.webm",
         192,
         108,
         "24",
         {"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"}},
        {"f.avi", 176, 144, "30", {"-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p"}},
        {"g%03d.png", 120, 80, "10", {"-c:v", "png"}}};
    int id = 1;
    for (const File& file : files) {
        test_media::make_barcode_clip({.media_id = id++,
                                       .width = file.width,
                                       .height = file.height,
                                       .fps = file.fps,
                                       .frames = file.encoding.at(1) == "png" ? 12 : 40,
                                       .encoding = file.encoding,
                                       .out = folder / file.name});
    }
    test_media::run_or_throw(
        {"ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i",
         "testsrc2=s=120x90:r=1,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':"
         "a='clip(255-6*abs(hypot(X-60,Y-45)-10),0,255)'",
         "-frames:v", "1", (folder / "h.png").string()});
}

std::string random_project(unsigned seed) {
    return Author(seed).project().dump(1);
}

}  // namespace reelpool::export_test
