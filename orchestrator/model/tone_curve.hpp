#pragma once

#include <array>
#include <vector>

namespace reelpool::model {

/// A curve through points (x, y) whose x increase strictly: monotone between any two of them, level
/// outside.
/// Source: Fritsch, Carlson: Monotone Piecewise Cubic Interpolation, SIAM J. Numer. Anal. 17 (1980).
class ToneCurve {
  public:
    using Point = std::array<double, 2>;
    /// At least two points.
    explicit ToneCurve(std::vector<Point> points);

    [[nodiscard]] double at(double x) const;

  private:
    std::vector<Point> points_;
    std::vector<double> slopes_;  ///< at the points
};

}  // namespace reelpool::model
