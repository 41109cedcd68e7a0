#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "orchestrator/plan/disk_store.hpp"
#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/plan/future.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/planner.hpp"
#include "orchestrator/plan/spill_choice.hpp"

namespace reelpool::plan {

/// The disk cache as V2 plans it: what leaves memory and is worth it goes to disk, and comes back
/// instead of being decoded again. Without a budget it does nothing.
class SpillPlan {
  public:
    using Steps = std::map<std::uint32_t, PlannedStep>;  ///< by frame

    SpillPlan(const MediaCatalog& media, const Future& future, FrameCache& cache,
              std::uint64_t budget_bytes)
        : media_(media),
          future_(future),
          cache_(cache),
          store_(budget_bytes),
          choice_(media, future, cache, store_) {}

    [[nodiscard]] bool holds(const FrameKey& key) const { return store_.holds(key); }

    /// Frames that the cache just let go. Comes before the changes that they made way for.
    void spill_evicted(std::vector<Command>& commands);
    /// Frames of one medium that come by while others are decoded, and got no slot: they go to disk
    /// through slots that later steps fill for good.
    void pass_through(std::vector<FrameKey> unkept, Steps& steps);
    /// Into a slot that was just granted.
    void load(const FrameKey& key, const PlannedGrant& grant, std::vector<Command>& commands);
    /// An output frame has read it.
    void on_read(const FrameKey& key) {
        if (future_.next_use(key) == never) store_.forget(key);
    }

    void lose(const FrameKey& key) { store_.forget(key); }
    void stop() { store_.close(); }
    void add_to(PlanStatistics& statistics) const;

  private:
    void sort_by_next_use(std::vector<FrameKey>& keys) const;

    const MediaCatalog& media_;
    const Future& future_;
    FrameCache& cache_;
    DiskStore store_;
    SpillChoice choice_;
};

}  // namespace reelpool::plan
