#include "ipc/frame/sound_mix.hpp"

#include <algorithm>
#include <cmath>

namespace reelpool {

SoundReach reach_of(const SoundRun& run, std::uint32_t rate_hz) {
    const double first = run.fraction;
    const double last = run.fraction + run.step * (run.count > 0 ? run.count - 1.0 : 0.0);
    double margin = 0;
    if (run.pitch != run.step) {
        const double hop = grain_hop(rate_hz);
        const double pitch = std::abs(run.pitch);
        margin = (grain_search(rate_hz) + 2 * hop) * pitch + hop * std::abs(run.step) +
                 resampler_half_taps * std::max(1.0, pitch) + 2;
    } else if (std::abs(run.step) != 1 || run.fraction != 0) {
        margin = resampler_half_taps * std::max(1.0, std::abs(run.step)) + 2;
    }
    return {run.position + static_cast<std::int64_t>(std::floor(std::min(first, last) - margin)),
            run.position + static_cast<std::int64_t>(std::ceil(std::max(first, last) + margin)) +
                1};
}

}  // namespace reelpool
