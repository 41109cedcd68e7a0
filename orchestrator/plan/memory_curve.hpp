#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace reelpool::plan {

/// The share of the cache that is held at every output frame from a first one on.
class MemoryCurve {
  public:
    MemoryCurve(std::uint32_t begin, std::uint32_t frames) : begin_(begin), steps_(frames + 1) {}
    void clear() { std::fill(steps_.begin(), steps_.end(), 0.0); }
    /// Held from output frame `from` to `until`, both included.
    void add(std::uint32_t from, std::uint32_t until, double share) {
        const std::size_t last = steps_.size() - 1;
        steps_[std::min<std::size_t>(last, from < begin_ ? 0 : from - begin_)] += share;
        steps_[std::min<std::size_t>(last, until < begin_ ? 0 : until - begin_ + 1)] -= share;
    }
    [[nodiscard]] double peak() const {
        double now = 0;
        double most = 0;
        for (const double step : steps_) most = std::max(most, now += step);
        return most;
    }
    /// Of every output frame from the first one on.
    [[nodiscard]] std::vector<double> shares() const {
        std::vector<double> result(steps_.size());
        std::partial_sum(steps_.begin(), steps_.end(), result.begin());
        return result;
    }

  private:
    std::uint32_t begin_;
    std::vector<double> steps_;
};

}  // namespace reelpool::plan
