#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compositor/sound/resampler.hpp"

namespace reelpool::compositor {

/// Plays one voice: as it is, read faster or slower, or at another speed with its pitch kept.
///
/// Pitch is kept by grains (WSOLA): every hop a grain of two hops begins near the place that the
/// run names, moved so that it continues the grain before as closely as it can, and fades in over
/// it. What comes out depends on the runs and the source alone.
/// Source: W. Verhelst, M. Roelands, "An overlap-add technique based on waveform similarity (WSOLA)
/// for high quality time-scale modification of speech", ICASSP 1993.
class VoicePlayer {
  public:
    VoicePlayer(std::uint32_t rate_hz, MediaId media, std::vector<std::uint32_t> channels);

    /// Plays a run; `out` has a row of run.count samples for every channel.
    void play(const SampleSource& source, Resampler& resampler, const SoundRun& run,
              std::span<const std::span<float>> out);

    [[nodiscard]] const std::vector<std::uint32_t>& channels() const { return channels_; }

  private:
    using Rows = std::vector<std::vector<float>>;  ///< by channel

    void play_straight(const SampleSource& source, Resampler& resampler, const SoundRun& run,
                       std::span<const std::span<float>> out);
    void play_grains(const SampleSource& source, Resampler& resampler, const SoundRun& run,
                     std::span<const std::span<float>> out);
    void begin_grain(const SampleSource& source, Resampler& resampler, const SoundRun& run,
                     double at);
    [[nodiscard]] std::size_t best_offset() const;
    [[nodiscard]] float grain_value(std::size_t channel, std::size_t index) const;
    void leave_grains();

    const MediaId media_;
    const std::vector<std::uint32_t> channels_;
    const std::size_t hop_;
    const std::size_t search_;
    const std::size_t leave_;     ///< samples over which grains give way to the plain source
    std::vector<float> fade_in_;  ///< of a hop
    std::uint64_t next_ = 0;      ///< the sample after the last run
    bool has_grain_ = false;
    bool has_tail_ = false;
    std::size_t in_grain_ = 0;  ///< played of the newest grain
    Rows grain_;                ///< two hops
    Rows tail_;                 ///< second half of the one before
    Rows region_;               ///< where the next one is looked for
    Rows leaving_;
    std::size_t left_ = 0;  ///< played of `leaving_`
};

}  // namespace reelpool::compositor
