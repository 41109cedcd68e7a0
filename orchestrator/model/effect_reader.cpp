#include "orchestrator/model/effect_reader.hpp"

#include <algorithm>
#include <array>

namespace reelpool::model {
namespace {

/// What the format has beside effects on sound.
constexpr std::array picture_effects{"brightness",
                                     "contrast",
                                     "exposure",
                                     "gamma",
                                     "saturation",
                                     "hue",
                                     "temperature",
                                     "tint",
                                     "levels",
                                     "curves",
                                     "lift-gamma-gain",
                                     "cdl",
                                     "lut3d",
                                     "invert",
                                     "grayscale",
                                     "sepia",
                                     "threshold",
                                     "posterize",
                                     "blur",
                                     "directional-blur",
                                     "sharpen",
                                     "vignette",
                                     "pixelate",
                                     "chroma-key",
                                     "luma-key",
                                     "glow",
                                     "drop-shadow",
                                     "corner-radius",
                                     "mirror",
                                     "flip"};

std::vector<FieldName> effect_words() {
    std::vector<FieldName> words;
    for (const SoundEffectType& type : sound_effect_types()) words.push_back({type.name});
    for (const char* const name : picture_effects) words.push_back({name, Built::later});
    return words;
}

std::vector<FieldName> fields_of(const SoundEffectType& type, SoundEffectKind kind) {
    std::vector<FieldName> fields{{"type"}};
    if (kind == SoundEffectKind::duck) fields.push_back({"track"});
    for (const SoundEffectParameter& parameter : type.parameters)
        fields.push_back({parameter.name});
    return fields;
}

std::optional<SoundEffectKind> read_kind(const ValueReader& v) {
    if (!v.is(JsonKind::object)) return std::nullopt;
    for (const JsonValue member : v.value) {
        if (member.key() != "type") continue;
        const Place place{.parent = &v.place, .name = "type"};
        const std::size_t word = ValueReader{v.problems, member, place}.read_word(effect_words());
        if (v.problems.any()) return std::nullopt;
        return static_cast<SoundEffectKind>(word);
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

ProjectEffect read_effect(const ValueReader& v) {
    ProjectEffect effect;
    effect.position = v.value.position();
    const auto kind = read_kind(v);
    if (!kind) return effect;
    effect.sound.kind = *kind;
    const SoundEffectType& type = effect.sound.type();
    const std::vector<FieldName> fields = fields_of(type, *kind);
    const ObjectReader object(v.problems, v.value, v.place, fields);
    for (const SoundEffectParameter& parameter : type.parameters)
        effect.sound.values.push_back(object.read(
            parameter.name, parameter.otherwise,
            [&](const ValueReader& number) { return read_parameter(number, parameter); }));
    if (*kind == SoundEffectKind::duck) {
        object.require("track");
        effect.track = object.read("track", std::string(),
                                   [](const ValueReader& text) { return text.read_text(); });
    }
    return effect;
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
        for (std::size_t i = 0; i < effects.size(); ++i) {
            ProjectEffect& effect = effects[i];
            const std::string here = place + ".effects[" + std::to_string(i) + "]";
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

std::vector<ProjectEffect> read_effects(const ValueReader& list) {
    std::vector<ProjectEffect> effects;
    if (!list.is(JsonKind::array)) return effects;
    constexpr std::uint32_t most = 64;
    if (list.value.size() > most) {
        list.refuse("at most " + std::to_string(most) + " effects can follow one another");
        return effects;
    }
    std::int64_t index = 0;
    for (const JsonValue value : list.value) {
        const Place place{.parent = &list.place, .index = index++};
        effects.push_back(read_effect({list.problems, value, place}));
        if (list.problems.any()) return {};
    }
    return effects;
}

Status resolve_effects(Project& project) {
    const std::uint32_t rate_hz = project.comps[project.main].sound.rate_hz;
    for (Comp& comp : project.comps) REELPOOL_TRY_STATUS(CompEffects(comp, rate_hz).run());
    return ok();
}

}  // namespace reelpool::model
