#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "compositor/sound/time_stretch.hpp"

namespace reelpool::compositor {

/// Adds voices up, chunk after chunk. Sums are made in double precision and rounded to float once.
/// What comes out depends on what the chunks say and on the source's samples, never on timing.
/// Thread: one.
class Mixer {
  public:
    Mixer(std::uint32_t rate_hz, std::uint32_t channels);

    /// By channel of the output. The chunks of an export are mixed in order.
    [[nodiscard]] std::vector<std::vector<float>> mix(const SoundMix& mix,
                                                      const SampleSource& source);

  private:
    void add_voice(const SoundMix& mix, const SoundVoice& voice, const SampleSource& source);
    void add_route(const SoundMix& mix, const SoundVoice& voice, std::size_t route,
                   const std::vector<float>& from);

    const std::uint32_t rate_hz_;
    const std::uint32_t channels_;
    Resampler resampler_;
    std::map<std::uint64_t, VoicePlayer> players_;  ///< by key, of the voices of the last chunk
    std::vector<std::vector<double>> sums_;
};

}  // namespace reelpool::compositor
