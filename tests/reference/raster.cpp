#include "raster.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "composite.hpp"
#include "sampler.hpp"

namespace reelpool::reference {
namespace {

Rgba weighted_sum(const Rgba& a, double wa, const Rgba& b, double wb) {
    return {wa * a.r + wb * b.r, wa * a.g + wb * b.g, wa * a.b + wb * b.b, wa * a.a + wb * b.a,
            (a.unsure && wa != 0) || (b.unsure && wb != 0)};
}

/// Means of neighbours along one axis, an odd last one with itself.
RasterImage halved(const RasterImage& image, int step_x, int step_y) {
    RasterImage half{.width = (image.width + step_x - 1) / step_x,
                     .height = (image.height + step_y - 1) / step_y,
                     .pixels = {}};
    for (int y = 0; y < half.height; ++y) {
        for (int x = 0; x < half.width; ++x) {
            const Rgba& one = image.at(step_x * x, step_y * y);
            const Rgba& other = image.at(step_x * x + step_x - 1, step_y * y + step_y - 1);
            half.pixels.push_back(weighted_sum(one, 0.5, other, 0.5));
        }
    }
    return half;
}

RasterImage drawn(const Raster& raster) {
    RasterImage image{.width = raster.width, .height = raster.height, .pixels = {}};
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            image.pixels.push_back(composite_at(*raster.canvas, {x + 0.5, y + 0.5}));
        }
    }
    for (int k = 0; k < raster.level.across; ++k) image = halved(image, 2, 1);
    for (int k = 0; k < raster.level.down; ++k) image = halved(image, 1, 2);
    return image;
}

/// Of sample `k`: the triangle of half-width `half` around `centre`, or Catmull-Rom.
double weight_of(Sampling sampling, int k, double centre, double half) {
    const double d = std::abs(k + 0.5 - centre);
    if (sampling != Sampling::bicubic) return std::max(0.0, 1 - d / half);
    if (d < 1) return ((1.5 * d - 2.5) * d) * d + 1;
    return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

Rgba filtered(const RasterImage& image, Point at, Sampling sampling, double half_x,
              double half_y) {
    Rgba sum;
    double weights = 0;
    const int reach_x = static_cast<int>(std::ceil(half_x)) + 2;
    const int reach_y = static_cast<int>(std::ceil(half_y)) + 2;
    const int middle_x = static_cast<int>(std::floor(at.x));
    const int middle_y = static_cast<int>(std::floor(at.y));
    for (int l = middle_y - reach_y; l <= middle_y + reach_y; ++l) {
        const double row = weight_of(sampling, l, at.y, half_y);
        if (row == 0) continue;
        for (int k = middle_x - reach_x; k <= middle_x + reach_x; ++k) {
            const double weight = row * weight_of(sampling, k, at.x, half_x);
            if (weight == 0) continue;
            sum = weighted_sum(sum, 1, image.at(k, l), weight);
            weights += weight;
        }
    }
    Rgba mean = weighted_sum(sum, 1 / weights, {}, 0);
    mean.a = std::clamp(mean.a, 0.0, 1.0);
    return mean;
}

}  // namespace

const Rgba& RasterImage::at(int x, int y) const {
    x = std::clamp(x, 0, width - 1);
    y = std::clamp(y, 0, height - 1);
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
}

void draw_rasters(Group& group) {
    for_each_layer(group, [](Layer& layer) {
        if (auto* raster = std::get_if<Raster>(&layer.source)) {
            draw_rasters(*raster->canvas);
            raster->image = std::make_shared<const RasterImage>(drawn(*raster));
        } else if (auto* inner = std::get_if<std::shared_ptr<Group>>(&layer.source)) {
            draw_rasters(**inner);
        }
    });
}

Rgba raster_at(const Raster& raster, Point output) {
    Point at = raster.to_canvas(output);
    at.x = std::clamp(at.x, raster.inside.left, raster.inside.right);
    at.y = std::clamp(at.y, raster.inside.top, raster.inside.bottom);
    // Far outside everything is the edge sample; bounding keeps the integers small.
    at.x = std::clamp(std::ldexp(at.x, -raster.level.across), -8.0, raster.image->width + 8.0);
    at.y = std::clamp(std::ldexp(at.y, -raster.level.down), -8.0, raster.image->height + 8.0);
    if (raster.sampling == Sampling::nearest) {
        Rgba found = raster.image->at(static_cast<int>(std::floor(at.x)),
                                      static_cast<int>(std::floor(at.y)));
        found.unsure = found.unsure || is_near_boundary(at.x) || is_near_boundary(at.y);
        return found;
    }
    if (raster.sampling == Sampling::smooth)
        return filtered(*raster.image, at, raster.sampling, raster.half_width_x,
                        raster.half_width_y);
    return filtered(*raster.image, at, raster.sampling, 1, 1);
}

}  // namespace reelpool::reference
