#pragma once

#include <memory>
#include <optional>

#include "orchestrator/cli/options.hpp"
#include "orchestrator/cli/report.hpp"
#include "orchestrator/run/media_root.hpp"
#include "orchestrator/run/worker_pool.hpp"

namespace reelpool::cli {

[[nodiscard]] run::WorkerConfinement confinement_of(const SafetyOptions& safety);

/// Null if media may lie anywhere. Errors: code usage: it is no directory.
[[nodiscard]] Result<std::shared_ptr<const run::MediaRoot>> media_root_of(
    const SafetyOptions& safety);

/// What the user must know of the workers' sandbox: that something is missing. Nothing if all is
/// there, or none was wanted, or no worker was asked.
[[nodiscard]] std::optional<Warning> sandbox_warning(const std::optional<SandboxLevel>& level);

}  // namespace reelpool::cli
