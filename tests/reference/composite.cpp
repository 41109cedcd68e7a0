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

double plane_value(const Picture& picture, int plane, Point coded) {
    const Plane& samples = picture.planes->planes[static_cast<std::size_t>(plane)];
    const Point at = plane_position(picture, plane, coded);
    switch (picture.sampling) {
        case Sampling::automatic:
        case Sampling::bilinear:
            return sample_bilinear(samples, at.x, at.y);
        case Sampling::smooth:
            return sample_triangle(samples, at.x, at.y, picture.half_width_x, picture.half_width_y);
        case Sampling::nearest:
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
        colour.a = plane_value(picture, facts.format.plane_count() - 1, coded) /
                   ((1 << facts.format.depth) - 1);
    }
    const double first = luma.value(plane_value(picture, 0, coded));
    Triple rgb{first, first, first};
    if (facts.format.family == Family::yuv) {
        rgb = yuv_to_rgb(facts.matrix, {first, chroma.value(plane_value(picture, 1, coded)),
                                        chroma.value(plane_value(picture, 2, coded))});
    } else if (facts.format.family == Family::rgb) {
        rgb = {first, luma.value(plane_value(picture, 1, coded)),
               luma.value(plane_value(picture, 2, coded))};
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

Rgba source_at(const Layer& layer, Point output) {
    if (const auto* solid = std::get_if<Rgba>(&layer.source)) return *solid;
    if (const auto* picture = std::get_if<Picture>(&layer.source))
        return picture_at(*picture, output);
    if (const auto* raster = std::get_if<Raster>(&layer.source)) return raster_at(*raster, output);
    return composite_at(*std::get<std::shared_ptr<Group>>(layer.source), output);
}

Layered layered_of(const Rgba& c) {
    return {.c = {c.r, c.g, c.b}, .a = c.a, .unsure = c.unsure};
}

}  // namespace

Rgba composite_at(const Group& group, Point output) {
    Rgba result = group.background;
    for (const Layer& layer : group.layers) {
        const double weight = layer.opacity * coverage_at(layer, output);
        if (weight <= 0) {
            if (is_stencil(layer.blend)) result = {};
            continue;
        }
        const Rgba source = source_at(layer, output);
        if (layer.blend == Blend::normal) {
            result = over(result, source, weight);
            continue;
        }
        const double dice = dissolve_dice(output.x, output.y, layer.frame, layer.track);
        const Layered mixed =
            layered(layer.blend, layered_of(result), layered_of(source), weight, dice);
        result = {mixed.c[0], mixed.c[1], mixed.c[2], mixed.a, mixed.unsure};
    }
    return result;
}

}  // namespace reelpool::reference
