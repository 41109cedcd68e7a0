#pragma once

#include <cstdint>
#include <set>

#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/plan/disk_store.hpp"
#include "orchestrator/plan/frame_cache.hpp"

namespace reelpool::plan {

/// A slot's bytes on their way to disk, or back.
struct DiskCopy {
    std::uint64_t turn = 0;  ///< by which its end is reported
    SegmentId segment;       ///< in the world
    std::uint32_t offset_bytes = 0;
    DiskPlace place;
};

/// Where a plan is carried out: workers and rings, as far as a plan knows of them. `media` is what
/// the plan calls so.
class PlanWorld {
  public:
    PlanWorld() = default;
    PlanWorld(const PlanWorld&) = delete;
    PlanWorld& operator=(const PlanWorld&) = delete;
    virtual ~PlanWorld() = default;

    /// It was started, and not retired.
    [[nodiscard]] virtual bool has_worker(MediaId media) const = 0;
    /// It takes orders.
    [[nodiscard]] virtual bool is_running(MediaId media) const = 0;
    [[nodiscard]] virtual std::set<MediaId> running() const = 0;
    [[nodiscard]] virtual std::uint32_t live_workers() const = 0;
    virtual void start_worker(MediaId media) = 0;
    virtual void retire_worker(MediaId media) = 0;
    /// Retired, it will live on: its sound is wanted. Its cursors must be closed one by one.
    [[nodiscard]] virtual bool outlives_pictures(MediaId /*media*/) const { return false; }

    virtual void open_cursor(MediaId media, const wire::OpenCursor& message) = 0;
    virtual void close_cursor(MediaId media, const wire::CloseCursor& message) = 0;
    /// Errors: a picture of a sequence is not there any more.
    [[nodiscard]] virtual Status decode(MediaId media, const wire::Decode& message) = 0;

    /// `change.segment` is the id in the world. Errors: there is no memory.
    [[nodiscard]] virtual Status create_segment(const FrameCache::Change& change) = 0;
    virtual void drop_segment(const FrameCache::Change& change) = 0;

    /// Their end is reported to the runner, later. Places that overlap are never used at once.
    virtual void write_to_disk(const DiskCopy& copy) = 0;
    virtual void read_from_disk(const DiskCopy& copy) = 0;
};

}  // namespace reelpool::plan
