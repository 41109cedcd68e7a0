#include "ipc/frame/picture_effect.hpp"

#include <algorithm>
#include <array>

namespace reelpool {
namespace {

using P = PictureEffectParameter;

constexpr std::array brightness{P{"amount", "", 0, 10, 1, 1}};
constexpr std::array contrast{P{"amount", "", 0, 10, 1, 1}};
constexpr std::array exposure{P{"stops", "stops", -10, 10, 0, 0}};
constexpr std::array gamma{P{"gamma", "", 0.1, 10, 1, 1, 3}};
constexpr std::array saturation{P{"amount", "", 0, 10, 1, 1}};
constexpr std::array hue{P{"angle", "degrees", -3600, 3600, 0, 0}};
constexpr std::array temperature{P{"kelvin", "K", 2000, 25'000, 6500, 6500}};
constexpr std::array tint{P{"amount", "stops", -2, 2, 0, 0}};
constexpr std::array levels{P{"inBlack", "", 0, 1, 0, 0}, P{"inWhite", "", 0, 1, 1, 1},
                            P{"gamma", "", 0.1, 10, 1, 1}, P{"outBlack", "", 0, 1, 0, 0},
                            P{"outWhite", "", 0, 1, 1, 1}};
constexpr std::array lift_gamma_gain{P{"lift", "", -1, 1, 0, 0, 3}, P{"gamma", "", 0.1, 10, 1, 1, 3},
                                     P{"gain", "", 0, 10, 1, 1, 3}};
constexpr std::array cdl{P{"slope", "", 0, 100, 1, 1, 3}, P{"offset", "", -10, 10, 0, 0, 3},
                         P{"power", "", 0.01, 100, 1, 1, 3}, P{"saturation", "", 0, 10, 1, 1}};
constexpr std::array share_of_all{P{"amount", "", 0, 1, 1, 0}};
constexpr std::array threshold{P{"level", "", 0, 1, 0.5, 0}};
constexpr std::array posterize{P{"levels", "", 2, 256, 4, 256, 1, true}};

constexpr std::array<PictureEffectType, 18> types{
    {{"brightness", "v x `amount` (CSS Filter Effects 1, `brightness`).", brightness},
     {"contrast", "(v - 1/2) x `amount` + 1/2 (CSS Filter Effects 1, `contrast`).", contrast},
     {"exposure",
      "`stops` more light: in linear light, which is v^2.4 here, twice as much for each.",
      exposure},
     {"gamma", "v^(1 / `gamma`).", gamma},
     {"saturation", "The matrix of CSS Filter Effects 1, `saturate`; 0 leaves gray.", saturation},
     {"hue", "The matrix of CSS Filter Effects 1, `hue-rotate`.", hue},
     {"temperature",
      "White balance: light of `kelvin` becomes that of 6500 K. Gains of red, green and blue in "
      "linear light (v^2.4) that keep the luma of gray; colours of light by the cubic "
      "approximation of the Planckian locus by Kim et al. (US patent 7024034, 2002).",
      temperature},
     {"tint",
      "Towards magenta above 0, towards green below: green `amount` stops less in linear light "
      "(v^2.4), the luma of gray is kept.",
      tint},
     {"levels",
      "t = clamp((v - `inBlack`) / (`inWhite` - `inBlack`)), then `outBlack` + (`outWhite` - "
      "`outBlack`) x t^(1 / `gamma`). Where `inWhite` is not above `inBlack`: 0 up to it, then 1.",
      levels},
     {"curves",
      "The curve of its component, then `master`: monotone cubics through points (Fritsch and "
      "Carlson, SIAM J. Numer. Anal. 17, 1980), level outside of them.",
      {},
      EffectNature::curves},
     {"lift-gamma-gain", "max(0, `gain` x (v + `lift` x (1 - v)))^(1 / `gamma`).", lift_gamma_gain},
     {"cdl",
      "clamp(v x `slope` + `offset`)^`power`, then luma + `saturation` x (v - luma) with BT.709's "
      "luma (ASC Color Decision List 1.2).",
      cdl},
     {"lut3d",
      "The table of a `.cube` file (Adobe Cube LUT Specification 1.0): of three dimensions with "
      "tetrahedral interpolation, of one with linear.",
      {},
      EffectNature::lut},
     {"invert", "v + `amount` x (1 - 2 v) (CSS Filter Effects 1, `invert`).", share_of_all},
     {"grayscale", "The matrix of CSS Filter Effects 1, `grayscale`.", share_of_all},
     {"sepia", "The matrix of CSS Filter Effects 1, `sepia`.", share_of_all},
     {"threshold", "White where BT.709's luma is `level` or more, else black.", threshold,
      EffectNature::always_changes},
     {"posterize", "min(floor(v x `levels`), `levels` - 1) / (`levels` - 1).", posterize,
      EffectNature::always_changes}}};

constexpr std::size_t count_numbers(std::span<const P> parameters) {
    std::size_t count = 0;
    for (const P& parameter : parameters) count += parameter.numbers;
    return count;
}
static_assert(std::all_of(types.begin(), types.end(), [](const PictureEffectType& type) {
    return count_numbers(type.parameters) <= max_effect_numbers;
}));

bool is_sane(const EffectTablePlace& table, EffectNature nature) {
    const bool is_curve = nature == EffectNature::curves || nature == EffectNature::lut;
    switch (table.dimensions) {
        case 0:
            return !is_curve;
        case 1:
            return is_curve && table.size >= 2 && table.size <= max_table_size_1d;
        case 3:
            return nature == EffectNature::lut && table.size >= 2 &&
                   table.size <= max_table_size_3d;
        default:
            return false;
    }
}

}  // namespace

std::size_t PictureEffectType::number_count() const {
    return count_numbers(parameters);
}

std::span<const PictureEffectType> picture_effect_types() {
    return types;
}

bool is_sane(const PictureEffect& effect) {
    if (effect.kind >= types.size()) return false;
    if (effect.values.size() != effect.type().number_count()) return false;
    if (!is_sane(effect.table, effect.type().nature)) return false;
    std::size_t at = 0;
    for (const PictureEffectParameter& parameter : effect.type().parameters)
        for (std::uint8_t n = 0; n < parameter.numbers; ++n, ++at)
            if (!(effect.values[at] >= parameter.low && effect.values[at] <= parameter.high))
                return false;
    return true;
}

bool is_neutral(const PictureEffect& effect) {
    if (effect.type().nature != EffectNature::plain) return false;
    std::size_t at = 0;
    for (const PictureEffectParameter& parameter : effect.type().parameters)
        for (std::uint8_t n = 0; n < parameter.numbers; ++n, ++at)
            if (effect.values[at] != parameter.neutral) return false;
    return true;
}

}  // namespace reelpool
