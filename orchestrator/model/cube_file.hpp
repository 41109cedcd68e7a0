#pragma once

#include <string_view>

#include "ipc/base/result.hpp"
#include "orchestrator/model/effect_table.hpp"

namespace reelpool::model {

/// Reads a look-up table of one or three dimensions.
/// Errors: project: what is wrong, with the number of the line as cause; no subject.
/// Source: Adobe, Cube LUT Specification 1.0; and the input ranges that DaVinci Resolve writes.
[[nodiscard]] Result<EffectTable> parse_cube(std::string_view text);

}  // namespace reelpool::model
