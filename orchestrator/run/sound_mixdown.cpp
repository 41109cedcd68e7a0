#include "orchestrator/run/sound_mixdown.hpp"

namespace reelpool::run {

SoundMixdown::SoundMixdown(const model::Timeline& timeline, CompositorLink& compositor)
    : timeline_(timeline), compositor_(compositor) {
    const std::uint64_t samples = timeline.sound_samples();
    for (std::uint64_t first = 0; first < samples; first += sound_chunk_samples) {
        const auto chunk = static_cast<std::uint32_t>(first / sound_chunk_samples);
        chunks_.push_back(model::blocks_of(timeline.sound_mix(chunk), timeline.sound().rate_hz));
    }
}

void SoundMixdown::send(std::uint32_t chunk, const std::vector<SoundSlot>& slots) {
    REELPOOL_CHECK(chunk == sent_ && chunk < chunks_.size());
    ++sent_;
    SoundMix mix = timeline_.sound_mix(chunk);
    mix.slots = slots;
    compositor_.send(wire::MixSound{std::move(mix)});
}

Status SoundMixdown::on_done(std::uint32_t chunk) {
    if (chunk != done_ || done_ >= sent_)
        return unexpected({.code = ErrorCode::internal,
                           .component = Component::compositor,
                           .subject = {},
                           .what = "the compositor mixed sound that it was not given",
                           .cause = {},
                           .hint = {}});
    ++done_;
    return ok();
}

}  // namespace reelpool::run
