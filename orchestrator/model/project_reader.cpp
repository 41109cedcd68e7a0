#include "ipc/frame/slot_layout.hpp"
#include "orchestrator/model/clip_reader.hpp"
#include "orchestrator/model/effect_reader.hpp"
#include "orchestrator/model/exact_number.hpp"
#include "orchestrator/model/project.hpp"
#include "orchestrator/model/project_checks.hpp"
#include "orchestrator/model/sequence_pattern.hpp"

namespace reelpool::model {
namespace {

constexpr std::uint32_t format_version = 1;
constexpr std::uint32_t max_first = 1'000'000'000;

bool truth(const ValueReader& v) {
    return v.read_bool();
}
std::string text(const ValueReader& v) {
    return v.read_text();
}

ColorOverrides read_overrides(const ValueReader& v) {
    const ObjectReader object(v.problems, v.value, v.place, color_fields());
    ColorOverrides color;
    color.matrix = object.read("matrix", color.matrix, [](const ValueReader& word) {
        constexpr ColorMatrix codes[] = {ColorMatrix::smpte170m,  ColorMatrix::bt709,
                                         ColorMatrix::bt2020_ncl, ColorMatrix::fcc,
                                         ColorMatrix::smpte240m,  ColorMatrix::ycgco};
        const std::size_t index = word.read_word(matrix_names());
        return index < std::size(codes) ? codes[index] : ColorMatrix::unspecified;
    });
    color.range = object.read("range", color.range, [](const ValueReader& word) {
        return word.read_word(range_names()) == 0 ? ColorRange::limited : ColorRange::full;
    });
    color.primaries = object.read("primaries", color.primaries, [](const ValueReader& word) {
        constexpr ColorPrimaries codes[] = {ColorPrimaries::bt709,    ColorPrimaries::smpte170m,
                                            ColorPrimaries::bt470bg,  ColorPrimaries::bt2020,
                                            ColorPrimaries::smpte431, ColorPrimaries::smpte432};
        const std::size_t index = word.read_word(primaries_names());
        return index < std::size(codes) ? codes[index] : ColorPrimaries::unspecified;
    });
    color.transfer = object.read("transfer", color.transfer, [](const ValueReader& word) {
        constexpr ColorTransfer codes[] = {ColorTransfer::bt709,   ColorTransfer::srgb,
                                           ColorTransfer::linear,  ColorTransfer::gamma22,
                                           ColorTransfer::gamma28, ColorTransfer::pq,
                                           ColorTransfer::hlg};
        const std::size_t index = word.read_word(transfer_names());
        return index < std::size(codes) ? codes[index] : ColorTransfer::unspecified;
    });
    return color;
}

void check_sequence(const ObjectReader& object, const ProjectMedium& medium) {
    const bool has_pattern = find_sequence_pattern(medium.path).has_value();
    if (medium.is_sequence && !has_pattern)
        object.refuse("\"fps\" and \"first\" belong to image sequences, but the path has no number",
                      "write the place of the number as %d or %04d, once");
    if (!medium.is_sequence && has_pattern)
        object.refuse("the path has a number pattern, so this is an image sequence without \"fps\"",
                      "add \"fps\"");
}

ProjectMedium read_medium(Problems& problems, JsonValue value, const Place& place) {
    ProjectMedium medium;
    medium.name = value.key();
    medium.position = value.key_position();
    const ObjectReader object(problems, value, place, medium_fields());
    object.require("path");
    medium.path = object.read("path", std::string(), [](const ValueReader& v) {
        std::string path = v.read_text();
        if (path.empty()) v.refuse("must not be empty");
        if (path.find('\0') != std::string::npos) v.refuse("must not hold a zero character");
        return path;
    });
    medium.is_sequence = object.has("fps");
    medium.fps = object.read("fps", Rational(1), [](const ValueReader& v) { return v.read_fps(); });
    medium.first = object.read("first", 1U, [&](const ValueReader& v) {
        if (!medium.is_sequence) v.refuse("only an image sequence has \"first\"", "add \"fps\"");
        return v.read_integer(0, max_first);
    });
    medium.color = object.read("color", ColorOverrides{}, read_overrides);
    medium.is_premultiplied = object.read("premultiplied", false, truth);
    medium.deinterlace = object.read("deinterlace", Deinterlace::off, [&](const ValueReader& v) {
        const auto mode = static_cast<Deinterlace>(v.read_word(deinterlace_modes()));
        if (mode == Deinterlace::bob && medium.is_sequence)
            v.refuse("the pictures of a sequence are not shown field by field",
                     "make a video of them with ffmpeg, or write \"weave\"");
        return mode;
    });
    check_sequence(object, medium);
    return medium;
}

Track read_track(Problems& problems, JsonValue value, const Place& place, const Rational& fps,
                 const ProjectNames& names) {
    Track track;
    track.position = value.position();
    const ObjectReader object(problems, value, place, track_fields());
    track.id = object.read("id", std::string(), text);
    track.is_hidden = object.read("hidden", false, truth);
    track.is_muted = object.read("muted", false, truth);
    track.opacity = object.read("opacity", 1.0, [](const ValueReader& v) {
        if (v.value.kind() == JsonKind::object) v.refuse("a track's opacity cannot have keys");
        return v.read_number({0, 1});
    });
    track.gain_db = object.read("gain", 0.0, [](const ValueReader& v) {
        if (v.value.kind() == JsonKind::object) v.refuse("a track's gain cannot have keys");
        return v.read_number(gain_range_db);
    });
    track.pan = object.read("pan", 0.0, [](const ValueReader& v) {
        if (v.value.kind() == JsonKind::object) v.refuse("a track's pan cannot have keys");
        return v.read_number({-1, 1});
    });
    EffectLists effects = object.read("effects", EffectLists{}, [&](const ValueReader& v) {
        return read_effects(v, fps, EffectKeys::refused, names.tables);
    });
    track.effects = std::move(effects.sound);
    track.picture_effects = std::move(effects.picture);
    const auto clips = object.find("clips");
    if (!clips) return track;
    const Place list{.parent = &place, .name = "clips"};
    if (!ValueReader{problems, *clips, list}.is(JsonKind::array)) return track;
    track.clips.reserve(clips->size());
    std::uint32_t index = 0;
    for (const JsonValue clip : *clips) {
        const Place clip_place{.parent = &list, .index = index};
        track.clips.push_back(read_clip(problems, clip, clip_place, index, fps, names));
        if (problems.any()) break;
        ++index;
    }
    return track;
}

void read_tracks(const ObjectReader& object, Comp& comp, const ProjectNames& names) {
    const auto tracks = object.find("tracks");
    if (!tracks) return;
    const Place list{.parent = &object.place(), .name = "tracks"};
    if (!ValueReader{object.problems(), *tracks, list}.is(JsonKind::array)) return;
    std::int64_t index = 0;
    for (const JsonValue track : *tracks) {
        const Place place{.parent = &list, .index = index++};
        comp.tracks.push_back(read_track(object.problems(), track, place, comp.fps, names));
        if (object.problems().any()) return;
    }
}

CompSound read_comp_sound(const ObjectReader& object) {
    CompSound sound;
    sound.rate_hz = object.read("sampleRate", sound.rate_hz, [](const ValueReader& v) {
        return v.read_integer(8000, 192'000);
    });
    sound.layout = object.read("channelLayout", sound.layout, [](const ValueReader& v) {
        return static_cast<SoundLayout>(v.read_word(channel_layouts()));
    });
    sound.loudness_lufs =
        object.read("loudness", sound.loudness_lufs, [](const ValueReader& v) {
            return std::optional(v.read_number({-70, 0}));
        });
    return sound;
}

Comp read_comp(Problems& problems, JsonValue value, const Place& place, const ProjectNames& names) {
    Comp comp;
    comp.name = value.key();
    comp.position = value.key_position();
    const ObjectReader object(problems, value, place, comp_fields());
    const auto side = [](const ValueReader& v) { return v.read_integer(1, max_picture_side); };
    for (const char* name : {"width", "height", "fps"}) object.require(name);
    comp.width = object.read("width", 1U, side);
    comp.height = object.read("height", 1U, side);
    comp.fps = object.read("fps", Rational(1), [](const ValueReader& v) { return v.read_fps(); });
    if (object.has("duration"))
        comp.duration = object.read("duration", Time(0),
                                    [&](const ValueReader& v) { return v.read_length(comp.fps); });
    comp.background = object.read("background", comp.background,
                                  [](const ValueReader& v) { return v.read_color(); });
    comp.is_rasterized =
        object.read("rasterize", false, [](const ValueReader& v) { return v.read_bool(); });
    comp.is_linear =
        object.read("linear", false, [](const ValueReader& v) { return v.read_bool(); });
    comp.sound = read_comp_sound(object);
    if (!problems.any()) read_tracks(object, comp, names);
    return comp;
}

/// Calls `read(member, place)` for every member of an object of the project.
template <class Read>
void for_each_member(const ObjectReader& project, std::string_view name, Read&& read) {
    const auto members = project.find(name);
    if (!members) return;
    const Place place{.parent = nullptr, .name = name};
    if (!ValueReader{project.problems(), *members, place}.is(JsonKind::object)) return;
    for (const JsonValue member : *members) {
        if (project.problems().any()) return;
        if (member.key().starts_with("x-")) continue;
        const Place member_place{.parent = &place, .name = member.key()};
        read(member, member_place);
    }
}

void read_main(const ObjectReader& object, Project& project, const ProjectNames& names) {
    object.require("main");
    project.main = object.read("main", 0U, [&](const ValueReader& v) {
        if (!v.is(JsonKind::string)) return 0U;
        const auto found = names.comps.find(v.value.text());
        if (found != names.comps.end()) return found->second;
        std::vector<std::string_view> known;
        for (const Comp& comp : project.comps) known.push_back(comp.name);
        const std::string near = nearest_name(v.value.text(), known);
        v.refuse("there is no comp " + quoted(v.value.text()),
                 near.empty() ? "" : "did you mean " + quoted(near) + "?");
        return 0U;
    });
}

void read_version(const ObjectReader& object) {
    object.require("reelpool");
    (void)object.read("reelpool", format_version, [](const ValueReader& v) {
        const std::uint32_t version = v.read_integer(0, 1'000'000);
        if (version != format_version)
            v.refuse("this is format " + std::to_string(version) +
                         ", but this version of Reelpool reads format 1",
                     version > format_version ? "use a newer Reelpool" : "");
        return version;
    });
}

Project read_project(Problems& problems, JsonValue root) {
    const Place top{};
    Project project;
    const ObjectReader object(problems, root, top, project_fields());
    if (problems.any()) return project;
    read_version(object);
    object.require("comps");
    ProjectNames names{.media = {}, .comps = {}, .tables = project.tables};
    for_each_member(object, "media", [&](JsonValue member, const Place& place) {
        names.media.emplace(member.key(), static_cast<std::uint32_t>(project.media.size()));
        project.media.push_back(read_medium(problems, member, place));
    });
    std::uint32_t count = 0;
    for_each_member(object, "comps", [&](JsonValue member, const Place&) {
        names.comps.emplace(member.key(), count++);
    });
    for_each_member(object, "comps", [&](JsonValue member, const Place& place) {
        project.comps.push_back(read_comp(problems, member, place, names));
    });
    if (!problems.any()) read_main(object, project, names);
    return project;
}

}  // namespace

Result<Project> parse_project(std::string_view json_text) {
    REELPOOL_TRY(document, JsonDocument::parse(json_text));
    Problems problems;
    Project project = read_project(problems, document.root());
    if (problems.any()) return unexpected(*problems.error());
    for (Comp& comp : project.comps) REELPOOL_TRY_STATUS(link_mattes(comp));
    REELPOOL_TRY_STATUS(check_project(project));
    REELPOOL_TRY_STATUS(resolve_effects(project));
    return project;
}

}  // namespace reelpool::model
