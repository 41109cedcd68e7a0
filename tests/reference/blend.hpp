#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace reelpool::reference {

/// How a layer is put over what lies below it, in the format's order.
enum class Blend {
    normal,
    multiply,
    screen,
    overlay,
    darken,
    lighten,
    color_dodge,
    color_burn,
    hard_light,
    soft_light,
    difference,
    exclusion,
    hue,
    saturation,
    color,
    luminosity,
    add,
    subtract,
    divide,
    linear_burn,
    linear_light,
    vivid_light,
    pin_light,
    hard_mix,
    dissolve,
    stencil_alpha,
    stencil_luma,
    silhouette_alpha,
    silhouette_luma
};

/// The mode of a name of the format; throws ReferenceError where there is none.
[[nodiscard]] Blend blend_named(const std::string& name, const std::string& place);

using Rgb = std::array<double, 3>;

/// B(b, s) on straight R'G'B' of 0..1; the separable modes, and the four that are not.
[[nodiscard]] Rgb blended(Blend mode, const Rgb& backdrop, const Rgb& source);

/// Premultiplied R'G'B' and alpha.
struct Layered {
    Rgb c{};
    double a = 0;
    /// So near a step of a blend function that rounding decides on which side it lies.
    bool unsure = false;
};

/// `source`, weighted with coverage and opacity, over `backdrop`. `dice`: of dissolve, 0..1.
[[nodiscard]] Layered layered(Blend mode, const Layered& backdrop, const Layered& source,
                              double weight, double dice);

/// Whether it acts where the source is not, too.
[[nodiscard]] bool is_stencil(Blend mode);

/// pcg4d of (x, y, frame, seed), its first word as 0..1.
/// Source: Jarzynski, Olano: Hash Functions for GPU Rendering, JCGT 9 (2020).
[[nodiscard]] double dissolve_dice(double x, double y, std::uint32_t frame, std::uint32_t seed);

}  // namespace reelpool::reference
