#include "compositor/sound/time_stretch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace reelpool::compositor {
namespace {

/// Eight sums beside each other, so that the compiler can use wide registers; always in one order.
float dot(const float* a, const float* b, std::size_t count) {
    std::array<float, 8> sums{};
    std::size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (std::size_t k = 0; k < 8; ++k) sums[k] += a[i + k] * b[i + k];
    float sum = 0;
    for (const float part : sums) sum += part;
    for (; i < count; ++i) sum += a[i] * b[i];
    return sum;
}

}  // namespace

VoicePlayer::VoicePlayer(std::uint32_t rate_hz, MediaId media, std::vector<std::uint32_t> channels)
    : media_(media),
      channels_(std::move(channels)),
      hop_(grain_hop(rate_hz)),
      search_(grain_search(rate_hz)),
      leave_(rate_hz / 200) {
    for (std::size_t i = 0; i < hop_; ++i) {
        const double s = std::sin(std::numbers::pi / 2 * (double(i) + 0.5) / double(hop_));
        fade_in_.push_back(static_cast<float>(s * s));
    }
}

void VoicePlayer::play(const SampleSource& source, Resampler& resampler, const SoundRun& run,
                       std::span<const std::span<float>> out) {
    if (run.first != next_) {
        has_grain_ = false;
        leaving_.clear();
    }
    if (run.pitch == run.step)
        play_straight(source, resampler, run, out);
    else
        play_grains(source, resampler, run, out);
    next_ = run.first + run.count;
}

void VoicePlayer::play_straight(const SampleSource& source, Resampler& resampler,
                                const SoundRun& run, std::span<const std::span<float>> out) {
    if (has_grain_) leave_grains();
    for (std::size_t c = 0; c < channels_.size(); ++c)
        resampler.read(source, media_, channels_[c], run.position, run.fraction, run.step, out[c]);
    if (leaving_.empty()) return;
    const std::size_t count = std::min<std::size_t>(run.count, leave_ - left_);
    for (std::size_t c = 0; c < channels_.size(); ++c) {
        for (std::size_t i = 0; i < count; ++i) {
            const float in = (float(left_ + i) + 0.5F) / float(leave_);
            out[c][i] = out[c][i] * in + leaving_[c][left_ + i] * (1 - in);
        }
    }
    left_ += count;
    if (left_ == leave_) leaving_.clear();
}

/// What the grains would have played next.
void VoicePlayer::leave_grains() {
    leaving_.assign(channels_.size(), std::vector<float>(leave_));
    for (std::size_t c = 0; c < channels_.size(); ++c)
        for (std::size_t i = 0; i < leave_; ++i)
            leaving_[c][i] = in_grain_ + i < 2 * hop_ ? grain_value(c, in_grain_ + i) : 0.0F;
    left_ = 0;
    has_grain_ = false;
}

/// The newest grain and what is left of the one before.
float VoicePlayer::grain_value(std::size_t channel, std::size_t index) const {
    const float newest = grain_[channel][index];
    if (!has_tail_ || index >= hop_) return newest;
    return newest * fade_in_[index] + tail_[channel][index] * (1 - fade_in_[index]);
}

void VoicePlayer::play_grains(const SampleSource& source, Resampler& resampler,
                              const SoundRun& run, std::span<const std::span<float>> out) {
    leaving_.clear();
    std::size_t done = 0;
    while (done < run.count) {
        if (!has_grain_ || in_grain_ == hop_)
            begin_grain(source, resampler, run, run.fraction + run.step * double(done));
        const std::size_t count = std::min(run.count - done, hop_ - in_grain_);
        for (std::size_t c = 0; c < channels_.size(); ++c)
            for (std::size_t i = 0; i < count; ++i)
                out[c][done + i] = grain_value(c, in_grain_ + i);
        in_grain_ += count;
        done += count;
    }
}

void VoicePlayer::begin_grain(const SampleSource& source, Resampler& resampler,
                              const SoundRun& run, double at) {
    has_tail_ = has_grain_;
    if (has_grain_) {
        tail_.resize(channels_.size());
        for (std::size_t c = 0; c < channels_.size(); ++c)
            tail_[c].assign(grain_[c].begin() + static_cast<std::ptrdiff_t>(hop_), grain_[c].end());
    }
    // The region begins `search_` samples before the grain's place, in the direction of playing.
    const double begin = at - run.pitch * double(has_tail_ ? search_ : 0);
    double whole = std::floor(begin);
    double fraction = begin - whole;
    // A grain of plain samples need not lie between them.
    if (std::abs(run.pitch) == 1) {
        whole = std::floor(begin + 0.5);
        fraction = 0;
    }
    const std::size_t length = 2 * hop_ + (has_tail_ ? 2 * search_ : 0);
    region_.assign(channels_.size(), std::vector<float>(length));
    for (std::size_t c = 0; c < channels_.size(); ++c)
        resampler.read(source, media_, channels_[c],
                       run.position + static_cast<std::int64_t>(whole), fraction, run.pitch,
                       region_[c]);
    const std::size_t offset = has_tail_ ? best_offset() : 0;
    grain_.resize(channels_.size());
    for (std::size_t c = 0; c < channels_.size(); ++c) {
        const auto from = region_[c].begin() + static_cast<std::ptrdiff_t>(offset);
        grain_[c].assign(from, from + static_cast<std::ptrdiff_t>(2 * hop_));
    }
    has_grain_ = true;
    in_grain_ = 0;
}

/// Where the region is most like the tail: the largest normalised correlation, of all channels
/// together; of equal ones the nearest to the place that was meant.
std::size_t VoicePlayer::best_offset() const {
    const std::size_t candidates = 2 * search_ + 1;
    std::vector<float> likeness(candidates, 0.0F);
    std::vector<double> energy(candidates, 0.0);
    for (std::size_t c = 0; c < channels_.size(); ++c) {
        const std::vector<float>& region = region_[c];
        double sum = 0;
        for (std::size_t i = 0; i < hop_; ++i) sum += double(region[i]) * double(region[i]);
        for (std::size_t d = 0; d < candidates; ++d) {
            likeness[d] += dot(tail_[c].data(), region.data() + d, hop_);
            energy[d] += std::max(0.0, sum);
            if (d + 1 == candidates) break;
            sum += double(region[d + hop_]) * double(region[d + hop_]) -
                   double(region[d]) * double(region[d]);
        }
    }
    std::size_t best = search_;
    double best_score = 0;
    const auto look_at = [&](std::size_t d) {
        if (energy[d] <= 1e-12) return;
        const double score = double(likeness[d]) / std::sqrt(energy[d]);
        if (score <= best_score * (1 + 1e-6)) return;
        best = d;
        best_score = score;
    };
    look_at(search_);
    for (std::size_t away = 1; away <= search_; ++away) {
        look_at(search_ - away);
        look_at(search_ + away);
    }
    return best;
}

}  // namespace reelpool::compositor
