#include "compositor/sound/sample_sum.hpp"

#include <algorithm>

namespace reelpool::compositor {

void SampleSum::add(const Gains& gains, std::size_t route, std::uint64_t first,
                    std::span<const float> samples) {
    const std::size_t to = gains.routes[route].to;
    if (to >= rows_.size() || gains.points.empty()) return;
    std::vector<double>& sum = rows_[to];
    const std::uint64_t low = std::max(first, begin_);
    const std::uint64_t high = std::max(low, first + samples.size());
    if (sum.size() < high - begin_) sum.resize(high - begin_, 0.0);
    const auto gain = [&](std::size_t point) {
        return gains.gains[point * gains.routes.size() + route];
    };
    const auto inside = [&](std::uint64_t sample) { return std::clamp(sample, low, high); };
    for (std::size_t p = 0; p + 1 < gains.points.size(); ++p) {
        const std::uint64_t begin = gains.points[p];
        const double slope =
            (gain(p + 1) - gain(p)) / static_cast<double>(gains.points[p + 1] - begin);
        if (slope == 0 && gain(p) == 0) continue;
        const std::uint64_t end = inside(gains.points[p + 1]);
        for (std::uint64_t n = inside(begin); n < end; ++n)
            sum[n - begin_] +=
                double(samples[n - first]) * (gain(p) + slope * (double(n) - double(begin)));
    }
    const std::uint64_t last = gains.points.back();
    if (last >= low && last < high)
        sum[last - begin_] += double(samples[last - first]) * gain(gains.points.size() - 1);
}

SampleRows SampleSum::take(std::uint64_t end) {
    const auto count = static_cast<std::size_t>(std::max(end, begin_) - begin_);
    SampleRows out(rows_.size());
    for (std::size_t c = 0; c < rows_.size(); ++c) {
        std::vector<double>& row = rows_[c];
        const std::size_t there = std::min(count, row.size());
        out[c].reserve(count);
        for (std::size_t i = 0; i < there; ++i) out[c].push_back(static_cast<float>(row[i]));
        out[c].resize(count, 0.0F);
        row.erase(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(there));
    }
    begin_ += count;
    return out;
}

}  // namespace reelpool::compositor
