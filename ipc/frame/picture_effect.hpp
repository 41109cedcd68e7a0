#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace reelpool {

/// A parameter of an effect on pictures: one number, or one each for red, green and blue.
struct PictureEffectParameter {
    std::string_view name;
    std::string_view unit;  ///< empty: a plain number
    double low = 0;
    double high = 1;
    double otherwise = 0;  ///< where the project does not say
    double neutral = 0;    ///< the effect changes nothing where all its parameters are so
    std::uint8_t numbers = 1;
    bool is_whole = false;  ///< a fraction counts as the whole number below it
};

/// What an effect needs besides numbers.
enum class EffectNature : std::uint8_t {
    plain,
    always_changes,  ///< no parameters are neutral; sees the full picture, not a smaller level of it
    curves,          ///< has a table of one dimension, and no numbers
    lut,             ///< has a table of one dimension or three, and no numbers
};

/// What the project format calls an effect, and its parameters. The shader is
/// shaders/effects/NAME.glsl.
struct PictureEffectType {
    std::string_view name;
    std::string_view line;  ///< of the documentation, with the formula's source
    std::span<const PictureEffectParameter> parameters;
    EffectNature nature = EffectNature::plain;

    /// Of all its parameters.
    [[nodiscard]] std::size_t number_count() const;
};

/// The most numbers that an effect has.
inline constexpr std::size_t max_effect_numbers = 12;
/// The most effects that a layer has: a clip's and its track's.
inline constexpr std::size_t max_layer_effects = 128;

/// All of them. The reader of projects, the compositor, the schema and the documentation follow
/// this table (tests compare them).
[[nodiscard]] std::span<const PictureEffectType> picture_effect_types();

/// Where an effect finds the table that it looks colours up in, among those that the compositor was
/// given.
struct EffectTablePlace {
    std::uint32_t first = 0;       ///< entry; it has two more than size^dimensions
    std::uint32_t dimensions = 0;  ///< 0: there is none
    std::uint32_t size = 0;        ///< entries along each dimension
    std::uint64_t checksum = 0;    ///< of its content

    /// One past its last entry.
    [[nodiscard]] std::uint64_t end() const {
        const std::uint64_t n = size;
        return first + 2 + (dimensions == 3 ? n * n * n : n);
    }
    friend bool operator==(const EffectTablePlace&, const EffectTablePlace&) = default;
};
/// How large tables may be. Units: entries along one dimension.
inline constexpr std::uint32_t max_table_size_1d = 65536;
inline constexpr std::uint32_t max_table_size_3d = 129;
/// Of four floats: red, green, blue, nothing.
inline constexpr std::uint32_t table_entry_bytes = 16;
/// All tables together.
inline constexpr std::uint64_t max_table_bytes = std::uint64_t{64} << 20;

/// An effect at one time.
struct PictureEffect {
    std::uint32_t kind = 0;      ///< index into picture_effect_types()
    std::vector<double> values;  ///< as the type's parameters, three for those of three numbers
    EffectTablePlace table{};

    [[nodiscard]] const PictureEffectType& type() const { return picture_effect_types()[kind]; }
    friend bool operator==(const PictureEffect&, const PictureEffect&) = default;
};

/// A kind that exists, with as many values as it has numbers, each in its range.
[[nodiscard]] bool is_sane(const PictureEffect& effect);

/// Whether a sane effect changes no picture at all.
[[nodiscard]] bool is_neutral(const PictureEffect& effect);

}  // namespace reelpool
