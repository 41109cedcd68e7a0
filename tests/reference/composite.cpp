#include "composite.hpp"

#include <algorithm>
#include <cmath>

#include "raster.hpp"
#include "sampler.hpp"

namespace reelpool::reference {
namespace {

/// How much an edge leaves of a point `distance` output pixels inside it.
double edge_share(EdgeRule rule, double distance) {
    switch (rule) {
        case EdgeRule::own:
            return std::clamp(distance + 0.5, 0.0, 1.0);
        case EdgeRule::canvas:
            return 1;
        case EdgeRule::under_another:
            // As far as the upper layer's edge is antialiased, and no farther.
            return distance > -0.5 + 1e-9 ? 1 : 0;
    }
    return 1;
}

/// The position in a plane of the picture's level that belongs to a coded position.
Point plane_position(const Picture& picture, int plane, Point coded) {
    const MediaFacts& facts = *picture.facts;
    const PixelFormat& format = facts.format;
    Point at = coded;
    if (format.subsampled(plane)) {
        if (format.shift_x > 0) at.x = std::ldexp(coded.x - facts.site_x, -format.shift_x) + 0.5;
        if (format.shift_y > 0) at.y = std::ldexp(coded.y - facts.site_y, -format.shift_y) + 0.5;
    }
    return {std::ldexp(at.x, -picture.level.across), std::ldexp(at.y, -picture.level.down)};
}

double plane_value(const Picture& picture, int plane, Point coded, bool& unsure) {
    const Plane& samples = picture.planes->planes[static_cast<std::size_t>(plane)];
    const Point at = plane_position(picture, plane, coded);
    switch (picture.sampling) {
        case Sampling::automatic:
        case Sampling::bilinear:
            return sample_bilinear(samples, at.x, at.y);
        case Sampling::smooth:
            return sample_triangle(samples, at.x, at.y, picture.half_width_x, picture.half_width_y);
        case Sampling::nearest:
            unsure = unsure || is_near_boundary(at.x) || is_near_boundary(at.y);
            return sample_nearest(samples, at.x, at.y);
        case Sampling::bicubic:
            return sample_bicubic(samples, at.x, at.y);
    }
    return 0;
}

Rgba picture_at(const Picture& picture, Point output) {
    const MediaFacts& facts = *picture.facts;
    Point coded = picture.to_coded(output);
    coded.x = std::clamp(coded.x, picture.inside.left, picture.inside.right);
    coded.y = std::clamp(coded.y, picture.inside.top, picture.inside.bottom);
    const CodeRange luma = luma_range(facts.format.depth, facts.full_range);
    const CodeRange chroma = chroma_range(facts.format.depth, facts.full_range);
    Rgba colour;
    colour.a = 1;
    if (facts.format.alpha) {
        const double code =
            plane_value(picture, facts.format.plane_count() - 1, coded, colour.unsure);
        colour.a = std::clamp(code / ((1 << facts.format.depth) - 1), 0.0, 1.0);
    }
    const double first = luma.value(plane_value(picture, 0, coded, colour.unsure));
    Triple rgb{first, first, first};
    if (facts.format.family == Family::yuv) {
        rgb = yuv_to_rgb(facts.matrix, {first, chroma.value(plane_value(picture, 1, coded, colour.unsure)),
                                        chroma.value(plane_value(picture, 2, coded, colour.unsure))});
    } else if (facts.format.family == Family::rgb) {
        rgb = {first, luma.value(plane_value(picture, 1, coded, colour.unsure)),
               luma.value(plane_value(picture, 2, coded, colour.unsure))};
    }
    colour.r = rgb.first;
    colour.g = rgb.second;
    colour.b = rgb.third;
    return colour;
}

}  // namespace

double coverage_at(const Layer& layer, Point output) {
    const Point at = layer.to_source(output);
    const double det = std::abs(layer.to_output.determinant());
    // Output pixels per source pixel, across the left and right edges, then the top and bottom.
    const double across = det / layer.to_output.column1_length();
    const double down = det / layer.to_output.column0_length();
    const double left = edge_share(layer.edges[left_side], (at.x - layer.rect.left) * across);
    const double right = edge_share(layer.edges[right_side], (layer.rect.right - at.x) * across);
    const double top = edge_share(layer.edges[top_side], (at.y - layer.rect.top) * down);
    const double bottom = edge_share(layer.edges[bottom_side], (layer.rect.bottom - at.y) * down);
    return std::max(0.0, left + right - 1) * std::max(0.0, top + bottom - 1);
}

namespace {

Rgba sum(const Rgba& a, double wa, const Rgba& b, double wb) {
    return {a.r * wa + b.r * wb, a.g * wa + b.g * wb, a.b * wa + b.b * wb, a.a * wa + b.a * wb,
            (a.unsure && wa > 0) || (b.unsure && wb > 0)};
}

/// The weight of what comes.
double mix_weight(const Mix& mix, Point output) {
    if (mix.type == "dissolve") return mix.progress;
    const Point at = mix.to_comp(output);
    // Comp pixels for one output pixel to the right and down.
    const Point x = mix.to_comp.direction({1, 0});
    const Point y = mix.to_comp.direction({0, 1});
    double q = 0;
    double pixel = 0;
    if (mix.type == "iris") {
        const double half = std::hypot(mix.width, mix.height) / 2;
        q = std::hypot(at.x - mix.width / 2, at.y - mix.height / 2) / half;
        pixel = std::sqrt(std::abs(x.x * y.y - x.y * y.x)) / half;
    } else if (mix.type == "wipe-right" || mix.type == "wipe-left") {
        q = mix.type == "wipe-right" ? at.x / mix.width : 1 - at.x / mix.width;
        pixel = std::hypot(x.x, y.x) / mix.width;
    } else {
        q = mix.type == "wipe-down" ? at.y / mix.height : 1 - at.y / mix.height;
        pixel = std::hypot(x.y, y.y) / mix.height;
    }
    const double s = mix.softness;
    return std::clamp((mix.progress * (1 + s) - q) / std::max(s, pixel), 0.0, 1.0);
}

/// The same colour, each component of which is |v|^power with the sign of v.
Rgba in_light(const Rgba& p, double power) {
    if (p.a <= 1e-9) return {0, 0, 0, p.a, p.unsure};
    const auto light = [&](double v) {
        double straight = v / p.a;
        if (power > 1) straight = std::clamp(straight, -1.5, 2.5);
        return std::copysign(std::pow(std::abs(straight), power), v) * p.a;
    };
    return {light(p.r), light(p.g), light(p.b), p.a, p.unsure};
}

/// What the matte leaves, 0..1.
double matte_value(const Layer& layer, Point output, bool& unsure) {
    const Rgba m = composite_at(*layer.matte, output);
    unsure = unsure || m.unsure;
    double value = m.a;
    if (layer.matte_luma && m.a > 1e-9) {
        const auto part = [&](double v) { return std::clamp(v / m.a, 0.0, 1.0); };
        value *= 0.2126 * part(m.r) + 0.7152 * part(m.g) + 0.0722 * part(m.b);
    }
    return layer.matte_inverted ? 1 - value : value;
}

/// Everything that a layer's source is multiplied by.
double weight_at(const Layer& layer, Point output, bool& unsure) {
    double weight = layer.opacity * coverage_at(layer, output);
    if (weight > 0 && !layer.masks.empty())
        weight *= mask_value(layer.masks, layer.to_source, output);
    if (weight > 0 && layer.matte) weight *= matte_value(layer, output, unsure);
    return weight;
}

Rgba source_at(const Layer& layer, Point output, bool linear);

/// A layer over nothing.
Rgba side_at(const std::shared_ptr<Layer>& side, Point output, bool linear) {
    if (!side) return {};
    bool unsure = false;
    const double weight = weight_at(*side, output, unsure);
    if (weight <= 0) return {};
    Rgba shown = over({}, source_at(*side, output, linear), weight);
    shown.unsure = shown.unsure || unsure;
    return shown;
}

Rgba mix_at(const Mix& mix, Point output, bool linear) {
    const Rgba colour = linear ? in_light(mix.colour, 2.4) : mix.colour;
    const double p = mix.progress;
    if (mix.type == "dip") {
        return p < 0.5 ? sum(side_at(mix.leaving, output, linear), 1 - 2 * p, colour, 2 * p)
                       : sum(colour, 2 - 2 * p, side_at(mix.coming, output, linear), 2 * p - 1);
    }
    const Rgba leaving = side_at(mix.leaving, output, linear);
    const Rgba coming = side_at(mix.coming, output, linear);
    const bool covers = mix.type.rfind("slide-", 0) == 0 || mix.type.rfind("push-", 0) == 0;
    if (covers) return over(leaving, coming, 1);
    const double weight = mix_weight(mix, output);
    return sum(leaving, 1 - weight, coming, weight);
}

Rgba plain_source_at(const Layer& layer, Point output) {
    if (const auto* solid = std::get_if<Rgba>(&layer.source)) return *solid;
    if (const auto* picture = std::get_if<Picture>(&layer.source))
        return picture_at(*picture, output);
    if (const auto* raster = std::get_if<Raster>(&layer.source)) return raster_at(*raster, output);
    return composite_at(*std::get<std::shared_ptr<Group>>(layer.source), output);
}

/// With the layer's effects.
Rgba changed_by(const Layer& layer, const Rgba& p) {
    if (layer.effects.empty()) return p;
    if (p.a <= 1e-6) return {0, 0, 0, p.a, p.unsure};
    bool unsure = p.unsure;
    const Rgb c = changed(layer.effects, {p.r / p.a, p.g / p.a, p.b / p.a}, unsure);
    return {c[0] * p.a, c[1] * p.a, c[2] * p.a, p.a, unsure};
}

Rgba source_at(const Layer& layer, Point output, bool linear) {
    if (const auto* mix = std::get_if<Mix>(&layer.source)) return mix_at(*mix, output, linear);
    const Rgba source = changed_by(layer, plain_source_at(layer, output));
    return linear ? in_light(source, 2.4) : source;
}

Layered layered_of(const Rgba& c) {
    return {.c = {c.r, c.g, c.b}, .a = c.a, .unsure = c.unsure};
}

}  // namespace

Rgba composite_at(const Group& group, Point output) {
    Rgba result = group.linear ? in_light(group.background, 2.4) : group.background;
    for (const Layer& layer : group.layers) {
        const bool is_mix = std::holds_alternative<Mix>(layer.source);
        bool unsure = false;
        const double weight = is_mix ? 1 : weight_at(layer, output, unsure);
        if (weight <= 0) {
            if (is_stencil(layer.blend)) result = {};
            continue;
        }
        if (std::holds_alternative<Adjustment>(layer.source)) {
            const Rgba codes = group.linear ? in_light(result, 1 / 2.4) : result;
            const Rgba after = changed_by(layer, codes);
            result = sum(result, 1 - weight, group.linear ? in_light(after, 2.4) : after, weight);
            continue;
        }
        Rgba source = source_at(layer, output, group.linear);
        source.unsure = source.unsure || unsure;
        if (layer.blend == Blend::normal) {
            result = over(result, source, weight);
            continue;
        }
        const double dice = dissolve_dice(output.x, output.y, layer.frame, layer.track);
        const Layered mixed =
            layered(layer.blend, layered_of(result), layered_of(source), weight, dice);
        result = {mixed.c[0], mixed.c[1], mixed.c[2], mixed.a, mixed.unsure};
    }
    return group.linear && !group.stays_linear ? in_light(result, 1 / 2.4) : result;
}

}  // namespace reelpool::reference
