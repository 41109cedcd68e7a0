#include "random_project.hpp"

#include <array>
#include <vector>

#include "random_media.hpp"
#include "random_parts.hpp"

namespace reelpool::export_test {
namespace {

class Author {
  public:
    explicit Author(unsigned seed)
        : dice_(seed),
          rasterize_dice_(seed + 1'000'000),
          blend_dice_(seed + 2'000'000),
          transition_dice_(seed + 3'000'000),
          looks_dice_(seed + 4'000'000),
          effects_dice_(seed + 5'000'000) {}

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
        for (auto& [name, made] : comps.items()) {
            if (looks_dice_.chance(20)) made["linear"] = true;
            if (looks_dice_.chance(30)) add_matte(made["tracks"]);
            if (effects_dice_.chance(25)) made["tracks"].push_back(adjustment(made));
        }
        for (auto& [name, made] : comps.items())
            if (rasterize_dice_.chance(name == "main" ? 10 : 35)) made["rasterize"] = true;
        return {{"reelpool", 1}, {"main", "main"}, {"media", random_media()}, {"comps", comps}};
    }

  private:
    void choose_source(Json& clip, int width, int height) {
        if (!known_comps_.empty() && dice_.chance(30)) {
            clip["comp"] = known_comps_.at(
                static_cast<std::size_t>(dice_.pick(static_cast<int>(known_comps_.size()))));
        } else if (dice_.chance(20)) {
            clip["solid"] = random_colour(dice_);
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
        if (dice_.chance(30))
            clip["speed"] = maybe_animated(dice_, 50, [&] { return dice_.between(0, 2); });
        if (dice_.chance(15)) clip["reverse"] = true;
        if (dice_.chance(15)) {
            clip["remap"] = Json::object(
                {{"keys", Json::array({Json::array({0, dice_.between(0, 1), random_ease(dice_)}),
                                       Json::array({dice_.between(0.1, 0.4), dice_.between(0, 1),
                                                    random_ease(dice_)}),
                                       Json::array({0.8, dice_.between(0, 1)})})}});
        }
        if (dice_.chance(20)) clip["fadeIn"] = dice_.between(0.05, 0.3);
        if (dice_.chance(20)) clip["fadeOut"] = "5f";
        if (dice_.chance(40))
            clip["opacity"] = maybe_animated(dice_, 30, [&] { return dice_.between(0, 1); });
    }

    Json clip(int width, int height) {
        Json made = Json::object();
        choose_source(made, width, height);
        choose_times(made);
        const std::array<const char*, 4> fits{"contain", "cover", "fill", "none"};
        if (dice_.chance(40)) made["fit"] = dice_.of(fits);
        if (dice_.chance(30)) crop_somewhere(dice_, made);
        made["transform"] = random_transform(dice_, width, height);
        if (blend_dice_.chance(25)) made["blend"] = random_blend();
        const std::array<const char*, 4> samplings{"bilinear", "smooth", "nearest", "bicubic"};
        if (looks_dice_.chance(25)) made["sampling"] = looks_dice_.of(samplings);
        if (looks_dice_.chance(20)) made["masks"] = random_masks(looks_dice_, width, height);
        if (effects_dice_.chance(20)) made["effects"] = random_effects(effects_dice_);
        return made;
    }

    Json adjustment(const Json& comp) {
        Json clip = {{"adjustment", true}, {"effects", random_effects(effects_dice_)}};
        const int width = comp["width"];
        const int height = comp["height"];
        if (effects_dice_.chance(50)) clip["opacity"] = effects_dice_.between(0.2, 1);
        if (effects_dice_.chance(40))
            clip["transform"] = random_transform(effects_dice_, width, height);
        if (effects_dice_.chance(30)) clip["masks"] = random_masks(effects_dice_, width, height);
        return {{"clips", Json::array({clip})}};
    }

    /// Some track's first clip is cut out by the first track.
    void add_matte(Json& tracks) {
        if (tracks.size() < 2) return;
        tracks[0]["id"] = "first";
        Json matte = {{"track", "first"}};
        if (looks_dice_.chance(50)) matte["use"] = "luma";
        if (looks_dice_.chance(40)) matte["invert"] = true;
        const int others = static_cast<int>(tracks.size()) - 1;
        const auto track = static_cast<std::size_t>(1 + looks_dice_.pick(others));
        tracks[track]["clips"][0]["matte"] = matte;
    }

    /// The clip that is there ends in a transition to another one.
    void add_transition(Json& clips, int width, int height) {
        Json& first = clips[0];
        first["start"] = 0;
        first["duration"] = "10f";
        Dice usual = dice_;
        dice_ = transition_dice_;
        Json second = clip(width, height);
        transition_dice_ = dice_;
        dice_ = usual;
        const int frames = 1 + transition_dice_.pick(9);
        second["start"] = std::to_string(10 - frames) + "f";
        second["duration"] = 1;
        second.erase("blend");
        if (first.contains("blend")) second["blend"] = first["blend"];
        const std::array<const char*, 15> types{
            "dissolve",  "wipe-left",  "wipe-right",  "wipe-up",   "wipe-down",
            "iris",      "slide-left", "slide-right", "slide-up",  "slide-down",
            "push-left", "push-right", "push-up",     "push-down", "dip"};
        const std::string type = transition_dice_.of(types);
        Json transition = {{"type", type}, {"duration", std::to_string(frames) + "f"}};
        if (type == "dip" && transition_dice_.chance(60))
            transition["color"] = random_colour(transition_dice_);
        if ((type == "iris" || type.rfind("wipe", 0) == 0) && transition_dice_.chance(60))
            transition["softness"] = transition_dice_.between(0, 1);
        second["transition"] = transition;
        clips.push_back(second);
    }

    std::string random_blend() {
        const std::array<const char*, 28> modes{
            "multiply",     "screen",        "overlay",          "darken",
            "lighten",      "color-dodge",   "color-burn",       "hard-light",
            "soft-light",   "difference",    "exclusion",        "hue",
            "saturation",   "color",         "luminosity",       "add",
            "subtract",     "divide",        "linear-burn",      "linear-light",
            "vivid-light",  "pin-light",     "hard-mix",         "dissolve",
            "stencil-luma", "stencil-alpha", "silhouette-alpha", "silhouette-luma"};
        return blend_dice_.of(modes);
    }

    Json comp(int width, int height, const Json& fps, int tracks) {
        Json made = {{"width", width},
                     {"height", height},
                     {"fps", fps},
                     {"duration", 1},
                     {"tracks", Json::array()}};
        if (dice_.chance(60)) made["background"] = random_colour(dice_);
        for (int k = 0; k < tracks; ++k) {
            Json track = {{"clips", Json::array({clip(width, height)})}};
            if (dice_.chance(20)) track["opacity"] = dice_.between(0.3, 1);
            if (transition_dice_.chance(30)) add_transition(track["clips"], width, height);
            made["tracks"].push_back(track);
        }
        return made;
    }

    Dice dice_;
    Dice rasterize_dice_;  ///< others, so that the rest of a seed's project stays what it was
    Dice blend_dice_;
    Dice transition_dice_;
    Dice looks_dice_;  ///< sampling, masks, mattes, light
    Dice effects_dice_;
    std::vector<std::string> known_comps_;
};

}  // namespace

std::string random_project(unsigned seed) {
    return Author(seed).project().dump(1);
}

}  // namespace reelpool::export_test
