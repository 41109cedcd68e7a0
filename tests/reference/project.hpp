#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "animation.hpp"
#include "blend.hpp"
#include "effect.hpp"
#include "exact_time.hpp"

namespace reelpool::reference {

/// Straight R'G'B' and alpha, 0..1.
struct Colour {
    double r = 0, g = 0, b = 0, a = 0;
};

/// A number that was left to its default, or a curve per component.
struct AnimatedPoint {
    Curve x;
    Curve y;
};

enum class Fit { contain, cover, fill, none };
enum class Sampling { automatic, bilinear, smooth, nearest, bicubic };
enum class Matrix { bt601, bt709, bt2020, smpte240, fcc };

/// One entry of `media`.
struct Media {
    std::string id;
    std::filesystem::path path;      ///< absolute; with a %d pattern for a sequence
    std::optional<int> first;        ///< a sequence's first number
    std::optional<Rational> fps;     ///< a sequence's rate; its presence makes it a sequence
    std::optional<Matrix> matrix;    ///< overrides the file's
    std::optional<bool> full_range;  ///< overrides the file's
    bool premultiplied = false;      ///< the file's alpha is already multiplied in
};

struct MediaSource {
    std::string id;
};
struct CompSource {
    std::string id;
};
struct SolidSource {
    Colour colour;
    std::optional<std::pair<double, double>> size;  ///< width, height; default the comp's
};

/// Amounts removed from each side, in upright square source pixels.
struct Crop {
    double left = 0, top = 0, right = 0, bottom = 0;
};

/// How a clip takes the place of the one before it on its track.
struct Transition {
    std::string type;
    Rational duration;
    double softness = 0;
    Colour colour{0, 0, 0, 1};
};

/// A vertex of a mask's path; its handles are relative to it.
struct MaskVertex {
    AnimatedPoint point{Curve(0), Curve(0)};
    AnimatedPoint in{Curve(0), Curve(0)};
    AnimatedPoint out{Curve(0), Curve(0)};
};

struct Mask {
    std::string shape;
    std::string mode = "add";
    bool invert = false;
    std::optional<AnimatedPoint> center;
    std::optional<AnimatedPoint> size;
    std::vector<MaskVertex> vertices;
    Curve feather{0};
    Curve expansion{0};
    Curve opacity{1};
};

struct Matte {
    std::string track;
    bool luma = false;
    bool invert = false;
};

/// No source: its effects change what lies below.
struct Adjustment {};

/// An effect whose parameters may have keys.
struct ClipEffect {
    std::string name;
    std::vector<Curve> values;  ///< as Effect::values
};

struct Clip {
    std::string place;  ///< such as comps.main.tracks[0].clips[2]
    std::variant<MediaSource, CompSource, SolidSource, Adjustment> source;
    Rational start = 0;
    std::optional<Rational> duration;
    Rational in = 0;
    Curve speed{1};
    std::optional<Curve> remap;
    bool reverse = false;
    bool disabled = false;
    Curve opacity{1};
    Rational fade_in = 0;
    Rational fade_out = 0;
    Blend blend = Blend::normal;
    std::optional<Transition> transition;
    Crop crop;
    std::optional<Fit> fit;
    Sampling sampling = Sampling::automatic;
    AnimatedPoint anchor{Curve(Rational(1, 2)), Curve(Rational(1, 2))};
    std::optional<AnimatedPoint> position;  ///< default the comp's centre
    AnimatedPoint scale{Curve(1), Curve(1)};
    Curve rotation{0};
    std::vector<Mask> masks;
    std::optional<Matte> matte;
    std::vector<ClipEffect> effects;
};

struct Track {
    std::string id;
    std::vector<ClipEffect> effects;
    bool hidden = false;
    double opacity = 1;
    std::vector<Clip> clips;
};

struct Comp {
    std::string id;
    int width = 0;
    int height = 0;
    Rational fps;
    std::optional<Rational> duration;
    Colour background;        ///< transparent unless given
    bool linear = false;
    bool rasterized = false;  ///< drawn on its own canvas and shown as a picture
    std::vector<Track> tracks;
};

struct Project {
    std::string main;
    std::map<std::string, Media> media;
    std::map<std::string, Comp> comps;
};

/// Reads a project file. Paths of media are relative to the file's folder.
///
/// Throws ReferenceError, with the place, for anything that is wrong or not built here.
[[nodiscard]] Project read_project(const std::filesystem::path& file);

}  // namespace reelpool::reference
