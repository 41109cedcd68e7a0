#include "compositor/sound/resampler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace reelpool::compositor {
namespace {

/// Between two entries the kernel is taken as a straight line: off by less than -115 dB.
constexpr int steps_per_crossing = 1024;
constexpr double kaiser_beta = 9;
/// Of half the rate: what lies above is in the filter's slope.
constexpr double cutoff = 0.93;

/// Modified Bessel function of the first kind, order 0.
double bessel_i0(double x) {
    double sum = 1;
    double term = 1;
    for (int k = 1; term > 1e-18 * sum; ++k) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

}  // namespace

Resampler::Resampler() {
    constexpr double reach = resampler_half_taps;
    const int entries = static_cast<int>(resampler_half_taps) * steps_per_crossing + 2;
    for (int i = 0; i < entries; ++i) {
        const double x = double(i) / steps_per_crossing;
        const double angle = std::numbers::pi * cutoff * x;
        const double sinc = i == 0 ? cutoff : cutoff * std::sin(angle) / angle;
        const double inside = std::max(0.0, 1 - (x / reach) * (x / reach));
        table_.push_back(sinc * bessel_i0(kaiser_beta * std::sqrt(inside)) /
                         bessel_i0(kaiser_beta));
    }
    table_[static_cast<std::size_t>(entries) - 2] = 0;
    table_.back() = 0;
}

double Resampler::kernel(double x) const {
    const double place = std::abs(x) * steps_per_crossing;
    const auto index = static_cast<std::size_t>(place);
    if (index + 1 >= table_.size()) return 0;
    return table_[index] + (table_[index + 1] - table_[index]) * (place - double(index));
}

void Resampler::read(const SampleSource& source, MediaId media, std::uint32_t channel,
                     std::int64_t position, double fraction, double step, std::span<float> out) {
    if (out.empty()) return;
    const auto last = static_cast<std::int64_t>(out.size()) - 1;
    if (fraction == 0 && step == 1) {
        source.read(media, channel, position, out);
        return;
    }
    if (fraction == 0 && step == -1) {
        source.read(media, channel, position - last, out);
        std::reverse(out.begin(), out.end());
        return;
    }
    // Faster than the source's rate, the slower rate is the mix's.
    const double scale = std::min(1.0, 1 / std::abs(step));
    const double reach = resampler_half_taps / scale;
    const double end = fraction + step * double(last);
    const auto low = static_cast<std::int64_t>(std::floor(std::min(fraction, end) - reach));
    const auto high = static_cast<std::int64_t>(std::ceil(std::max(fraction, end) + reach)) + 1;
    samples_.resize(static_cast<std::size_t>(high - low));
    source.read(media, channel, position + low, samples_);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double at = fraction + step * double(i);
        const auto from = static_cast<std::int64_t>(std::ceil(at - reach));
        const auto to = static_cast<std::int64_t>(std::floor(at + reach));
        double sum = 0;
        for (std::int64_t k = from; k <= to; ++k)
            sum += kernel((at - double(k)) * scale) *
                   double(samples_[static_cast<std::size_t>(k - low)]);
        out[i] = static_cast<float>(sum * scale);
    }
}

}  // namespace reelpool::compositor
