#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/plan/forecast.hpp"

namespace reelpool::run {

/// What the memory beside rings and decoders depends on.
struct Surroundings {
    std::uint32_t width_px = 0;  ///< of the output
    std::uint32_t height_px = 0;
    std::string encoder;             ///< encoder_name()
    std::uint32_t kernel_kinds = 0;  ///< Survey's
    std::uint64_t sound_bytes = 0;   ///< of blocks and their decoders, forecast_sound()
};

/// What an export holds besides its rings and decoders: processes, compositing, encoding.
[[nodiscard]] std::uint64_t memory_besides(const Surroundings& around, std::uint32_t workers);

/// The most memory that all processes of an export hold at once, as far as a plan can tell: rings,
/// decoders, and what compositing and encoding take. Measured coefficients; docs/performance.md
/// says how.
[[nodiscard]] std::uint64_t predicted_memory(const plan::Forecast& forecast,
                                             const Surroundings& around);

}  // namespace reelpool::run
