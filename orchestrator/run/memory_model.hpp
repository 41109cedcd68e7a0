#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "orchestrator/plan/forecast.hpp"
#include "orchestrator/plan/media_catalog.hpp"

namespace reelpool::run {

/// What decodes at once.
struct Decoders {
    std::uint32_t workers = 0;
    std::uint32_t cursors = 0;
    double largest_medium_px = 0;  ///< width x height
};

/// What an export holds besides its rings: processes, codecs, compositing, encoding.
[[nodiscard]] std::uint64_t memory_besides_rings(std::pair<std::uint32_t, std::uint32_t> output_px,
                                                 const Decoders& decoders);

/// The most memory that all processes of an export hold at once, as far as a plan can tell: the
/// rings, the codecs, and what compositing and encoding take. Measured coefficients;
/// docs/performance.md says how.
[[nodiscard]] std::uint64_t predicted_memory(const plan::Forecast& forecast,
                                             std::pair<std::uint32_t, std::uint32_t> output_px,
                                             const std::vector<plan::MediaSource>& sources);

}  // namespace reelpool::run
