#include "orchestrator/run/sound_wants.hpp"

#include <utility>

namespace reelpool::run {
namespace {

/// A sound cursor in a worker: demuxer, codec, resampler.
constexpr std::uint64_t bytes_per_sound_cursor = std::uint64_t{6} << 20;

}  // namespace

plan::SoundWants sound_wants(const model::Timeline& timeline,
                             const std::vector<plan::MediaSource>& media) {
    plan::SoundWants wants{.mix_hz = timeline.sound().rate_hz, .chunks = {}, .channels_of = {}};
    const std::uint64_t samples = timeline.sound_samples();
    for (std::uint64_t first = 0; first < samples; first += sound_chunk_samples) {
        const auto chunk = static_cast<std::uint32_t>(first / sound_chunk_samples);
        wants.chunks.push_back(model::blocks_of(timeline.sound_mix(chunk), wants.mix_hz));
    }
    for (const plan::MediaSource& source : media)
        if (source.info.sound) wants.channels_of[source.id] = source.info.sound->channels;
    return wants;
}

SoundForecast forecast_sound(plan::SoundSchedule schedule) {
    while (schedule.has_next()) static_cast<void>(schedule.next());
    const plan::SoundSchedule::Statistics& all = schedule.statistics();
    return {.blocks_decoded = all.blocks_decoded,
            .runs = all.runs,
            .memory_bytes = all.peak_bytes + all.peak_media * bytes_per_sound_cursor};
}

}  // namespace reelpool::run
