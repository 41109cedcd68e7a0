#include "compositor/render/color_curves.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace reelpool::compositor {
namespace {

constexpr double least = 0x1p-24;
static_assert(std::bit_cast<std::uint32_t>(static_cast<float>(least)) ==
              CURVE_FIRST << CURVE_FRACTION_BITS);
static_assert(CURVE_ENTRIES * 4 >= CURVE_POINTS + 1);

double value_at(const CurveKey& key, const ColorConversion& conversion, double x) {
    switch (key.kind) {
        case CurveKey::Kind::decode:
            return decoded(key.from, x);
        case CurveKey::Kind::encode:
            return encoded(key.to, x);
        case CurveKey::Kind::gain:
            break;
    }
    return conversion.gain(x);
}

/// Where the i-th point lies: evenly among the numbers of one exponent, moved so that the first
/// lies at 0.
double point_at(std::uint32_t i) {
    const std::uint32_t bits = (CURVE_FIRST + i) << CURVE_FRACTION_BITS;
    return static_cast<double>(std::bit_cast<float>(bits)) - least;
}

}  // namespace

const std::vector<shaders::ListEntry>& ColorCurves::table(const CurveKey& key,
                                                          const ColorConversion& conversion) {
    const auto [found, is_new] = tables_.try_emplace(key);
    if (!is_new) return found->second;
    found->second.resize(CURVE_ENTRIES);
    for (std::uint32_t i = 0; i < CURVE_ENTRIES; ++i) {
        std::array<std::uint32_t, 4> words{};
        for (std::uint32_t j = 0; j < 4; ++j) {
            const double x = point_at(std::min(4 * i + j, CURVE_POINTS));
            words[j] =
                std::bit_cast<std::uint32_t>(static_cast<float>(value_at(key, conversion, x)));
        }
        found->second[i] = std::bit_cast<shaders::ListEntry>(words);
    }
    return found->second;
}

}  // namespace reelpool::compositor
