#include "compositor/sound/limiter.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numbers>

namespace reelpool::compositor {
namespace {

/// Samples on each side that a point between two is made of.
constexpr std::size_t reach = 12;
constexpr int points_between = 4;

/// The smallest of the values within `radius` of each.
std::vector<double> lowest_around(const std::vector<double>& values, std::size_t radius) {
    std::vector<double> lowest(values.size());
    std::deque<std::size_t> window;  // rising values
    std::size_t next = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        for (; next < values.size() && next <= i + radius; ++next) {
            while (!window.empty() && values[window.back()] >= values[next]) window.pop_back();
            window.push_back(next);
        }
        while (window.front() + radius < i) window.pop_front();
        lowest[i] = values[window.front()];
    }
    return lowest;
}

}  // namespace

Limiter::Limiter(std::uint32_t rate_hz, std::uint32_t channels, double gain, double ceiling)
    : ahead_(std::max<std::size_t>(1, rate_hz / 200)),
      gain_(gain),
      ceiling_(ceiling),
      recovery_(1 - std::exp(-10.0 / rate_hz)),
      waiting_(channels) {
    for (int phase = 1; phase < points_between; ++phase) {
        std::vector<double>& taps = phases_.emplace_back();
        for (std::size_t k = 0; k < 2 * reach; ++k) {
            const double x = double(k) - double(reach - 1) - double(phase) / points_between;
            const double angle = std::numbers::pi * x;
            const double window = std::cos(angle / (2 * double(reach)));
            taps.push_back(std::sin(angle) / angle * window * window);
        }
    }
}

/// The highest absolute value from sample `index` on, up to the next one.
double Limiter::peak_at(std::size_t index) const {
    double peak = 0;
    for (const std::vector<double>& row : waiting_) {
        double near = 0;
        const std::size_t low = index >= reach - 1 ? index - (reach - 1) : 0;
        for (std::size_t k = low; k <= index + reach; ++k) near = std::max(near, std::abs(row[k]));
        peak = std::max(peak, std::abs(row[index]));
        // A windowed sinc never doubles what it sees.
        if (2 * near <= peak || index < reach - 1) continue;
        for (const std::vector<double>& taps : phases_) {
            double sum = 0;
            for (std::size_t k = 0; k < taps.size(); ++k) sum += taps[k] * row[low + k];
            peak = std::max(peak, std::abs(sum));
        }
    }
    return peak;
}

Limiter::Rows Limiter::push(const Rows& samples) {
    return run(samples, 0);
}

Limiter::Rows Limiter::finish() {
    return run(Rows(waiting_.size()), reach + 2 * ahead_);
}

Limiter::Rows Limiter::run(const Rows& samples, std::size_t pad) {
    for (std::size_t c = 0; c < waiting_.size(); ++c) {
        for (const float sample : samples[c]) waiting_[c].push_back(double(sample) * gain_);
        waiting_[c].insert(waiting_[c].end(), pad, 0.0);
    }
    const std::size_t size = waiting_.front().size();
    for (std::size_t i = wanted_.size(); i + reach < size; ++i) {
        const double peak = peak_at(i);
        const double most = peak > ceiling_ ? ceiling_ / peak : 1.0;
        last_wanted_ = std::min(most, last_wanted_ + (1 - last_wanted_) * recovery_);
        wanted_.push_back(last_wanted_);
    }
    // A sample may leave when all within two looks of it are known.
    const std::size_t end = wanted_.size() > 2 * ahead_ ? wanted_.size() - 2 * ahead_ : 0;
    Rows out(waiting_.size());
    if (end <= begun_) return out;
    const std::vector<double> lowest = lowest_around(wanted_, ahead_);
    // The mean of the lowest ones around: never above what the sample itself may have.
    std::vector<double> sums(lowest.size() + 1, 0.0);
    for (std::size_t i = 0; i < lowest.size(); ++i) sums[i + 1] = sums[i] + (1 - lowest[i]);
    for (std::size_t i = begun_; i < end; ++i) {
        const std::size_t from = i >= ahead_ ? i - ahead_ : 0;
        const std::size_t to = std::min(lowest.size(), i + ahead_ + 1);
        const double down = (sums[to] - sums[from]) / double(to - from);
        for (std::size_t c = 0; c < waiting_.size(); ++c)
            out[c].push_back(static_cast<float>(waiting_[c][i] * (down > 1e-12 ? 1 - down : 1.0)));
    }
    // What later samples look back at stays.
    begun_ = end;
    const std::size_t kept = 2 * ahead_ + reach;
    if (begun_ > kept) {
        const auto drop = static_cast<std::ptrdiff_t>(begun_ - kept);
        for (auto& row : waiting_) row.erase(row.begin(), row.begin() + drop);
        wanted_.erase(wanted_.begin(), wanted_.begin() + drop);
        begun_ = kept;
    }
    return out;
}

}  // namespace reelpool::compositor
