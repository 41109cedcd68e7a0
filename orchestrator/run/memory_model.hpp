#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "orchestrator/plan/forecast.hpp"

namespace reelpool::run {

/// What an export holds besides its rings and decoders: processes, compositing, encoding.
/// `encoder`: encoder_name().
[[nodiscard]] std::uint64_t memory_besides(std::pair<std::uint32_t, std::uint32_t> output_px,
                                           const std::string& encoder, std::uint32_t workers);

/// The most memory that all processes of an export hold at once, as far as a plan can tell: rings,
/// decoders, and what compositing and encoding take. Measured coefficients; docs/performance.md
/// says how.
[[nodiscard]] std::uint64_t predicted_memory(const plan::Forecast& forecast,
                                             std::pair<std::uint32_t, std::uint32_t> output_px,
                                             const std::string& encoder);

}  // namespace reelpool::run
