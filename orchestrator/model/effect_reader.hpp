#pragma once

#include "orchestrator/model/project.hpp"
#include "orchestrator/model/value_reader.hpp"

namespace reelpool::model {

/// Reads "effects"; those on pictures are refused by name.
[[nodiscard]] std::vector<ProjectEffect> read_effects(const ValueReader& list);

/// Finds the tracks that turn others down, and what cannot be.
/// Errors: project: a track that is not there, or turns itself down; a frequency that the sample
/// rate has no room for.
[[nodiscard]] Status resolve_effects(Project& project);

}  // namespace reelpool::model
