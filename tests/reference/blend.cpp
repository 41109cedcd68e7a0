#include "blend.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

constexpr std::array<const char*, 29> names{"normal",
                                            "multiply",
                                            "screen",
                                            "overlay",
                                            "darken",
                                            "lighten",
                                            "color-dodge",
                                            "color-burn",
                                            "hard-light",
                                            "soft-light",
                                            "difference",
                                            "exclusion",
                                            "hue",
                                            "saturation",
                                            "color",
                                            "luminosity",
                                            "add",
                                            "subtract",
                                            "divide",
                                            "linear-burn",
                                            "linear-light",
                                            "vivid-light",
                                            "pin-light",
                                            "hard-mix",
                                            "dissolve",
                                            "stencil-alpha",
                                            "stencil-luma",
                                            "silhouette-alpha",
                                            "silhouette-luma"};

double screen(double b, double s) {
    return b + s - b * s;
}
double hard_light(double b, double s) {
    return s <= 0.5 ? b * 2 * s : screen(b, 2 * s - 1);
}
double dodge(double b, double s) {
    if (b <= 0) return 0;
    return s >= 1 ? 1 : std::min(1.0, b / (1 - s));
}
double burn(double b, double s) {
    if (b >= 1) return 1;
    return s <= 0 ? 0 : 1 - std::min(1.0, (1 - b) / s);
}
double soft_light(double b, double s) {
    if (s <= 0.5) return b - (1 - 2 * s) * b * (1 - b);
    const double d = b <= 0.25 ? ((16 * b - 12) * b + 4) * b : std::sqrt(b);
    return b + (2 * s - 1) * (d - b);
}

double separable(Blend mode, double b, double s) {
    if (mode == Blend::multiply) return b * s;
    if (mode == Blend::screen) return screen(b, s);
    if (mode == Blend::overlay) return hard_light(s, b);
    if (mode == Blend::darken) return std::min(b, s);
    if (mode == Blend::lighten) return std::max(b, s);
    if (mode == Blend::color_dodge) return dodge(b, s);
    if (mode == Blend::color_burn) return burn(b, s);
    if (mode == Blend::hard_light) return hard_light(b, s);
    if (mode == Blend::soft_light) return soft_light(b, s);
    if (mode == Blend::difference) return std::abs(b - s);
    if (mode == Blend::exclusion) return b + s - 2 * b * s;
    if (mode == Blend::add) return std::min(1.0, b + s);
    if (mode == Blend::subtract) return std::max(0.0, b - s);
    if (mode == Blend::divide) return s <= 0 ? 1 : std::min(1.0, b / s);
    if (mode == Blend::linear_burn) return std::max(0.0, b + s - 1);
    if (mode == Blend::linear_light) return std::clamp(b + 2 * s - 1, 0.0, 1.0);
    if (mode == Blend::vivid_light) return s <= 0.5 ? burn(b, 2 * s) : dodge(b, 2 * s - 1);
    if (mode == Blend::pin_light) return s <= 0.5 ? std::min(b, 2 * s) : std::max(b, 2 * s - 1);
    if (mode == Blend::hard_mix) return b + s >= 1 ? 1 : 0;
    return s;
}

double lum(const Rgb& c) {
    return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2];
}
double least(const Rgb& c) {
    return std::min({c[0], c[1], c[2]});
}
double most(const Rgb& c) {
    return std::max({c[0], c[1], c[2]});
}
double sat(const Rgb& c) {
    return most(c) - least(c);
}

Rgb clip_color(Rgb c) {
    const double l = lum(c);
    const double n = least(c);
    const double x = most(c);
    if (n < 0)
        for (double& v : c) v = l + (v - l) * l / (l - n);
    if (x > 1)
        for (double& v : c) v = l + (v - l) * (1 - l) / (x - l);
    return c;
}
Rgb set_lum(Rgb c, double l) {
    const double d = l - lum(c);
    for (double& v : c) v += d;
    return clip_color(c);
}
Rgb set_sat(const Rgb& c, double s) {
    std::array<std::size_t, 3> order{0, 1, 2};
    std::sort(order.begin(), order.end(),
              [&](std::size_t i, std::size_t j) { return c[i] < c[j]; });
    const auto [min, mid, max] = order;
    Rgb result{};
    if (c[max] > c[min]) {
        result[mid] = (c[mid] - c[min]) * s / (c[max] - c[min]);
        result[max] = s;
    }
    return result;
}

Rgb straight(const Layered& pixel) {
    Rgb c{};
    if (pixel.a <= 1e-9) return c;
    for (std::size_t i = 0; i < 3; ++i) c[i] = pixel.c[i] / pixel.a;
    return c;
}
Rgb clamped(Rgb c) {
    for (double& v : c) v = std::clamp(v, 0.0, 1.0);
    return c;
}

/// Whether the function is steeper than 4 here: what is rounded before it then differs after it.
bool is_at_a_step(Blend mode, const Rgb& backdrop, const Rgb& source) {
    constexpr double hardly = 1e-3;
    constexpr double much = 4e-3;
    const Rgb here = blended(mode, backdrop, source);
    const auto differs = [&](const Rgb& b, const Rgb& s) {
        const Rgb there = blended(mode, clamped(b), clamped(s));
        for (std::size_t i = 0; i < 3; ++i)
            if (std::abs(there[i] - here[i]) > much) return true;
        return false;
    };
    for (const double move : {-hardly, hardly}) {
        Rgb all_b = backdrop;
        Rgb all_s = source;
        for (std::size_t i = 0; i < 3; ++i) {
            Rgb b = backdrop;
            Rgb s = source;
            b[i] += move;
            s[i] += move;
            all_b[i] += move;
            all_s[i] += move;
            if (differs(b, source) || differs(backdrop, s)) return true;
        }
        if (differs(all_b, source) || differs(backdrop, all_s) || differs(all_b, all_s))
            return true;
    }
    return false;
}

Layered scaled(const Layered& pixel, double factor) {
    return {.c = {pixel.c[0] * factor, pixel.c[1] * factor, pixel.c[2] * factor},
            .a = pixel.a * factor,
            .unsure = pixel.unsure};
}

}  // namespace

Blend blend_named(const std::string& name, const std::string& place) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) throw ReferenceError(place, "unknown blend mode " + name);
    return static_cast<Blend>(found - names.begin());
}

Rgb blended(Blend mode, const Rgb& b, const Rgb& s) {
    if (mode == Blend::hue) return set_lum(set_sat(s, sat(b)), lum(b));
    if (mode == Blend::saturation) return set_lum(set_sat(b, sat(s)), lum(b));
    if (mode == Blend::color) return set_lum(s, lum(b));
    if (mode == Blend::luminosity) return set_lum(b, lum(s));
    Rgb result{};
    for (std::size_t i = 0; i < 3; ++i) result[i] = separable(mode, b[i], s[i]);
    return result;
}

bool is_stencil(Blend mode) {
    return mode == Blend::stencil_alpha || mode == Blend::stencil_luma;
}

Layered layered(Blend mode, const Layered& backdrop, const Layered& source, double weight,
                double dice) {
    const double alpha = source.a * weight;
    const Rgb free = straight(source);
    const Rgb s = clamped(free);
    bool unsure = backdrop.unsure || (source.unsure && weight > 0);
    if (mode == Blend::dissolve) {
        Layered result = backdrop;
        if (dice < alpha) result = {.c = free, .a = 1};
        result.unsure = unsure || (std::abs(dice - alpha) < 1e-6 && alpha < 1);
        return result;
    }
    if (mode >= Blend::stencil_alpha) {
        const bool by_luma = mode == Blend::stencil_luma || mode == Blend::silhouette_luma;
        const double luma = 0.2126 * s[0] + 0.7152 * s[1] + 0.0722 * s[2];
        const double factor = by_luma ? alpha * luma : alpha;
        Layered result = scaled(backdrop, is_stencil(mode) ? factor : 1 - factor);
        result.unsure = unsure;
        return result;
    }
    // W3C: co = cs as (1 - ab) + cb ab (1 - as) + as ab B(cb, cs). Normal: B = cs, unclamped.
    const Rgb b = clamped(straight(backdrop));
    const Rgb mixed = mode == Blend::normal ? free : blended(mode, b, s);
    Layered result;
    for (std::size_t i = 0; i < 3; ++i)
        result.c[i] = source.c[i] * weight * (1 - backdrop.a) + backdrop.c[i] * (1 - alpha) +
                      alpha * backdrop.a * mixed[i];
    result.a = alpha + backdrop.a * (1 - alpha);
    if (mode != Blend::normal && alpha * backdrop.a > 1e-4)
        unsure = unsure || is_at_a_step(mode, b, s);
    result.unsure = unsure;
    return result;
}

double dissolve_dice(double x, double y, std::uint32_t frame, std::uint32_t seed) {
    std::array<std::uint32_t, 4> v{static_cast<std::uint32_t>(std::floor(x)),
                                   static_cast<std::uint32_t>(std::floor(y)), frame, seed};
    const auto mix = [&v] {
        v[0] += v[1] * v[3];
        v[1] += v[2] * v[0];
        v[2] += v[0] * v[1];
        v[3] += v[1] * v[2];
    };
    for (std::uint32_t& word : v) word = word * 1664525U + 1013904223U;
    mix();
    for (std::uint32_t& word : v) word ^= word >> 16;
    mix();
    return v[0] / 4294967296.0;
}

}  // namespace reelpool::reference
