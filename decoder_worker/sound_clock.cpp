#include "decoder_worker/sound_clock.hpp"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <algorithm>
#include <cstdlib>

namespace reelpool::worker {
namespace {

/// Farther out there is no sound: at 768 kHz some ten years.
constexpr std::int64_t farthest = std::int64_t{1} << 48;

}  // namespace

void SoundClock::learn(std::int64_t first, std::int64_t second, std::int64_t length) {
    // The first frame may have lost its beginning, so the grid is known from the second one on.
    anchor_ = second;
    // A grid that is not much wider than time stamps are coarse would be guessed.
    const std::int64_t tick = av_rescale_q(1, time_base_, {1, rate_hz_}) + 1;
    length_ = 2 * (tick + 1) < length ? length : 0;
    expect(first);
}

void SoundClock::expect(std::int64_t sample) {
    next_ = sample;
    is_counting_ = true;
}

bool SoundClock::is_coarse() const {
    // More than half a sample.
    return std::int64_t{2} * time_base_.num * rate_hz_ > time_base_.den;
}

std::optional<std::int64_t> SoundClock::sample_at(std::int64_t pts) const {
    if (pts == AV_NOPTS_VALUE) return std::nullopt;
    const std::int64_t sample = av_rescale_q(pts, time_base_, {1, rate_hz_});
    if (std::llabs(sample) > farthest) return std::nullopt;  // or an overflow, which is INT64_MIN
    return sample;
}

std::int64_t SoundClock::pts_before(std::int64_t sample) const {
    return av_rescale_q_rnd(sample, {1, rate_hz_}, time_base_, AV_ROUND_DOWN);
}

std::int64_t SoundClock::on_grid(std::int64_t sample) const {
    if (length_ == 0) return sample;
    const std::int64_t from_anchor = sample - anchor_;
    const std::int64_t steps =
        (from_anchor >= 0 ? from_anchor + length_ / 2 : from_anchor - length_ / 2) / length_;
    const std::int64_t snapped = anchor_ + steps * length_;
    // Both ends are rounded to ticks. Within a packet of a transport stream every frame's time is
    // guessed from the one before, rounded down: half a millisecond is what that comes to.
    const std::int64_t tick = av_rescale_q(1, time_base_, {1, rate_hz_}) + 1;
    const std::int64_t tolerance =
        std::min((length_ - 1) / 2, std::max<std::int64_t>(tick, rate_hz_ / 2000));
    return std::llabs(snapped - sample) <= tolerance ? snapped : sample;
}

std::optional<std::int64_t> SoundClock::place(std::int64_t pts, std::int64_t samples) {
    const std::optional<std::int64_t> told = sample_at(pts);
    if (!is_counting_ && !told) return std::nullopt;
    const auto milliseconds = [&](int ms) { return std::int64_t{rate_hz_} * ms / 1000; };
    const std::int64_t distance = told && is_counting_ ? *told - next_ : 0;
    const bool has_jumped = distance > milliseconds(gap_ms) || (distance < -milliseconds(gap_ms) &&
                                                                distance > -milliseconds(reset_ms));
    if (!is_counting_ || has_jumped) next_ = on_grid(*told);
    is_counting_ = true;
    const std::int64_t at = next_;
    next_ = std::min(next_ + samples, farthest);
    return at;
}

}  // namespace reelpool::worker
