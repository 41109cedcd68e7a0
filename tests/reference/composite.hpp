#pragma once

#include "scene.hpp"

namespace reelpool::reference {

/// How much of a pixel around a point (in output pixels) a layer's rectangle covers, 0..1.
[[nodiscard]] double coverage_at(const Layer& layer, Point output);

/// The composite of a group at a point in output pixels: its layers over its background.
[[nodiscard]] Rgba composite_at(const Group& group, Point output);

}  // namespace reelpool::reference
