#include "levels.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reelpool::reference {
namespace {

/// Sums that are not rounded yet.
struct Sums {
    int width = 0;
    int height = 0;
    std::vector<std::uint64_t> values;

    [[nodiscard]] std::uint64_t at(int x, int y) const {
        x = std::min(x, width - 1);
        y = std::min(y, height - 1);
        return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                      static_cast<std::size_t>(x)];
    }
};

Sums pairs(const Sums& from, int step_x, int step_y) {
    Sums to;
    to.width = (from.width + step_x - 1) / step_x;
    to.height = (from.height + step_y - 1) / step_y;
    for (int y = 0; y < to.height; ++y) {
        for (int x = 0; x < to.width; ++x) {
            // at() repeats the last sample, which pairs an odd last one (or a single one, which
            // then keeps its value) with itself.
            to.values.push_back(from.at(x * step_x, y * step_y) +
                                from.at(x * step_x + step_x - 1, y * step_y + step_y - 1));
        }
    }
    return to;
}

int halvings(double length) {
    if (length >= 1) return 0;
    return std::max(0, static_cast<int>(std::floor(std::log2(1 / length) + 1e-6)));
}

}  // namespace

Level level_for(double column0_length, double column1_length) {
    return {.across = halvings(column0_length), .down = halvings(column1_length)};
}

Plane halved(const Plane& plane, Level level) {
    if (level == Level{}) return plane;
    Sums sums{.width = plane.width, .height = plane.height, .values = {}};
    sums.values.assign(plane.samples.begin(), plane.samples.end());
    for (int k = 0; k < level.across; ++k) sums = pairs(sums, 2, 1);
    for (int k = 0; k < level.down; ++k) sums = pairs(sums, 1, 2);
    const int shift = level.across + level.down;
    const std::uint64_t half = std::uint64_t{1} << (shift - 1);
    Plane out{.width = sums.width, .height = sums.height, .samples = {}};
    for (const std::uint64_t sum : sums.values) {
        out.samples.push_back(static_cast<std::uint16_t>((sum + half) >> shift));
    }
    return out;
}

PlanarFrame halved(const PlanarFrame& frame, Level level) {
    PlanarFrame out;
    for (const Plane& plane : frame.planes) out.planes.push_back(halved(plane, level));
    return out;
}

}  // namespace reelpool::reference
