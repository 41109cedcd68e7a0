#pragma once

#include <cstdint>

#include "orchestrator/cli/plan_report.hpp"

/// Plans made by hand, for tests and to look at.
namespace reelpool::cli {

/// Looks like a real export: 40 files in a minute, among them one that is decoded far too often,
/// one that is read back and forth, and one whose name is hostile.
[[nodiscard]] PlanReport sample_plan();

/// That many stretches of one output frame each, all with a seek, over files of four cursors.
[[nodiscard]] PlanReport crowded_plan(std::uint32_t files, std::uint32_t stretches);

}  // namespace reelpool::cli
