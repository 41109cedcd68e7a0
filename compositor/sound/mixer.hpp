#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "compositor/sound/bus.hpp"
#include "compositor/sound/sample_sum.hpp"
#include "compositor/sound/time_stretch.hpp"

namespace reelpool::compositor {

/// Adds voices up, chunk after chunk, by way of their buses. Sums are made in double precision and
/// rounded to float once, and where a bus has effects once before them.
/// What comes out depends on what the chunks say and on the source's samples, never on timing. It
/// comes as late as the slowest effects, and all of it until the end.
/// Thread: one.
class Mixer {
  public:
    Mixer(std::uint32_t rate_hz, SoundLayout layout);

    /// By channel of the output: the next samples that are known. The chunks of an export are mixed
    /// in order.
    /// Errors: internal, render: effects.
    [[nodiscard]] Result<SampleRows> mix(const SoundMix& mix, const SampleSource& source);
    /// After the last chunk: what is left.
    [[nodiscard]] Result<SampleRows> finish();

  private:
    using BusPtr = std::shared_ptr<Bus>;
    [[nodiscard]] Result<std::vector<BusPtr>> update_buses(const SoundMix& mix);
    void add_voice(const SoundMix& mix, const SoundVoice& voice, const SampleSource& source,
                   SampleSum& sum);
    [[nodiscard]] Status run_buses();
    [[nodiscard]] Status run_bus(const BusPtr& bus, std::set<const Bus*>& seen);
    [[nodiscard]] std::uint64_t known_inside(const Bus* bus) const;
    void forget();

    const std::uint32_t rate_hz_;
    const std::uint64_t mask_;
    Resampler resampler_;
    std::map<std::uint64_t, VoicePlayer> players_;  ///< by key, of the voices of the last chunk
    std::vector<BusPtr> buses_;                     ///< those that still give something
    SampleSum sum_;
    std::uint64_t mixed_ = 0;  ///< all voices up to here are added
};

}  // namespace reelpool::compositor
