#include "orchestrator/model/tone_curve.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace reelpool::model {

ToneCurve::ToneCurve(std::vector<Point> points) : points_(std::move(points)) {
    const std::size_t last = points_.size() - 1;
    std::vector<double> secants;
    for (std::size_t k = 0; k < last; ++k)
        secants.push_back((points_[k + 1][1] - points_[k][1]) /
                          (points_[k + 1][0] - points_[k][0]));
    slopes_.push_back(secants.front());
    for (std::size_t k = 1; k < last; ++k) {
        const bool turns = secants[k - 1] * secants[k] <= 0;
        slopes_.push_back(turns ? 0 : (secants[k - 1] + secants[k]) / 2);
    }
    slopes_.push_back(secants.back());
    for (std::size_t k = 0; k < last; ++k) {
        if (secants[k] == 0) {
            slopes_[k] = slopes_[k + 1] = 0;
            continue;
        }
        const double length = std::hypot(slopes_[k], slopes_[k + 1]) / std::abs(secants[k]);
        if (length <= 3) continue;
        slopes_[k] *= 3 / length;
        slopes_[k + 1] *= 3 / length;
    }
}

double ToneCurve::at(double x) const {
    if (x <= points_.front()[0]) return points_.front()[1];
    if (x >= points_.back()[0]) return points_.back()[1];
    const auto above = std::upper_bound(points_.begin(), points_.end(), x,
                                        [](double v, const Point& p) { return v < p[0]; });
    const auto k = static_cast<std::size_t>(above - points_.begin()) - 1;
    const double width = points_[k + 1][0] - points_[k][0];
    const double t = (x - points_[k][0]) / width;
    const double u = 1 - t;
    return points_[k][1] * (1 + 2 * t) * u * u + width * slopes_[k] * t * u * u +
           points_[k + 1][1] * t * t * (3 - 2 * t) - width * slopes_[k + 1] * t * t * u;
}

}  // namespace reelpool::model
