#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace reelpool {

/// Effects on sound, in the order of sound_effect_types().
enum class SoundEffectKind : std::uint8_t {
    volume,
    equalizer,
    highpass,
    lowpass,
    compressor,
    limiter,
    gate,
    delay,
    reverb,
    duck,
};

struct SoundEffectParameter {
    std::string_view name;
    std::string_view unit;  ///< empty: a plain number
    double low = 0;
    double high = 1;
    double otherwise = 0;  ///< where the project does not say
};

/// What the project format calls an effect, its parameters, and the filter of libavfilter behind
/// it.
struct SoundEffectType {
    std::string_view name;
    std::string_view filter;
    std::span<const SoundEffectParameter> parameters;
};

/// All of them. The reader of projects, the compositor, the schema and the documentation follow
/// this table (tests compare them).
[[nodiscard]] std::span<const SoundEffectType> sound_effect_types();

struct SoundEffect {
    SoundEffectKind kind = SoundEffectKind::volume;
    std::vector<double> values;  ///< as the table's parameters
    /// Of a duck, whose sound turns this one down: in a project the index of a track of the comp,
    /// in a mix the index of a bus.
    std::uint32_t key = 0;

    [[nodiscard]] const SoundEffectType& type() const {
        return sound_effect_types()[static_cast<std::size_t>(kind)];
    }
    /// The value of a parameter that the effect has.
    [[nodiscard]] double value(std::string_view parameter) const;
    friend bool operator==(const SoundEffect&, const SoundEffect&) = default;
};

/// As many values as parameters, each in its range.
[[nodiscard]] bool is_sane(const SoundEffect& effect);

}  // namespace reelpool
