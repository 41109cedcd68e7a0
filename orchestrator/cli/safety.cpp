#include "orchestrator/cli/safety.hpp"

namespace reelpool::cli {

run::WorkerConfinement confinement_of(const SafetyOptions& safety) {
    return {.sandbox = safety.sandbox,
            .memory_bytes = safety.worker_memory_bytes,
            .media_frames = safety.media_frames};
}

Result<std::shared_ptr<const run::MediaRoot>> media_root_of(const SafetyOptions& safety) {
    if (safety.media_root.empty()) return std::shared_ptr<const run::MediaRoot>();
    return run::MediaRoot::open(safety.media_root);
}

std::optional<Warning> sandbox_warning(const std::optional<SandboxLevel>& level) {
    if (!level || level->is_full()) return std::nullopt;
    return Warning{"sandbox", "decoders run without a part of their sandbox: " + gaps_text(*level)};
}

}  // namespace reelpool::cli
