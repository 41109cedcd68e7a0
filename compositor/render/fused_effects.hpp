#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ipc/frame/picture_effect.hpp"
#include "shaders/parameters.hpp"

namespace reelpool::compositor {

/// Effects that one dispatch does, one after the other.
struct FusedEffects {
    std::uint32_t effects = 0;  ///< numbers in effects.comp, the first in the lowest byte; 0: none
    std::vector<shaders::ListEntry> numbers;  ///< EFFECT_ENTRIES for each
};

/// Sane effects as the fewest chains.
[[nodiscard]] std::vector<FusedEffects> fused(const std::vector<PictureEffect>& effects);

}  // namespace reelpool::compositor
