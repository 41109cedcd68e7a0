#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ipc/base/rational.hpp"
#include "orchestrator/cli/report.hpp"
#include "orchestrator/plan/forecast.hpp"

namespace reelpool::cli {

/// The engine that was not chosen.
struct OtherEngine {
    std::string name;
    std::uint64_t frames_decoded = 0;
};

/// All that `reelpool plan` tells.
struct PlanReport {
    std::string project{};  ///< its file; only a title
    std::string engine{};
    std::string engine_reason{};
    Rational fps{};  ///< of the output; valid, above 0
    std::uint32_t width_px = 0;
    std::uint32_t height_px = 0;
    std::vector<std::string> paths{};  ///< by MediaId
    plan::Forecast forecast{};
    std::uint64_t frames_budget_bytes = 0;  ///< what decoded frames may take of the cache's size
    std::uint64_t memory_bytes = 0;         ///< the most at once, of all processes
    std::optional<double> wall_seconds{};
    std::vector<Warning> warnings{};
    std::optional<OtherEngine> other{};
};

/// For a terminal of 100 columns; ends with a newline. Names are made printable.
[[nodiscard]] std::string plan_text(const PlanReport& report);

/// One JSON object on one line, without a newline; docs/performance.md describes every key.
[[nodiscard]] std::string plan_json(const PlanReport& report);

/// One page that needs nothing else: no network, no other file, and scripts only for convenience.
/// Its size is bounded, below 5 MB with names of usual length: what is too dense to be seen is
/// drawn as one, and the page says so.
[[nodiscard]] std::string plan_html(const PlanReport& report);

}  // namespace reelpool::cli
