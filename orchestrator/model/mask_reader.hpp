#pragma once

#include <vector>

#include "orchestrator/model/project.hpp"
#include "orchestrator/model/value_reader.hpp"

namespace reelpool::model {

/// A clip's list of masks. Key times are local, frames at `fps`.
[[nodiscard]] std::vector<ClipMask> read_masks(const ValueReader& value, const Rational& fps);

}  // namespace reelpool::model
