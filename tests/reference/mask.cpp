#include "mask.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace reelpool::reference {
namespace {

/// How often the polygon goes around the point, by a ray to the right.
int turns_around(const std::vector<Point>& corners, Point p) {
    int turns = 0;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        const Point a = corners[i];
        const Point b = corners[(i + 1) % corners.size()];
        if ((a.y <= p.y) == (b.y <= p.y)) continue;
        const double x = a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x);
        if (x > p.x) turns += a.y <= p.y ? 1 : -1;
    }
    return turns;
}

double value_at(const MaskOutline& mask, const Affine& to_mask, Point p) {
    double nearest = std::numeric_limits<double>::infinity();
    Point normal{1, 0};
    for (std::size_t i = 0; i < mask.corners.size(); ++i) {
        const Point a = mask.corners[i];
        const Point b = mask.corners[(i + 1) % mask.corners.size()];
        const double dx = b.x - a.x;
        const double dy = b.y - a.y;
        const double squared = dx * dx + dy * dy;
        double t = 0;
        if (squared > 0) t = std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / squared, 0.0, 1.0);
        const Point off{p.x - a.x - t * dx, p.y - a.y - t * dy};
        const double distance = std::hypot(off.x, off.y);
        if (distance >= nearest) continue;
        nearest = distance;
        normal = distance > 1e-9 ? Point{off.x / distance, off.y / distance}
                                 : Point{-dy / std::sqrt(squared), dx / std::sqrt(squared)};
    }
    // Mask pixels along the normal for one output pixel: the gradient's length.
    const double pixel = std::hypot(normal.x * to_mask.a + normal.y * to_mask.c,
                                    normal.x * to_mask.b + normal.y * to_mask.d);
    const double inside = turns_around(mask.corners, p) != 0 ? nearest : -nearest;
    return std::clamp((inside + mask.expansion) / std::max(mask.feather, pixel) + 0.5, 0.0, 1.0);
}

}  // namespace

void add_ellipse(std::vector<Point>& corners, Point centre, double width, double height) {
    constexpr int pieces = 1200;
    for (int i = 0; i < pieces; ++i) {
        const double angle = i * (2 * 3.14159265358979323846 / pieces);
        corners.push_back(
            {centre.x + width / 2 * std::cos(angle), centre.y + height / 2 * std::sin(angle)});
    }
}

void add_curve(std::vector<Point>& corners, Point a, Point b, Point c, Point d) {
    const bool straight = b.x == a.x && b.y == a.y && c.x == d.x && c.y == d.y;
    const int pieces = straight ? 1 : 400;
    for (int i = 0; i < pieces; ++i) {
        // De Casteljau.
        const double t = double(i) / pieces;
        const auto between = [t](Point p, Point q) {
            return Point{p.x + (q.x - p.x) * t, p.y + (q.y - p.y) * t};
        };
        const Point ab = between(a, b);
        const Point bc = between(b, c);
        const Point cd = between(c, d);
        corners.push_back(between(between(ab, bc), between(bc, cd)));
    }
}

double mask_value(const std::vector<MaskOutline>& masks, const Affine& to_mask, Point output) {
    const Point p = to_mask(output);
    double all = masks.empty() || masks.front().mode != MaskOutline::Mode::add ? 1 : 0;
    for (const MaskOutline& mask : masks) {
        double m = value_at(mask, to_mask, p);
        if (mask.inverted) m = 1 - m;
        m *= mask.opacity;
        switch (mask.mode) {
            case MaskOutline::Mode::add:
                all = 1 - (1 - all) * (1 - m);
                break;
            case MaskOutline::Mode::subtract:
                all *= 1 - m;
                break;
            case MaskOutline::Mode::intersect:
                all *= m;
                break;
        }
    }
    return all;
}

}  // namespace reelpool::reference
