#pragma once

#include <vector>

#include "orchestrator/plan/forecast.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/planner.hpp"

namespace reelpool::plan {

/// Plans to the end, and tells what was planned. `planner` has planned nothing yet. `sources`: what
/// it calls media; `file_of`: the file of each; `files`: how many there are. Clips are left to the
/// caller, and so is what is wanted of each file where several media are one file.
[[nodiscard]] Forecast forecast(Planner& planner, const std::vector<MediaSource>& sources,
                                const std::vector<MediaId>& file_of, std::uint32_t files);

}  // namespace reelpool::plan
