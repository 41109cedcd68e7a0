#include "orchestrator/model/clip_reader.hpp"

#include <vector>

#include "ipc/frame/slot_layout.hpp"
#include "ipc/frame/sound_block.hpp"
#include "orchestrator/model/curve_reader.hpp"
#include "orchestrator/model/effect_reader.hpp"
#include "orchestrator/model/mask_reader.hpp"

namespace reelpool::model {
namespace {

constexpr NumberRange unit{0, 1};
constexpr NumberRange pixels{-1e7, 1e7};
constexpr NumberRange amounts{0, 1e7};
constexpr NumberRange factors{-1e6, 1e6};
constexpr NumberRange degrees{-1e7, 1e7};

std::uint32_t read_reference(const ValueReader& reader, std::string_view kind,
                             const std::unordered_map<std::string_view, std::uint32_t>& names) {
    if (!reader.is(JsonKind::string)) return 0;
    const auto found = names.find(reader.value.text());
    if (found != names.end()) return found->second;
    std::vector<std::string_view> known;
    for (const auto& [name, index] : names) known.push_back(name);
    const std::string near = nearest_name(reader.value.text(), known);
    reader.refuse("there is no " + std::string(kind) + " " + quoted(reader.value.text()),
                  near.empty() ? "" : "did you mean " + quoted(near) + "?");
    return 0;
}

void read_source(const ObjectReader& object, Clip& clip, const ProjectNames& names) {
    const bool is_adjustment = object.read("adjustment", false, [](const ValueReader& v) {
        return v.read_bool();
    });
    const int sources = (object.has("media") ? 1 : 0) + (object.has("comp") ? 1 : 0) +
                        (object.has("solid") ? 1 : 0) + (is_adjustment ? 1 : 0);
    if (sources != 1)
        object.refuse(sources == 0 ? "the clip has no source" : "the clip has several sources",
                      "give it exactly one of \"media\", \"comp\", \"solid\" and "
                      "\"adjustment\": true");
    if (is_adjustment) {
        clip.kind = SourceKind::adjustment;
        for (const char* const name : {"blend", "matte", "transition"})
            if (object.has(name))
                object.refuse("an adjustment has no picture of its own for a " + quoted(name),
                              "remove the field");
    } else if (object.has("media")) {
        clip.kind = SourceKind::media;
        clip.source = object.read("media", 0U, [&](const ValueReader& v) {
            return read_reference(v, "medium", names.media);
        });
    } else if (object.has("comp")) {
        clip.kind = SourceKind::comp;
        clip.source = object.read("comp", 0U, [&](const ValueReader& v) {
            return read_reference(v, "comp", names.comps);
        });
    } else {
        clip.kind = SourceKind::solid;
        clip.solid =
            object.read("solid", Color{}, [](const ValueReader& v) { return v.read_color(); });
    }
    clip.size = object.read("size", std::optional<Value>(), [&](const ValueReader& v) {
        if (clip.kind != SourceKind::solid) v.refuse("only a clip with \"solid\" has a \"size\"");
        const Value size = v.read_point({0, max_picture_side});
        if (!(size[0] > 0) || !(size[1] > 0)) v.refuse("both numbers must be above 0");
        return std::optional(size);
    });
}

void read_times(const ObjectReader& object, Clip& clip, const Rational& fps) {
    const auto length = [&](const ValueReader& v) { return v.read_length(fps); };
    clip.start =
        object.read("start", Time(0), [&](const ValueReader& v) { return v.read_time(fps); });
    if (object.has("duration")) clip.duration = object.read("duration", Time(0), length);
    clip.in = object.read("in", Time(0), length);
    clip.fade_in = object.read("fadeIn", Time(0), length);
    clip.fade_out = object.read("fadeOut", Time(0), length);
    clip.speed = object.read("speed", ExactCurve{.constant = 1, .keys = {}},
                             [&](const ValueReader& v) { return read_speed(v, fps); });
    clip.remap = object.read("remap", std::optional<ExactCurve>(), [&](const ValueReader& v) {
        return std::optional(read_remap(v, fps));
    });
    clip.is_reversed =
        object.read("reverse", false, [](const ValueReader& v) { return v.read_bool(); });
}

Crop read_crop(const ValueReader& v) {
    const ObjectReader object(v.problems, v.value, v.place, crop_fields());
    const auto side = [&](std::string_view name) {
        return object.read(name, 0.0,
                           [](const ValueReader& amount) { return amount.read_number(amounts); });
    };
    return {
        .left = side("left"), .top = side("top"), .right = side("right"), .bottom = side("bottom")};
}

Transform read_transform(const ValueReader& v, const Rational& fps) {
    const ObjectReader object(v.problems, v.value, v.place, transform_fields());
    Transform transform;
    transform.anchor = object.read("anchor", transform.anchor, [&](const ValueReader& part) {
        return read_point_curve(part, fps, factors);
    });
    transform.position =
        object.read("position", std::optional<Curve>(), [&](const ValueReader& part) {
            return std::optional(read_point_curve(part, fps, pixels));
        });
    transform.scale = object.read("scale", transform.scale, [&](const ValueReader& part) {
        return read_scale_curve(part, fps, factors);
    });
    transform.rotation = object.read("rotation", Curve{}, [&](const ValueReader& part) {
        return read_number_curve(part, fps, degrees);
    });
    return transform;
}

Transition read_transition(const ValueReader& v, const Rational& fps) {
    const ObjectReader object(v.problems, v.value, v.place, transition_fields());
    object.require("type");
    object.require("duration");
    Transition transition;
    transition.kind = object.read("type", TransitionKind::dissolve, [](const ValueReader& part) {
        return static_cast<TransitionKind>(part.read_word(transition_types()));
    });
    transition.duration = object.read("duration", Time(1), [&](const ValueReader& part) {
        const Time length = part.read_length(fps);
        if (length <= Time(0)) part.refuse("a transition takes longer than nothing");
        return length;
    });
    transition.softness = object.read("softness", 0.0, [&](const ValueReader& part) {
        if (transition.kind < TransitionKind::wipe_left || transition.kind > TransitionKind::iris)
            part.refuse("only wipes and \"iris\" have a \"softness\"");
        return part.read_number(unit);
    });
    transition.color = object.read("color", Color{}, [&](const ValueReader& part) {
        if (transition.kind != TransitionKind::dip) part.refuse("only \"dip\" has a \"color\"");
        return part.read_color();
    });
    return transition;
}

Matte read_matte(const ValueReader& v) {
    const ObjectReader object(v.problems, v.value, v.place, matte_fields());
    object.require("track");
    Matte matte;
    matte.track = object.read("track", std::string(),
                              [](const ValueReader& part) { return part.read_text(); });
    matte.uses_luma = object.read("use", false, [](const ValueReader& part) {
        return part.read_word(matte_uses()) == 1;
    });
    matte.is_inverted =
        object.read("invert", false, [](const ValueReader& part) { return part.read_bool(); });
    return matte;
}

void read_looks(const ObjectReader& object, Clip& clip, const Rational& fps) {
    clip.opacity = object.read("opacity", clip.opacity, [&](const ValueReader& v) {
        return read_number_curve(v, fps, unit);
    });
    clip.blend = object.read("blend", BlendMode::normal, [](const ValueReader& v) {
        return static_cast<BlendMode>(v.read_word(blend_modes()));
    });
    clip.transition =
        object.read("transition", std::optional<Transition>(),
                    [&](const ValueReader& v) { return std::optional(read_transition(v, fps)); });
    clip.crop = object.read("crop", Crop{}, [](const ValueReader& v) { return read_crop(v); });
    clip.fit = object.read("fit", std::optional<Fit>(), [](const ValueReader& v) {
        return std::optional(static_cast<Fit>(v.read_word(fit_modes())));
    });
    clip.transform = object.read("transform", Transform{},
                                 [&](const ValueReader& v) { return read_transform(v, fps); });
    clip.sampling = object.read("sampling", std::optional<Sampling>(), [](const ValueReader& v) {
        return std::optional(static_cast<Sampling>(v.read_word(sampling_modes())));
    });
    clip.masks = object.read("masks", std::vector<ClipMask>(),
                             [&](const ValueReader& v) { return read_masks(v, fps); });
    clip.matte = object.read("matte", std::optional<Matte>(),
                             [](const ValueReader& v) { return std::optional(read_matte(v)); });
}

std::vector<std::uint8_t> read_channels(const ValueReader& v) {
    std::vector<std::uint8_t> channels;
    if (!v.is(JsonKind::array)) return channels;
    if (v.value.size() < 1 || v.value.size() > max_output_channels) {
        v.refuse("must name 1 to 8 channels of the source, such as [2, 1]");
        return channels;
    }
    std::int64_t index = 0;
    for (const JsonValue part : v.value) {
        const Place place{.parent = &v.place, .index = index++};
        channels.push_back(static_cast<std::uint8_t>(
            ValueReader{v.problems, part, place}.read_integer(0, max_sound_channels)));
    }
    return channels;
}

ClipSound read_sound(const ObjectReader& object, const Rational& fps) {
    ClipSound sound;
    sound.gain_db = object.read("gain", sound.gain_db, [&](const ValueReader& v) {
        return read_number_curve(v, fps, gain_range_db);
    });
    sound.pan = object.read("pan", sound.pan, [&](const ValueReader& v) {
        return read_number_curve(v, fps, {-1, 1});
    });
    sound.channels = object.read("channels", sound.channels, read_channels);
    sound.pitch = object.read("pitch", sound.pitch, [](const ValueReader& v) {
        return static_cast<Pitch>(v.read_word(pitch_modes()));
    });
    return sound;
}

void read_clip_effects(const ObjectReader& object, Clip& clip, const Rational& fps,
                       TableFile& tables) {
    EffectLists effects = object.read("effects", EffectLists{}, [&](const ValueReader& v) {
        EffectLists lists = read_effects(v, fps, EffectKeys::allowed, tables);
        const bool is_silent =
            clip.kind == SourceKind::solid || clip.kind == SourceKind::adjustment;
        if (is_silent && !lists.sound.empty())
            v.refuse(clip.kind == SourceKind::solid ? "a solid has no sound for effects on sound"
                                                    : "an adjustment changes no sound",
                     "remove those effects");
        return lists;
    });
    clip.sound.effects = std::move(effects.sound);
    clip.effects = std::move(effects.picture);
}

}  // namespace

Clip read_clip(Problems& problems, JsonValue value, const Place& place, std::uint32_t index,
               const Rational& fps, const ProjectNames& names) {
    Clip clip;
    clip.index = index;
    clip.position = value.position();
    const ObjectReader object(problems, value, place, clip_fields());
    if (problems.any()) return clip;
    const auto text = [](const ValueReader& v) { return v.read_text(); };
    const auto truth = [](const ValueReader& v) { return v.read_bool(); };
    clip.id = object.read("id", std::string(), text);
    read_source(object, clip, names);
    read_times(object, clip, fps);
    read_looks(object, clip, fps);
    clip.is_disabled = object.read("disabled", false, truth);
    clip.is_mute = object.read("mute", false, truth);
    clip.sound = read_sound(object, fps);
    read_clip_effects(object, clip, fps, names.tables);
    return clip;
}

}  // namespace reelpool::model
