#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/run/compositor_link.hpp"
#include "orchestrator/run/worker_pool.hpp"

namespace reelpool::run {

/// The memfds of all rings. Carries out what the frame cache decides: makes segments, hands them
/// to the worker (writable) and to the compositor (read-only), takes them back.
class Rings {
  public:
    Rings(WorkerPool& workers, CompositorLink& compositor)
        : workers_(workers), compositor_(compositor) {}

    [[nodiscard]] Status apply(const std::vector<plan::FrameCache::Change>& changes);
    /// A worker has just opened its file: gives it the segments that its predecessors filled.
    void adopt(MediaId media);

  private:
    struct Held {
        UniqueFd fd;
        MediaId media;
        std::uint64_t bytes = 0;
    };
    [[nodiscard]] Status create(const plan::FrameCache::Change& change);

    WorkerPool& workers_;
    CompositorLink& compositor_;
    std::map<SegmentId, Held> segments_;
};

}  // namespace reelpool::run
