#include "orchestrator/model/effect_reader.hpp"

#include <algorithm>
#include <array>

#include <cmath>
#include <map>
#include <utility>

#include "orchestrator/model/cube_file.hpp"
#include "orchestrator/model/curve_reader.hpp"
#include "orchestrator/model/tone_curve.hpp"

namespace reelpool::model {
namespace {

/// What the format has beside what is built.
constexpr std::array later_effects{
    "blur",     "directional-blur", "sharpen",     "vignette",      "pixelate", "chroma-key",
    "luma-key", "glow",             "drop-shadow", "corner-radius", "mirror",   "flip"};

/// Those on sound, then those on pictures, as their tables have them.
std::vector<FieldName> effect_words() {
    std::vector<FieldName> words;
    for (const SoundEffectType& type : sound_effect_types()) words.push_back({type.name});
    for (const PictureEffectType& type : picture_effect_types()) words.push_back({type.name});
    for (const char* const name : later_effects) words.push_back({name, Built::later});
    return words;
}

std::vector<FieldName> fields_of(const SoundEffectType& type, SoundEffectKind kind) {
    std::vector<FieldName> fields{{"type"}};
    if (kind == SoundEffectKind::duck) fields.push_back({"track"});
    for (const SoundEffectParameter& parameter : type.parameters)
        fields.push_back({parameter.name});
    return fields;
}

/// Index into effect_words().
std::optional<std::size_t> read_type(const ValueReader& v) {
    if (!v.is(JsonKind::object)) return std::nullopt;
    for (const JsonValue member : v.value) {
        if (member.key() != "type") continue;
        const Place place{.parent = &v.place, .name = "type"};
        const std::size_t word = ValueReader{v.problems, member, place}.read_word(effect_words());
        if (v.problems.any()) return std::nullopt;
        return word;
    }
    v.refuse("the field \"type\" is missing",
             "such as {\"type\": \"equalizer\", \"frequency\": 1000, \"gain\": -6}");
    return std::nullopt;
}

double read_parameter(const ValueReader& v, const SoundEffectParameter& parameter) {
    if (v.value.kind() == JsonKind::object)
        v.refuse("keys for effects on sound are " + std::string(not_built_yet),
                 "write a plain number");
    return v.read_number({parameter.low, parameter.high});
}

ProjectEffect read_sound_effect(const ValueReader& v, SoundEffectKind kind, std::uint32_t index) {
    ProjectEffect effect;
    effect.position = v.value.position();
    effect.index = index;
    effect.sound.kind = kind;
    const SoundEffectType& type = effect.sound.type();
    const std::vector<FieldName> fields = fields_of(type, kind);
    const ObjectReader object(v.problems, v.value, v.place, fields);
    for (const SoundEffectParameter& parameter : type.parameters)
        effect.sound.values.push_back(object.read(
            parameter.name, parameter.otherwise,
            [&](const ValueReader& number) { return read_parameter(number, parameter); }));
    if (kind == SoundEffectKind::duck) {
        object.require("track");
        effect.track = object.read("track", std::string(),
                                   [](const ValueReader& text) { return text.read_text(); });
    }
    return effect;
}

constexpr std::uint32_t max_curve_points = 64;
/// Entries of a curve's table: with so many, straight lines between them are exact enough.
constexpr std::uint32_t curve_entries = 1025;

ToneCurve read_tone_curve(const ValueReader& v) {
    const ToneCurve straight({{0, 0}, {1, 1}});
    if (!v.is(JsonKind::array)) return straight;
    std::vector<ToneCurve::Point> points;
    for (const JsonValue part : v.value) {
        const Place place{.parent = &v.place, .index = static_cast<std::int64_t>(points.size())};
        const ValueReader reader{v.problems, part, place};
        points.push_back(reader.read_point({0, 1}));
        if (v.problems.any()) return straight;
        if (points.size() > 1 && !(points[points.size() - 2][0] < points.back()[0]))
            reader.refuse("the points of a curve go from left to right");
    }
    if (points.size() < 2 || points.size() > max_curve_points)
        v.refuse("a curve has 2 to " + std::to_string(max_curve_points) +
                 " points, such as [[0, 0], [0.5, 0.6], [1, 1]]");
    return v.problems.any() ? straight : ToneCurve(std::move(points));
}

/// Nothing where the curves are straight.
std::optional<EffectTable> read_curves(const ObjectReader& object) {
    const ToneCurve straight({{0, 0}, {1, 1}});
    const std::array curves{object.read("red", straight, read_tone_curve),
                            object.read("green", straight, read_tone_curve),
                            object.read("blue", straight, read_tone_curve)};
    const ToneCurve master = object.read("master", straight, read_tone_curve);
    EffectTable table{.dimensions = 1, .size = curve_entries, .entries = {}};
    bool is_straight = true;
    for (std::uint32_t i = 0; i < curve_entries; ++i) {
        const double x = static_cast<double>(i) / (curve_entries - 1);
        std::array<float, 3>& entry = table.entries.emplace_back();
        for (std::size_t c = 0; c < 3; ++c) {
            const double y = master.at(curves[c].at(x));
            is_straight = is_straight && std::abs(y - x) < 1e-9;
            entry[c] = static_cast<float>(y);
        }
    }
    return is_straight ? std::nullopt : std::optional(std::move(table));
}

/// Nothing where it changes nothing.
std::optional<ClipEffect> read_effect_with_table(const ValueReader& v, std::uint32_t kind,
                                                 TableFile& tables) {
    ClipEffect effect;
    effect.kind = kind;
    effect.position = v.value.position();
    if (picture_effect_types()[kind].nature == EffectNature::lut) {
        constexpr std::array fields{FieldName{"type"}, FieldName{"path"}};
        const ObjectReader object(v.problems, v.value, v.place, fields);
        object.require("path");
        effect.path = object.read("path", std::string(), [&](const ValueReader& text) {
            std::string path = text.read_text();
            if (path.empty()) text.refuse("must not be empty");
            effect.position = text.value.position();
            effect.place = to_text(text.place);
            return path;
        });
        return effect;
    }
    constexpr std::array fields{FieldName{"type"}, FieldName{"master"}, FieldName{"red"},
                                FieldName{"green"}, FieldName{"blue"}};
    const ObjectReader object(v.problems, v.value, v.place, fields);
    const auto table = read_curves(object);
    if (!table || v.problems.any()) return std::nullopt;
    effect.table = tables.add(*table);
    return effect;
}

ClipEffect read_picture_effect(const ValueReader& v, std::uint32_t kind, const Rational& fps,
                               EffectKeys keys) {
    ClipEffect effect;
    effect.kind = kind;
    const PictureEffectType& type = picture_effect_types()[kind];
    std::vector<FieldName> fields{{"type"}};
    for (const PictureEffectParameter& parameter : type.parameters)
        fields.push_back({parameter.name});
    const ObjectReader object(v.problems, v.value, v.place, fields);
    for (const PictureEffectParameter& parameter : type.parameters) {
        const NumberRange range{parameter.low, parameter.high};
        std::array<Curve, 3> otherwise;
        for (Curve& curve : otherwise) curve.constant = {parameter.otherwise, 0};
        const auto curves = object.read(
            parameter.name, otherwise, [&](const ValueReader& part) -> std::array<Curve, 3> {
                if (keys == EffectKeys::refused && part.value.kind() == JsonKind::object)
                    part.refuse("the effects of a track cannot have keys",
                                "give them to its clips");
                if (parameter.numbers > 1) return read_triple_curve(part, fps, range);
                return {read_number_curve(part, fps, range), {}, {}};
            });
        for (std::uint8_t n = 0; n < parameter.numbers; ++n) effect.values.push_back(curves[n]);
    }
    return effect;
}

void add_picture_effect(const ValueReader& v, std::uint32_t kind, const Rational& fps,
                        EffectKeys keys, TableFile& tables, std::vector<ClipEffect>& effects) {
    const EffectNature nature = picture_effect_types()[kind].nature;
    if (nature != EffectNature::curves && nature != EffectNature::lut) {
        effects.push_back(read_picture_effect(v, kind, fps, keys));
    } else if (auto effect = read_effect_with_table(v, kind, tables)) {
        effects.push_back(std::move(*effect));
    }
}

/// The effects of one comp.
class CompEffects {
  public:
    CompEffects(Comp& comp, std::uint32_t rate_hz) : comp_(comp), rate_hz_(rate_hz) {}

    Status run() {
        keys_.resize(comp_.tracks.size());
        for (std::size_t index = 0; index < comp_.tracks.size(); ++index) {
            Track& track = comp_.tracks[index];
            const std::string place =
                member_path("comps", comp_.name) + ".tracks[" + std::to_string(index) + "]";
            REELPOOL_TRY_STATUS(resolve(index, place, track.effects));
            for (Clip& clip : track.clips)
                REELPOOL_TRY_STATUS(
                    resolve(index, clip_path(comp_, index, clip), clip.sound.effects));
        }
        return refuse_circles();
    }

  private:
    struct Key {
        std::size_t track;
        TextPosition position;
        std::string place;
    };

    Status resolve(std::size_t track, const std::string& place,
                   std::vector<ProjectEffect>& effects) {
        for (ProjectEffect& effect : effects) {
            const std::string here = place + ".effects[" + std::to_string(effect.index) + "]";
            REELPOOL_TRY_STATUS(check_frequency(effect, here));
            if (effect.sound.kind != SoundEffectKind::duck) continue;
            REELPOOL_TRY(key, find_track(effect, here));
            effect.sound.key = static_cast<std::uint32_t>(key);
            keys_[track].push_back({key, effect.position, here});
        }
        return ok();
    }

    Status check_frequency(const ProjectEffect& effect, const std::string& place) const {
        for (const SoundEffectParameter& parameter : effect.sound.type().parameters) {
            if (parameter.unit != "Hz" || effect.sound.value(parameter.name) * 2 < rate_hz_)
                continue;
            return unexpected(project_error(
                effect.position, place + "." + std::string(parameter.name),
                "a sound of " + std::to_string(rate_hz_) + " samples a second reaches up to " +
                    std::to_string(rate_hz_ / 2) + " Hz only",
                "write a lower frequency, or a higher \"sampleRate\" in the main comp"));
        }
        return ok();
    }

    Result<std::size_t> find_track(const ProjectEffect& effect, const std::string& place) const {
        std::vector<std::string_view> known;
        std::optional<std::size_t> found;
        for (std::size_t index = 0; index < comp_.tracks.size(); ++index) {
            const std::string& id = comp_.tracks[index].id;
            if (!id.empty()) known.push_back(id);
            if (id.empty() || id != effect.track) continue;
            if (found)
                return unexpected(
                    project_error(effect.position, place + ".track",
                                  "several tracks of the comp have the id " + quoted(effect.track),
                                  "give each an \"id\" of its own"));
            found = index;
        }
        if (found) return *found;
        const std::string near = nearest_name(effect.track, known);
        return unexpected(project_error(effect.position, place + ".track",
                                        "the comp has no track with the id " + quoted(effect.track),
                                        near.empty() ? "name the \"id\" of a track of the same comp"
                                                     : "did you mean " + quoted(near) + "?"));
    }

    /// A track waits for those that turn it or its clips down.
    Status refuse_circles() {
        enum class State : std::uint8_t { unseen, open, done };
        std::vector<State> states(keys_.size(), State::unseen);
        std::vector<std::pair<std::size_t, std::size_t>> stack;  // track, next of its keys
        for (std::size_t root = 0; root < keys_.size(); ++root) {
            if (states[root] != State::unseen) continue;
            stack.emplace_back(root, 0);
            states[root] = State::open;
            while (!stack.empty()) {
                auto& [track, next] = stack.back();
                if (next == keys_[track].size()) {
                    states[track] = State::done;
                    stack.pop_back();
                    continue;
                }
                const Key& key = keys_[track][next++];
                if (states[key.track] == State::open)
                    return unexpected(project_error(
                        key.position, key.place + ".track",
                        "the track would turn itself down, by way of what it turns down",
                        "name a track that does not hear this one"));
                if (states[key.track] == State::unseen) {
                    states[key.track] = State::open;
                    stack.emplace_back(key.track, 0);
                }
            }
        }
        return ok();
    }

    Comp& comp_;
    const std::uint32_t rate_hz_;
    std::vector<std::vector<Key>> keys_;  ///< by track
};

}  // namespace

EffectLists read_effects(const ValueReader& list, const Rational& fps, EffectKeys keys,
                         TableFile& tables) {
    EffectLists effects;
    if (!list.is(JsonKind::array)) return effects;
    constexpr std::uint32_t most = 64;
    static_assert(max_layer_effects == std::size_t{2} * most);
    if (list.value.size() > most) {
        list.refuse("at most " + std::to_string(most) + " effects can follow one another");
        return effects;
    }
    std::uint32_t index = 0;
    for (const JsonValue value : list.value) {
        const Place place{.parent = &list.place, .index = index};
        const ValueReader reader{list.problems, value, place};
        const auto type = read_type(reader);
        const std::size_t sounds = sound_effect_types().size();
        if (type && *type < sounds)
            effects.sound.push_back(
                read_sound_effect(reader, static_cast<SoundEffectKind>(*type), index));
        else if (type)
            add_picture_effect(reader, static_cast<std::uint32_t>(*type - sounds), fps, keys,
                               tables, effects.picture);
        if (list.problems.any()) return {};
        ++index;
    }
    return effects;
}

Status load_tables(Project& project, const ReadText& read) {
    std::map<std::string, EffectTablePlace> known;
    const auto load = [&](ClipEffect& effect) -> Status {
        if (effect.path.empty()) return ok();
        const auto found = known.find(effect.path);
        if (found != known.end()) {
            effect.table = found->second;
            return ok();
        }
        const auto refused = [&effect](Error error) {
            Error at = project_error(effect.position, effect.place + " (" + effect.path + ")",
                                     error.what, error.hint);
            at.cause = error.cause;
            if (error.code == ErrorCode::media) at.code = error.code;
            return unexpected(std::move(at));
        };
        auto text = read(effect.path);
        if (!text) return refused(std::move(text).error());
        auto table = parse_cube(*text);
        if (!table) return refused(std::move(table).error());
        effect.table = known[effect.path] = project.tables.add(*table);
        if (project.tables.floats().size_bytes() > max_table_bytes)
            return refused({.code = ErrorCode::limit,
                            .component = Component::project,
                            .subject = {},
                            .what = "the look-up tables of the project are larger than " +
                                    std::to_string(max_table_bytes >> 20) + " MiB",
                            .cause = {},
                            .hint = "use fewer or smaller ones"});
        return ok();
    };
    for (Comp& comp : project.comps) {
        for (Track& track : comp.tracks) {
            for (ClipEffect& effect : track.picture_effects) REELPOOL_TRY_STATUS(load(effect));
            for (Clip& clip : track.clips)
                for (ClipEffect& effect : clip.effects) REELPOOL_TRY_STATUS(load(effect));
        }
    }
    return ok();
}

Status resolve_effects(Project& project) {
    const std::uint32_t rate_hz = project.comps[project.main].sound.rate_hz;
    for (Comp& comp : project.comps) REELPOOL_TRY_STATUS(CompEffects(comp, rate_hz).run());
    return ok();
}

}  // namespace reelpool::model
