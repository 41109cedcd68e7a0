#pragma once

#include "pixel_format.hpp"
#include "project.hpp"

namespace reelpool::reference {

/// The value of a plane at a position, sample k being centred at k + 0.5; neighbours beyond the
/// plane are its edge samples.
[[nodiscard]] double sample_bilinear(const Plane& plane, double x, double y);

/// A triangle of the given half-widths (in samples, at least 1), weights scaled to sum 1.
[[nodiscard]] double sample_triangle(const Plane& plane, double x, double y, double half_width_x,
                                     double half_width_y);

/// Catmull-Rom.
[[nodiscard]] double sample_bicubic(const Plane& plane, double x, double y);

/// The sample at floor(position).
[[nodiscard]] double sample_nearest(const Plane& plane, double x, double y);
/// So near the boundary between two samples that rounding decides which one is nearest.
[[nodiscard]] bool is_near_boundary(double position);

}  // namespace reelpool::reference
