#include "engine_project.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "barcode_clip.hpp"
#include "random_media.hpp"
#include "random_parts.hpp"

namespace reelpool::export_test {
namespace {

struct Medium {
    const char* name;
    int length_ms;
};

constexpr std::array<Medium, 12> all_media{{{"a", 1333},
                                            {"b", 1600},
                                            {"c", 1668},
                                            {"d", 1333},
                                            {"e", 1666},
                                            {"f", 1333},
                                            {"g", 1200},
                                            {"h", 1000},
                                            {"i", 8666},
                                            {"j", 4166},
                                            {"k", 3000},
                                            {"l", 4000}}};
/// Those whose frames lie deep in a GOP.
constexpr std::array<std::size_t, 4> long_media{8, 8, 9, 11};

enum class Kind { mixture, wall, comeback, cuts };

/// Milliseconds as a project writes them.
double seconds(int ms) {
    return ms / 1000.0;
}

/// A comp, while its project is being made.
struct Canvas {
    int width = 0;
    int height = 0;
    int length_ms = 0;
};

class Author {
  public:
    explicit Author(unsigned seed)
        : dice_(seed),
          rasterize_dice_(seed + 1'000'000),
          kind_(static_cast<Kind>(seed % 4)),
          depth_(static_cast<int>(seed % 7)) {}

    Json project() {
        choose_files();
        Json main = {{"fps", main_fps()}};
        const Canvas canvas = choose_canvas();
        const std::vector<int> clips = clips_by_depth();
        Json comps = Json::object();
        // The deepest first: each shows the one below it.
        for (int depth = depth_; depth > 0; --depth) {
            const std::array<Json, 5> rates{30, 25, "30000/1001", 12, 10};
            const Canvas nested{.width = dice_.of(widths),
                                .height = dice_.of(heights),
                                .length_ms = canvas.length_ms + 500};
            Json made = {{"fps", dice_.of(rates)}};
            fill(made, nested, clips[static_cast<std::size_t>(depth)], depth);
            if (rasterize_dice_.chance(25)) made["rasterize"] = true;
            comps["n" + std::to_string(depth)] = made;
        }
        fill(main, canvas, clips[0], 0);
        if (kind_ == Kind::comeback) add_comeback(main["tracks"], canvas);
        main["duration"] = std::to_string(frames_) + "f";
        comps["main"] = main;
        return {{"reelpool", 1}, {"main", "main"}, {"media", used_media_}, {"comps", comps}};
    }

  private:
    static constexpr std::array<int, 4> widths{320, 256, 192, 160};
    static constexpr std::array<int, 4> heights{180, 144, 108, 90};

    void choose_files() {
        std::vector<std::size_t> left;
        for (std::size_t k = 0; k < all_media.size(); ++k) left.push_back(k);
        // Each file takes its worker, and each format its shaders: mostly a few.
        const bool is_crowded = kind_ == Kind::cuts || dice_.chance(20);
        const int count = 1 + dice_.pick(kind_ == Kind::wall ? 3 : is_crowded ? 12 : 5);
        if (kind_ == Kind::wall) files_.push_back(dice_.of(long_media));
        while (static_cast<int>(files_.size()) < count) {
            const auto at = left.begin() + dice_.pick(static_cast<int>(left.size()));
            if (files_.empty() || files_.front() != *at) files_.push_back(*at);
            left.erase(at);
        }
        if (kind_ == Kind::comeback) {
            comeback_ = files_.back();
            files_.pop_back();
        }
    }

    Json main_fps() {
        if (kind_ == Kind::comeback) {
            fps_ = 2 + dice_.pick(4);
            frames_ = std::min(60, 10 * fps_ + dice_.pick(10));
            return fps_;
        }
        const std::array<int, 5> lengths{10, 35, 35, 35, 60};
        frames_ = 1 + dice_.pick(dice_.of(lengths));
        const std::array<Json, 6> rates{30, 25, 24, "30000/1001", 12, 50};
        const std::array<int, 6> rounded{30, 25, 24, 30, 12, 50};
        const int which = dice_.pick(6);
        fps_ = rounded.at(static_cast<std::size_t>(which));
        return rates.at(static_cast<std::size_t>(which));
    }

    Canvas choose_canvas() {
        return {.width = dice_.of(widths),
                .height = dice_.of(heights),
                .length_ms = 1000 * frames_ / fps_};
    }

    /// How many clips the main comp and each nested one have, the nests themselves not counted.
    std::vector<int> clips_by_depth() {
        int clips = 1 + dice_.pick(8);
        if (kind_ == Kind::wall) clips = 3 + dice_.pick(10);
        if (kind_ == Kind::cuts) clips = 10 + dice_.pick(31);
        clips = std::max(1, std::min(clips, 40 - depth_));
        repeats_left_ = clips <= 10 ? 2 : 0;
        std::vector<int> by_depth(static_cast<std::size_t>(depth_) + 1, 0);
        by_depth.back() = 1;
        for (int k = 1; k < clips; ++k)
            ++by_depth.at(static_cast<std::size_t>(dice_.pick(depth_ + 1)));
        return by_depth;
    }

    void fill(Json& comp, const Canvas& canvas, int clips, int depth) {
        comp["width"] = canvas.width;
        comp["height"] = canvas.height;
        comp["duration"] = seconds(canvas.length_ms);
        if (dice_.chance(60)) comp["background"] = random_colour(dice_);
        comp["tracks"] = Json::array();
        int made = 0;
        while (made < clips) {
            const int longest = kind_ == Kind::cuts ? 8 : 2;
            const int here = std::min(clips - made, 1 + dice_.pick(longest));
            comp["tracks"].push_back(track(canvas, here, made == 0));
            made += here;
        }
        if (depth == depth_) return;
        const int times = repeats_left_ > 0 && dice_.chance(30) ? 2 : 1;
        repeats_left_ -= times - 1;
        for (int k = 0; k < times; ++k)
            comp["tracks"].push_back({{"clips", Json::array({nest(canvas, depth + 1)})}});
    }

    /// Some clips one after the other.
    Json track(const Canvas& canvas, int clips, bool is_bottom) {
        Json made = {{"clips", Json::array()}};
        if (dice_.chance(15)) made["opacity"] = dice_.between(0.3, 1);
        int at_ms = dice_.chance(60) ? 0 : dice_.pick(1 + canvas.length_ms / 3);
        for (int k = 0; k < clips; ++k) {
            const int share = (canvas.length_ms - at_ms) / (clips - k);
            const int length =
                std::max(1, k + 1 == clips ? share : share / 2 + dice_.pick(share + 1));
            Json one = {{"start", seconds(at_ms)}, {"duration", seconds(length)}};
            choose_source(one, canvas, is_bottom);
            made["clips"].push_back(one);
            at_ms += length;
            if (dice_.chance(30)) at_ms += dice_.pick(1 + share / 4);
            at_ms = std::min(at_ms, canvas.length_ms - 1);
        }
        return made;
    }

    void choose_source(Json& clip, const Canvas& canvas, bool is_bottom) {
        if (files_.empty() || dice_.chance(8)) {
            clip["solid"] = random_colour(dice_);
            clip["size"] = Json::array({dice_.between(5, canvas.width), dice_.between(5, 60)});
        } else {
            choose_medium(clip);
        }
        if (dice_.chance(20)) clip["fadeIn"] = dice_.between(0.05, 0.3);
        if (dice_.chance(20)) clip["fadeOut"] = dice_.between(0.05, 0.3);
        if (dice_.chance(25))
            clip["opacity"] = maybe_animated(dice_, 30, [&] { return dice_.between(0.2, 1); });
        if (dice_.chance(10)) crop_somewhere(dice_, clip);
        const std::array<const char*, 4> fits{"contain", "cover", "fill", "none"};
        if (dice_.chance(25)) clip["fit"] = dice_.of(fits);
        if (is_bottom && dice_.chance(70)) return;
        const int wild = kind_ == Kind::wall ? 10 : 35;
        clip["transform"] = dice_.chance(wild)
                                ? random_transform(dice_, canvas.width, canvas.height)
                                : small_inside(canvas);
    }

    /// A picture somewhere inside, at a size that makes each level worth having for some.
    Json small_inside(const Canvas& canvas) {
        const std::array<double, 6> scales{1, 0.7, 0.5, 0.45, 0.3, 0.2};
        return {{"scale", dice_.of(scales)},
                {"position", Json::array({canvas.width / 8 * (1 + dice_.pick(7)),
                                          canvas.height / 8 * (1 + dice_.pick(7))})}};
    }

    std::size_t next_file() {
        if (kind_ == Kind::wall && dice_.chance(75)) return files_.front();
        // At first each gets its turn.
        if (files_shown_ < files_.size() && dice_.chance(85)) return files_[files_shown_++];
        return files_[static_cast<std::size_t>(dice_.pick(static_cast<int>(files_.size())))];
    }

    const Medium& show(Json& clip, std::size_t file) {
        const Medium& medium = all_media.at(file);
        used_media_[medium.name] = media_.at(medium.name);
        clip["media"] = medium.name;
        return medium;
    }

    void choose_medium(Json& clip) {
        const Medium& medium = show(clip, next_file());
        // Close to each other, so that one finds what another left, or anywhere.
        const int spread = dice_.chance(50) ? std::min(400, medium.length_ms) : medium.length_ms;
        if (dice_.chance(75)) clip["in"] = seconds(dice_.pick(1 + spread * 4 / 5));
        if (dice_.chance(40)) clip["speed"] = speed();
        if (dice_.chance(kind_ == Kind::wall ? 10 : 20)) clip["reverse"] = true;
        if (!dice_.chance(12)) return;
        const auto time = [&] { return seconds(dice_.pick(medium.length_ms)); };
        Json keys = Json::array();
        int at_ms = 0;
        for (int k = 0; k < 3; ++k) {
            Json key = Json::array({seconds(at_ms), time()});
            key.push_back(random_ease(dice_));
            keys.push_back(key);
            at_ms += 100 + dice_.pick(700);
        }
        clip["remap"] = {{"keys", keys}};
    }

    Json speed() {
        const std::array<double, 7> usual{0.25, 0.5, 0.75, 1.5, 2, 3, 4};
        return maybe_animated(dice_, 35, [&]() -> Json {
            if (dice_.chance(60)) return dice_.of(usual);
            return dice_.between(0.25, 4);
        });
    }

    Json nest(const Canvas& canvas, int depth) {
        Json made = {
            {"comp", "n" + std::to_string(depth)},
            {"start", seconds(dice_.chance(60) ? 0 : dice_.pick(canvas.length_ms / 3 + 1))},
            {"duration", seconds(canvas.length_ms)},
            {"fit", "contain"}};
        if (dice_.chance(40)) made["in"] = seconds(dice_.pick(400));
        if (dice_.chance(30)) made["speed"] = speed();
        if (dice_.chance(12)) made["reverse"] = true;
        if (dice_.chance(25)) made["opacity"] = dice_.between(0.4, 1);
        if (dice_.chance(15)) {
            made["transform"] = random_transform(dice_, canvas.width, canvas.height);
        } else if (dice_.chance(70)) {
            const std::array<double, 4> scales{0.95, 0.8, 0.6, 0.5};
            made["transform"] = {{"scale", dice_.of(scales)}};
        }
        return made;
    }

    /// On top, a file that nothing else shows: in the first second, and again before the end.
    void add_comeback(Json& tracks, const Canvas& canvas) {
        Json clips = Json::array();
        for (const int start : {0, canvas.length_ms - 1000}) {
            Json one = {
                {"start", seconds(start)}, {"duration", 1}, {"transform", small_inside(canvas)}};
            (void)show(one, comeback_);
            one["in"] = seconds(dice_.pick(500));
            clips.push_back(one);
        }
        tracks.push_back({{"clips", clips}});
    }

    static Json engine_media() {
        Json media = random_media();
        media["i"] = {{"path", "i.mp4"}};
        media["j"] = {{"path", "j.mkv"}};
        media["k"] = {{"path", "k.ts"}};
        media["l"] = {{"path", "l.mp4"}};
        return media;
    }

    Dice dice_;
    Dice rasterize_dice_;  ///< others, so that the rest of a seed's project stays what it was
    Kind kind_;
    int depth_;
    int fps_ = 0;     ///< of the main comp, about
    int frames_ = 0;  ///< of the main comp
    int repeats_left_ = 0;
    std::vector<std::size_t> files_;
    std::size_t files_shown_ = 0;
    std::size_t comeback_ = 0;
    const Json media_ = engine_media();
    Json used_media_ = Json::object();
};

}  // namespace

void make_engine_media(const std::filesystem::path& folder) {
    make_random_media(folder);
    test_media::make_barcode_clip({.media_id = 21,
                                   .width = 192,
                                   .height = 108,
                                   .frames = 260,
                                   .encoding = test_media::small_h264(250),
                                   .out = folder / "i.mp4"});
    test_media::make_barcode_clip(
        {.media_id = 22,
         .width = 160,
         .height = 90,
         .fps = "24",
         .frames = 100,
         .encoding = {"-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le",
                      "-x265-params", "keyint=48:log-level=none:pools=1"},
         .out = folder / "j.mkv"});
    test_media::make_barcode_clip(
        {.media_id = 23,
         .width = 176,
         .height = 144,
         .fps = "25",
         .frames = 75,
         .encoding = {"-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-q:v", "4"},
         .out = folder / "k.ts"});
    test_media::make_barcode_clip({.media_id = 24,
                                   .fps = "50",
                                   .frames = 200,
                                   .encoding = test_media::small_h264(60),
                                   .out = folder / "l.mp4"});
}

std::string engine_project(unsigned seed) {
    return Author(seed).project().dump(1);
}

}  // namespace reelpool::export_test
