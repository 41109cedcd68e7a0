#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "orchestrator/plan/planner.hpp"
#include "orchestrator/plan/slot_table.hpp"
#include "orchestrator/plan/view.hpp"
#include "orchestrator/run/compositor_link.hpp"
#include "orchestrator/run/worker_pool.hpp"

namespace reelpool::run {

/// The memfds of all rings. Makes segments, hands them
/// to the worker (writable), takes them back; and shows them to the compositor (read-only) when a
/// frame is drawn from them, as its view has room.
class Rings {
  public:
    Rings(WorkerPool& workers, CompositorLink& compositor)
        : workers_(workers), compositor_(compositor) {}

    /// A new segment, by its id in the world.
    [[nodiscard]] Status create(const plan::FrameCache::Change& change);
    void drop(SegmentId id, MediaId media);
    /// The compositor is ready to look at so many bytes at once.
    void open_view(std::uint64_t bytes) { view_.emplace(bytes, wire::view_gap_bytes); }
    /// Makes the compositor see these segments. False: it cannot before some draw list is done.
    [[nodiscard]] Result<bool> show(const std::set<SegmentId>& segments,
                                    const plan::SlotTable& slots);
    /// The same when no draw list is under way: whatever else is shown goes, and nothing is left
    /// where it lies. False: the view is too small for them.
    [[nodiscard]] Result<bool> show_alone(const std::set<SegmentId>& segments);
    /// Segments that had to be shown again, because the view is smaller than the cache.
    [[nodiscard]] std::uint64_t shown_again() const { return shown_again_; }
    /// The memory of a segment, for somebody who may still use it when the ring has let it go.
    using Memory = std::shared_ptr<const UniqueFd>;
    [[nodiscard]] Memory memory(SegmentId id) const { return segments_.at(id).memory; }
    /// A worker has just opened its file: gives it the segments that its predecessors filled.
    void adopt(MediaId media);

  private:
    struct Held {
        Memory memory;
        MediaId media;
        std::uint64_t bytes = 0;
        bool was_shown = false;
    };
    [[nodiscard]] Status send_to_view(SegmentId id, std::uint64_t offset_bytes);

    WorkerPool& workers_;
    CompositorLink& compositor_;
    std::map<SegmentId, Held> segments_;
    std::optional<plan::View> view_;
    std::uint64_t shown_again_ = 0;
};

}  // namespace reelpool::run
