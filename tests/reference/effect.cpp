#include "effect.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

using Rows = std::array<Rgb, 3>;

double dot(const Rgb& a, const Rgb& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Rgb times(const Rows& rows, const Rgb& c) {
    return {dot(rows[0], c), dot(rows[1], c), dot(rows[2], c)};
}
double luma(const Rgb& c) {
    return dot({0.2126, 0.7152, 0.0722}, c);
}
double clamped(double v) {
    return std::clamp(v, 0.0, 1.0);
}
template <class Function>
Rgb each(const Rgb& c, Function&& function) {
    return {function(c[0], std::size_t{0}), function(c[1], std::size_t{1}),
            function(c[2], std::size_t{2})};
}

// Filter Effects Module Level 1, "Shorthand definitions" and feColorMatrix.
Rgb saturate(const Rgb& c, double s) {
    return times({{{0.213 + 0.787 * s, 0.715 - 0.715 * s, 0.072 - 0.072 * s},
                   {0.213 - 0.213 * s, 0.715 + 0.285 * s, 0.072 - 0.072 * s},
                   {0.213 - 0.213 * s, 0.715 - 0.715 * s, 0.072 + 0.928 * s}}},
                 c);
}
Rgb hue_rotate(const Rgb& c, double degrees) {
    const double a = std::cos(degrees * std::numbers::pi / 180);
    const double b = std::sin(degrees * std::numbers::pi / 180);
    const Rows one{{{0.213, 0.715, 0.072}, {0.213, 0.715, 0.072}, {0.213, 0.715, 0.072}}};
    const Rows cosine{{{0.787, -0.715, -0.072}, {-0.213, 0.285, -0.072}, {-0.213, -0.715, 0.928}}};
    const Rows sine{{{-0.213, -0.715, 0.928}, {0.143, 0.140, -0.283}, {-0.787, 0.715, 0.072}}};
    return each(c, [&](double, std::size_t i) {
        return dot(one[i], c) + a * dot(cosine[i], c) + b * dot(sine[i], c);
    });
}
Rgb grayscale(const Rgb& c, double amount) {
    const double r = 1 - amount;
    return times({{{0.2126 + 0.7874 * r, 0.7152 - 0.7152 * r, 0.0722 - 0.0722 * r},
                   {0.2126 - 0.2126 * r, 0.7152 + 0.2848 * r, 0.0722 - 0.0722 * r},
                   {0.2126 - 0.2126 * r, 0.7152 - 0.7152 * r, 0.0722 + 0.9278 * r}}},
                 c);
}
Rgb sepia(const Rgb& c, double amount) {
    const double r = 1 - amount;
    return times({{{0.393 + 0.607 * r, 0.769 - 0.769 * r, 0.189 - 0.189 * r},
                   {0.349 - 0.349 * r, 0.686 + 0.314 * r, 0.168 - 0.168 * r},
                   {0.272 - 0.272 * r, 0.534 - 0.534 * r, 0.131 + 0.869 * r}}},
                 c);
}

/// Linear R'G'B' times these, luma of gray kept.
Rgb with_light(const Rgb& c, const Rgb& gains) {
    const double gray = luma(gains);
    return each(c, [&](double v, std::size_t i) {
        return std::pow(std::pow(v, 2.4) * gains[i] / gray, 1 / 2.4);
    });
}

/// Kim et al., US patent 7024034: chromaticity of a black body; then BT.709's primaries and D65.
Rgb light_of(double t) {
    const double t2 = t * t;
    const double t3 = t2 * t;
    const double x = t <= 4000 ? -0.2661239e9 / t3 - 0.2343589e6 / t2 + 0.8776956e3 / t + 0.179910
                               : -3.0258469e9 / t3 + 2.1070379e6 / t2 + 0.2226347e3 / t + 0.240390;
    const double x2 = x * x;
    const double x3 = x2 * x;
    const double y = t <= 2222   ? -1.1063814 * x3 - 1.34811020 * x2 + 2.18555832 * x - 0.20219683
                     : t <= 4000 ? -0.9549476 * x3 - 1.37418593 * x2 + 2.09137015 * x - 0.16748867
                                 : 3.0817580 * x3 - 5.87338670 * x2 + 3.75112997 * x - 0.37001483;
    return times({{{3.2404542, -1.5371385, -0.4985314},
                   {-0.9692660, 1.8760108, 0.0415560},
                   {0.0556434, -0.2040259, 1.0572252}}},
                 {x / y, 1, (1 - x - y) / y});
}

Rgb three(const std::vector<double>& values, std::size_t first) {
    return {values.at(first), values.at(first + 1), values.at(first + 2)};
}

/// So near a step that rounding decides.
bool is_near(double a, double b, double scale = 1) {
    return std::abs(a - b) < 2e-4 * scale;
}

Rgb apply(const Effect& effect, const Rgb& c, bool& unsure) {
    const std::string& name = effect.name;
    const std::vector<double>& v = effect.values;
    const double one = v.at(0);
    if (name == "brightness") return each(c, [&](double x, std::size_t) { return x * one; });
    if (name == "contrast")
        return each(c, [&](double x, std::size_t) { return x * one + 0.5 - 0.5 * one; });
    if (name == "exposure") {
        return each(c, [&](double x, std::size_t) {
            return std::pow(std::pow(x, 2.4) * std::exp2(one), 1 / 2.4);
        });
    }
    if (name == "gamma")
        return each(c, [&](double x, std::size_t i) { return std::pow(x, 1 / v.at(i)); });
    if (name == "saturation") return saturate(c, one);
    if (name == "hue") return hue_rotate(c, one);
    if (name == "temperature") {
        const Rgb to = light_of(6500);
        const Rgb from = light_of(one);
        return with_light(c, {to[0] / from[0], to[1] / from[1], to[2] / from[2]});
    }
    if (name == "tint") return with_light(c, {1, std::exp2(-one), 1});
    if (name == "levels") {
        return each(c, [&](double x, std::size_t) {
            const double t = v.at(1) > one ? clamped((x - one) / (v[1] - one)) : x > one ? 1 : 0;
            if (v[1] <= one) unsure = unsure || is_near(x, one);
            return v.at(3) + (v.at(4) - v[3]) * std::pow(t, 1 / v.at(2));
        });
    }
    if (name == "lift-gamma-gain") {
        const Rgb lift = three(v, 0);
        const Rgb gamma = three(v, 3);
        const Rgb gain = three(v, 6);
        return each(c, [&](double x, std::size_t i) {
            return std::pow(std::max(0.0, gain[i] * (x + lift[i] * (1 - x))), 1 / gamma[i]);
        });
    }
    if (name == "cdl") {
        const Rgb slope = three(v, 0);
        const Rgb offset = three(v, 3);
        const Rgb power = three(v, 6);
        const Rgb sop = each(c, [&](double x, std::size_t i) {
            return std::pow(clamped(x * slope[i] + offset[i]), power[i]);
        });
        return each(sop, [&](double x, std::size_t) {
            return luma(sop) + v.at(9) * (x - luma(sop));
        });
    }
    if (name == "invert")
        return each(c, [&](double x, std::size_t) { return x * (1 - one) + (1 - x) * one; });
    if (name == "grayscale") return grayscale(c, one);
    if (name == "sepia") return sepia(c, one);
    if (name == "threshold") {
        unsure = unsure || is_near(luma(c), one);
        const double white = luma(c) >= one ? 1 : 0;
        return {white, white, white};
    }
    if (name == "posterize") {
        return each(c, [&](double x, std::size_t) {
            const double step = std::floor(x * one);
            if (x > 0 && x < 1) unsure = unsure || is_near(x * one, std::round(x * one), one);
            return std::min(step, one - 1) / (one - 1);
        });
    }
    throw ReferenceError("effects", "there is no effect " + name + " here");
}

Rgb in_range(const Rgb& c) {
    return each(c, [](double x, std::size_t) { return clamped(x); });
}

}  // namespace

Rgb changed(const std::vector<Effect>& effects, Rgb colour, bool& unsure) {
    for (const Effect& effect : effects) colour = apply(effect, in_range(colour), unsure);
    return effects.empty() ? colour : in_range(colour);
}

}  // namespace reelpool::reference
