#pragma once

#include <cstdint>

namespace reelpool {

/// How a layer is put over what lies below it in its comp.
/// Source: W3C Compositing and Blending Level 1 up to `luminosity`; the rest are those of common
/// compositing programs, with the formulas in docs/project-format.md.
enum class BlendMode : std::uint8_t {
    normal = 0,
    multiply = 1,
    screen = 2,
    overlay = 3,
    darken = 4,
    lighten = 5,
    color_dodge = 6,
    color_burn = 7,
    hard_light = 8,
    soft_light = 9,
    difference = 10,
    exclusion = 11,
    hue = 12,
    saturation = 13,
    color = 14,
    luminosity = 15,
    add = 16,
    subtract = 17,
    divide = 18,
    linear_burn = 19,
    linear_light = 20,
    vivid_light = 21,
    pin_light = 22,
    hard_mix = 23,
    dissolve = 24,
    stencil_alpha = 25,
    stencil_luma = 26,
    silhouette_alpha = 27,
    silhouette_luma = 28,
};

/// The layer is only a factor for everything below it, inside and outside of its own edges.
[[nodiscard]] constexpr bool is_stencil(BlendMode mode) {
    return mode == BlendMode::stencil_alpha || mode == BlendMode::stencil_luma;
}
/// Likewise; what it does not cover stays.
[[nodiscard]] constexpr bool is_silhouette(BlendMode mode) {
    return mode == BlendMode::silhouette_alpha || mode == BlendMode::silhouette_luma;
}
/// Where the layer is opaque, nothing of what lies below shows.
[[nodiscard]] constexpr bool hides_below(BlendMode mode) {
    return mode == BlendMode::normal || mode == BlendMode::dissolve;
}

}  // namespace reelpool
