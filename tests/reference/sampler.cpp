#include "sampler.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace reelpool::reference {
namespace {

double clamped(const Plane& plane, int x, int y) {
    return plane.at(std::clamp(x, 0, plane.width - 1), std::clamp(y, 0, plane.height - 1));
}

/// The triangle's taps along one axis: sample numbers from `first`, weights summing to 1.
struct Taps {
    static constexpr int most = 16;
    int first = 0;
    int count = 0;
    std::array<double, most> weights{};
};

Taps triangle_taps(double position, double half_width) {
    Taps taps;
    const double centre = position - 0.5;
    taps.first = static_cast<int>(std::floor(centre - half_width)) + 1;
    double sum = 0;
    for (int k = taps.first; k < centre + half_width && taps.count < Taps::most; ++k) {
        const double weight = 1 - std::abs(k - centre) / half_width;
        taps.weights[static_cast<std::size_t>(taps.count++)] = weight;
        sum += weight;
    }
    for (double& weight : taps.weights) weight /= sum;
    return taps;
}

Taps catmull_rom_taps(double position) {
    Taps taps;
    const double centre = position - 0.5;
    const double whole = std::floor(centre);
    const double t = centre - whole;
    taps.first = static_cast<int>(whole) - 1;
    taps.count = 4;
    taps.weights[0] = ((-0.5 * t + 1.0) * t - 0.5) * t;
    taps.weights[1] = (1.5 * t - 2.5) * t * t + 1.0;
    taps.weights[2] = ((-1.5 * t + 2.0) * t + 0.5) * t;
    taps.weights[3] = (0.5 * t - 0.5) * t * t;
    return taps;
}

double weighted(const Plane& plane, const Taps& across, const Taps& down) {
    double sum = 0;
    for (int j = 0; j < down.count; ++j) {
        double row = 0;
        for (int i = 0; i < across.count; ++i) {
            row += across.weights[static_cast<std::size_t>(i)] *
                   clamped(plane, across.first + i, down.first + j);
        }
        sum += down.weights[static_cast<std::size_t>(j)] * row;
    }
    return sum;
}

}  // namespace

double sample_bilinear(const Plane& plane, double x, double y) {
    const double left = std::floor(x - 0.5);
    const double top = std::floor(y - 0.5);
    const double fx = x - 0.5 - left;
    const double fy = y - 0.5 - top;
    const int ix = static_cast<int>(std::clamp(left, -2.0, double(plane.width)));
    const int iy = static_cast<int>(std::clamp(top, -2.0, double(plane.height)));
    return (1 - fy) * ((1 - fx) * clamped(plane, ix, iy) + fx * clamped(plane, ix + 1, iy)) +
           fy * ((1 - fx) * clamped(plane, ix, iy + 1) + fx * clamped(plane, ix + 1, iy + 1));
}

double sample_triangle(const Plane& plane, double x, double y, double half_width_x,
                       double half_width_y) {
    // Far outside everything is the edge sample; bounding keeps the integers small.
    x = std::clamp(x, -8.0, plane.width + 8.0);
    y = std::clamp(y, -8.0, plane.height + 8.0);
    return weighted(plane, triangle_taps(x, half_width_x), triangle_taps(y, half_width_y));
}

double sample_bicubic(const Plane& plane, double x, double y) {
    x = std::clamp(x, -8.0, plane.width + 8.0);
    y = std::clamp(y, -8.0, plane.height + 8.0);
    return weighted(plane, catmull_rom_taps(x), catmull_rom_taps(y));
}

double sample_nearest(const Plane& plane, double x, double y) {
    const double ix = std::clamp(std::floor(x), 0.0, plane.width - 1.0);
    const double iy = std::clamp(std::floor(y), 0.0, plane.height - 1.0);
    return plane.at(static_cast<int>(ix), static_cast<int>(iy));
}

bool is_near_boundary(double position) {
    return std::abs(position - std::round(position)) < 1e-4;
}

}  // namespace reelpool::reference
