#pragma once

#include <vector>

#include "affine.hpp"

namespace reelpool::reference {

/// A mask's shape as a polygon of many corners, in mask pixels, and what is made of it.
struct MaskOutline {
    enum class Mode { add, subtract, intersect };

    Mode mode = Mode::add;
    bool inverted = false;
    double feather = 0;
    double expansion = 0;
    double opacity = 1;
    std::vector<Point> corners;
};

/// Appends points of the ellipse, or of the curve (all but its last one).
void add_ellipse(std::vector<Point>& corners, Point centre, double width, double height);
void add_curve(std::vector<Point>& corners, Point from, Point handle, Point other_handle, Point to);

/// What the masks leave at a position, 0..1. `to_mask`: output pixels to mask pixels.
[[nodiscard]] double mask_value(const std::vector<MaskOutline>& masks, const Affine& to_mask,
                                Point output);

}  // namespace reelpool::reference
