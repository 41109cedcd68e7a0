#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/frame/color.hpp"
#include "ipc/frame/draw_list.hpp"
#include "ipc/frame/picture_effect.hpp"
#include "ipc/frame/sound_effect.hpp"
#include "ipc/frame/sound_settings.hpp"
#include "orchestrator/model/curve.hpp"
#include "orchestrator/model/effect_table.hpp"
#include "orchestrator/model/place.hpp"

namespace reelpool::model {

/// What the project says about a medium's colour against its tags; `unspecified`: nothing.
struct ColorOverrides {
    ColorMatrix matrix = ColorMatrix::unspecified;
    ColorRange range = ColorRange::unspecified;
    ColorPrimaries primaries = ColorPrimaries::unspecified;
    ColorTransfer transfer = ColorTransfer::unspecified;
    friend bool operator==(const ColorOverrides&, const ColorOverrides&) = default;
};

/// How interlaced pictures are shown: as they are with a warning, without one, or field by field.
enum class Deinterlace : std::uint8_t { off, weave, bob };

/// An entry of "media". Several entries may name one file.
struct ProjectMedium {
    std::string name;
    std::string path;  ///< as written; of a sequence: with its %d or %0Nd
    bool is_sequence = false;
    std::uint32_t first = 1;  ///< number of a sequence's first picture
    Rational fps;             ///< of a sequence
    ColorOverrides color;
    bool is_premultiplied = false;
    Deinterlace deinterlace = Deinterlace::off;
    TextPosition position;
};

/// An adjustment has no source: its effects change what lies below.
enum class SourceKind : std::uint8_t { media, comp, solid, adjustment };

enum class Fit : std::uint8_t { contain, cover, fill, none };

/// Amounts removed from the upright source with square pixels. Units: its pixels.
struct Crop {
    double left = 0, top = 0, right = 0, bottom = 0;
    friend bool operator==(const Crop&, const Crop&) = default;
};

struct Transform {
    Curve anchor{.constant = {0.5, 0.5}, .keys = {}};  ///< fractions of the source
    std::optional<Curve> position;                     ///< comp pixels; default: the comp's centre
    Curve scale{.constant = {1, 1}, .keys = {}};
    Curve rotation;  ///< degrees clockwise
};

/// What a clip's speed does to the pitch of its sound.
enum class Pitch : std::uint8_t { keep, follow };

/// An entry of "effects" that is on sound.
struct ProjectEffect {
    SoundEffect sound;
    std::uint32_t index = 0;  ///< in the file's list
    std::string track;        ///< a duck's, as written
    TextPosition position;
};

/// An entry of "effects" that is on pictures.
struct ClipEffect {
    std::uint32_t kind = 0;     ///< as PictureEffect::kind
    std::vector<Curve> values;  ///< as PictureEffect::values; their times are the clip's
    std::string path;           ///< of a lut: its file, as written
    std::string place;          ///< of a lut: in words, of "path" in the project
    TextPosition position;
    EffectTablePlace table;  ///< of a lut: nothing before load_tables()
};

/// How a clip sounds, beside its times.
struct ClipSound {
    Curve gain_db;
    Curve pan;  ///< -1..1
    /// The source's channels in the order of a layout of that many, counted from 1; 0: silence.
    /// Empty: as they are.
    std::vector<std::uint8_t> channels;
    Pitch pitch = Pitch::keep;
    std::vector<ProjectEffect> effects;  ///< on sound, in their order
};

/// How a clip takes the place of the one before it on its track, in the order of the format's names.
enum class TransitionKind : std::uint8_t {
    dissolve,
    wipe_left,
    wipe_right,
    wipe_up,
    wipe_down,
    iris,
    slide_left,
    slide_right,
    slide_up,
    slide_down,
    push_left,
    push_right,
    push_up,
    push_down,
    dip,
};

struct Transition {
    TransitionKind kind = TransitionKind::dissolve;
    Time duration;
    double softness = 0;  ///< wipes and iris
    Color color;          ///< dip
};

/// A vertex of a mask's path; its handles are relative to it.
struct ClipMaskVertex {
    Curve point;
    Curve in;
    Curve out;
};

/// One of a clip's masks, in pixels of the upright source, before its crop.
struct ClipMask {
    MaskShape shape = MaskShape::rect;
    MaskMode mode = MaskMode::add;
    bool is_inverted = false;
    std::optional<Curve> center;  ///< rect and ellipse; default: the source's
    std::optional<Curve> size;    ///< rect and ellipse; default: the source's
    std::vector<ClipMaskVertex> vertices;  ///< path
    Curve feather;
    Curve expansion;
    Curve opacity{.constant = {1, 0}, .keys = {}};
};

/// The track whose picture decides where a clip shows.
struct Matte {
    std::string track;
    std::uint32_t track_index = 0;  ///< in the comp's list
    bool uses_luma = false;         ///< else alpha
    bool is_inverted = false;
};

struct Clip {
    std::string id;
    SourceKind kind = SourceKind::solid;
    std::uint32_t source = 0;   ///< index into Project::media or Project::comps
    Color solid;                ///< kind solid
    std::optional<Value> size;  ///< kind solid; default: the comp's
    Time start;                 ///< comp time
    std::optional<Time> duration;
    Time in;  ///< source time
    ExactCurve speed{.constant = 1, .keys = {}};
    std::optional<ExactCurve> remap;
    bool is_reversed = false;
    Curve opacity{.constant = {1, 0}, .keys = {}};
    Time fade_in;
    Time fade_out;
    BlendMode blend = BlendMode::normal;
    std::optional<Transition> transition;
    bool is_disabled = false;
    bool is_mute = false;
    ClipSound sound;
    Crop crop;
    std::optional<Fit> fit;
    Transform transform;
    std::optional<Sampling> sampling;
    std::vector<ClipMask> masks;
    std::vector<ClipEffect> effects;  ///< on its picture, in their order
    std::optional<Matte> matte;
    std::uint32_t index = 0;  ///< in the file's list
    TextPosition position;
};

struct Track {
    std::string id;
    bool is_hidden = false;
    bool is_muted = false;
    double opacity = 1;
    double gain_db = 0;
    double pan = 0;                      ///< -1..1
    std::vector<ProjectEffect> effects;  ///< on its sound, in their order
    std::vector<ClipEffect> picture_effects;  ///< on each clip's picture; without keys
    std::vector<Clip> clips;  ///< in the file's order
    bool is_matte = false;    ///< some clip's matte: nothing else is drawn of it
    TextPosition position;
};

/// Of the main comp: what its sound is mixed to.
struct CompSound {
    std::uint32_t rate_hz = 48000;
    SoundLayout layout = SoundLayout::stereo;
    std::optional<double> loudness_lufs;
};

struct Comp {
    std::string name;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    Rational fps;
    std::optional<Time> duration;  ///< default: its latest clip end
    Color background{0, 0, 0, 0};
    bool is_rasterized = false;  ///< drawn on its own canvas and shown as a picture
    bool is_linear = false;      ///< composited in linear light
    CompSound sound;
    std::vector<Track> tracks;   ///< bottom first
    TextPosition position;
};

/// A project file's meaning, checked as far as that is possible without its media.
struct Project {
    std::vector<ProjectMedium> media;
    std::vector<Comp> comps;
    std::uint32_t main = 0;  ///< index into comps
    TableFile tables;        ///< of all effects
};

/// How deep comps may be nested.
inline constexpr std::uint32_t max_nesting_depth = 64;
/// How many layers one output frame may have, all nested comps expanded.
inline constexpr std::uint64_t max_layers_per_frame = 10'000;

/// Reads a project file.
/// Errors: project, with the place in the file (line, column and path).
[[nodiscard]] Result<Project> parse_project(std::string_view json_text);

/// `comps.main.tracks[1].clips[3] "b"`; the id only where the clip has one.
[[nodiscard]] std::string clip_path(const Comp& comp, std::size_t track, const Clip& clip);
/// `media.bbb`
[[nodiscard]] std::string medium_path(const ProjectMedium& medium);

/// The media that a render of the main comp can touch: indices into Project::media, ascending.
/// Clips that are disabled do not count; those of hidden tracks do (their lengths matter).
[[nodiscard]] std::vector<std::uint32_t> media_in_use(const Project& project);

/// The path of picture `index` (0-based) of a sequence.
[[nodiscard]] std::string sequence_path(const ProjectMedium& medium, std::uint32_t index);

}  // namespace reelpool::model
