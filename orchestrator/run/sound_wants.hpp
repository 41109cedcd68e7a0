#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/model/timeline.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/sound_schedule.hpp"

namespace reelpool::run {

/// Everything that an export's sound is mixed from. `media`: by MediaId.
[[nodiscard]] plan::SoundWants sound_wants(const model::Timeline& timeline,
                                           const std::vector<plan::MediaSource>& media);

/// What decoding the sound will cost, as scheduled.
struct SoundForecast {
    std::uint64_t blocks_decoded = 0;
    std::uint64_t runs = 0;
    std::uint64_t memory_bytes = 0;  ///< at once, at the most: slots and decoders
};
[[nodiscard]] SoundForecast forecast_sound(plan::SoundSchedule schedule);

}  // namespace reelpool::run
