#pragma once

#include "pixel_format.hpp"

namespace reelpool::reference {

/// A picture level: halved `across` times in x and `down` times in y.
struct Level {
    int across = 0;
    int down = 0;

    friend auto operator<=>(const Level&, const Level&) = default;
};

/// The smallest level that is still at least as large as it is shown, from the lengths of the
/// columns of the matrix from coded pixels to output pixels.
[[nodiscard]] Level level_for(double column0_length, double column1_length);

/// Halves one plane in its own grid: exact sums, an odd last sample paired with itself at each
/// halving, rounded once: (sum + half) >> (across + down).
[[nodiscard]] Plane halved(const Plane& plane, Level level);

/// Halves every plane.
[[nodiscard]] PlanarFrame halved(const PlanarFrame& frame, Level level);

}  // namespace reelpool::reference
