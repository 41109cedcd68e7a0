#include "compositor/sound/loudness_meter.hpp"

#include <ebur128.h>

#include <algorithm>
#include <cmath>

namespace reelpool::compositor {
namespace {

/// In the order of the bits of a layout's mask.
int meter_channel(std::uint64_t speaker) {
    using namespace reelpool::speaker;
    switch (speaker) {
        case front_left:
            return EBUR128_LEFT;
        case front_right:
            return EBUR128_RIGHT;
        case front_center:
            return EBUR128_CENTER;
        case back_left:
        case side_left:
            return EBUR128_LEFT_SURROUND;
        case back_right:
        case side_right:
            return EBUR128_RIGHT_SURROUND;
        case back_center:
            return EBUR128_Mp180;
        default:
            return EBUR128_UNUSED;  // LFE
    }
}

double decibels(double peak) {
    return peak > 0 ? std::max(silence_db, 20 * std::log10(peak)) : silence_db;
}

Unexpected no_memory() {
    return unexpected({.code = ErrorCode::retryable,
                       .component = Component::encoder,
                       .subject = {},
                       .what = "the loudness cannot be measured",
                       .cause = "no memory",
                       .hint = {}});
}

}  // namespace

struct LoudnessMeter::State {
    ebur128_state* meter = nullptr;
    std::size_t channels = 0;
    std::vector<float> interleaved;
    std::uint64_t samples = 0;
    std::uint64_t clipped = 0;
    double worst = 0;
    std::uint64_t worst_sample = 0;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (meter != nullptr) ebur128_destroy(&meter);
    }
};

LoudnessMeter::LoudnessMeter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;
LoudnessMeter::~LoudnessMeter() = default;

Result<LoudnessMeter> LoudnessMeter::create(std::uint32_t rate_hz, SoundLayout layout) {
    auto state = std::make_unique<State>();
    state->channels = channel_count(layout);
    state->meter = ebur128_init(static_cast<unsigned>(state->channels), rate_hz,
                                EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK);
    if (state->meter == nullptr) return no_memory();
    unsigned channel = 0;
    for (std::uint64_t rest = layout_mask(layout); rest != 0; rest &= rest - 1)
        ebur128_set_channel(state->meter, channel++, meter_channel(rest & (~rest + 1)));
    // One channel is meant for both loudspeakers of a stereo pair, or for one in the middle: BS.1770
    // takes it as it is.
    return LoudnessMeter(std::move(state));
}

Status LoudnessMeter::add(const std::vector<std::vector<float>>& samples) {
    State& s = *state_;
    const std::size_t count = samples.empty() ? 0 : samples.front().size();
    s.interleaved.resize(count * s.channels);
    for (std::size_t c = 0; c < s.channels; ++c) {
        for (std::size_t i = 0; i < count; ++i) {
            const float sample = samples[c][i];
            s.interleaved[i * s.channels + c] = sample;
            const double size = std::abs(double(sample));
            if (size <= 1) continue;
            ++s.clipped;
            if (size <= s.worst) continue;
            s.worst = size;
            s.worst_sample = s.samples + i;
        }
    }
    s.samples += count;
    if (ebur128_add_frames_float(s.meter, s.interleaved.data(), count) != EBUR128_SUCCESS)
        return no_memory();
    return ok();
}

double LoudnessMeter::integrated_lufs() const {
    double loudness = 0;
    if (ebur128_loudness_global(state_->meter, &loudness) != EBUR128_SUCCESS ||
        !std::isfinite(loudness))
        return silence_db;
    return std::max(silence_db, loudness);
}

void LoudnessMeter::report(SoundResult& result) const {
    result.integrated_lufs = integrated_lufs();
    double range = 0;
    if (ebur128_loudness_range(state_->meter, &range) == EBUR128_SUCCESS && std::isfinite(range))
        result.range_lu = range;
    double highest = 0;
    for (unsigned c = 0; c < state_->channels; ++c) {
        double peak = 0;
        if (ebur128_true_peak(state_->meter, c, &peak) == EBUR128_SUCCESS)
            highest = std::max(highest, peak);
    }
    result.true_peak_db = decibels(highest);
    result.clipped_samples = state_->clipped;
    result.worst_peak_db = decibels(state_->worst);
    result.worst_sample = state_->worst_sample;
}

}  // namespace reelpool::compositor
