#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ipc/process/event_loop.hpp"
#include "orchestrator/model/project.hpp"
#include "orchestrator/model/timeline.hpp"
#include "orchestrator/run/media_files.hpp"
#include "orchestrator/run/probing.hpp"
#include "orchestrator/run/worker_pool.hpp"

namespace reelpool::run {

/// A project file read, its media opened and probed.
struct PreparedProject {
    model::Project project;
    MediaFiles files;
    std::vector<ProbedMedia> probed;  ///< by MediaId
    /// By index into project.media: nothing for media that no visible clip uses.
    std::vector<std::optional<model::MediaFacts>> facts;
};

/// Paths in the project are relative to the project file's directory. `root`: what media must lie
/// beneath; null: they may lie anywhere.
/// Errors: project (the file, with the place in it) or media (which medium and path, and what).
[[nodiscard]] Result<PreparedProject> prepare_project(const std::string& path, EventLoop& loop,
                                                      WorkerPool& workers,
                                                      std::uint32_t keep_running,
                                                      std::shared_ptr<const MediaRoot> root);

}  // namespace reelpool::run
