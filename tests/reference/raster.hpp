#pragma once

#include <vector>

#include "scene.hpp"

namespace reelpool::reference {

/// A rasterized comp's picture at one level: premultiplied colours, never rounded or clamped.
struct RasterImage {
    int width = 0;
    int height = 0;
    std::vector<Rgba> pixels;

    /// Beyond its edges are its edge pixels.
    [[nodiscard]] const Rgba& at(int x, int y) const;
};

/// Draws the canvases of all rasterized comps in a bound group, deepest first, at their levels.
void draw_rasters(Group& group);

/// The picture at a point in the pixels of whatever shows it.
[[nodiscard]] Rgba raster_at(const Raster& raster, Point output);

}  // namespace reelpool::reference
