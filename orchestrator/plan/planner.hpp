#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/frame/slot_layout.hpp"
#include "orchestrator/plan/disk_store.hpp"
#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/plan/frame_key.hpp"

namespace reelpool::plan {

/// What is to be done for an output frame, in this order. Everything is decided beforehand, by
/// output frame numbers alone; a run only waits for what it takes.
struct StartWorker {
    MediaId media;
    std::uint32_t alive = 0;  ///< with it
};
/// Everything that was ordered from it is done by then.
struct RetireWorker {
    MediaId media;
};
struct OpenCursorAt {
    MediaId media;
    CursorId cursor;
    std::uint32_t threads = 1;
};
struct CloseCursorAt {
    MediaId media;
    CursorId cursor;
};
/// Where one level of a decoded frame goes.
struct PlannedGrant {
    Level level;
    SlotRef slot;
    std::uint32_t slot_bytes = 0;
    std::uint32_t free_from = 0;  ///< when all output frames before this one are done
    std::uint32_t next_use = never;
    /// It only passes through the slot: as soon as it is there it is written to disk, and the slot
    /// is for a later step.
    std::optional<DiskUse> spill_to{};
};
struct PlannedStep {
    FrameIndex frame;
    std::vector<PlannedGrant> grants;
};
struct DecodeAt {
    MediaId media;
    CursorId cursor;
    std::uint32_t seek_to = 0;  ///< a keyframe; wire::no_seek: decoding goes on
    std::vector<PlannedStep> steps;
    std::uint32_t first_decoded = 0;  ///< the source frames that come out, to the last step's
};
/// A frame that leaves memory is written to disk.
struct SpillAt {
    MediaId media;
    FrameKey key;
    SlotRef slot;
    DiskUse use;
};
/// A frame comes back from disk instead of being decoded.
struct LoadAt {
    MediaId media;
    FrameIndex frame;
    PlannedGrant grant;
    DiskUse use;
    std::uint32_t keyframe = 0;  ///< from where it is decoded if the disk does not give it back
};
using Command = std::variant<StartWorker, RetireWorker, FrameCache::Change, OpenCursorAt,
                             CloseCursorAt, DecodeAt, SpillAt, LoadAt>;

/// A slot that an output frame reads.
struct PlannedRead {
    SlotRef slot;
    std::uint32_t next_use = never;  ///< the next output frame that reads it, if it is kept
};

/// One output frame: what must be done first, and what it then reads.
struct PlannedFrame {
    std::uint32_t output = 0;
    std::vector<Command> commands;
    std::map<FrameKey, PlannedRead> reads;
};

/// What one file costs as planned, and what it would cost a perfect reader. After n output frames:
/// of these.
struct MediaStatistics {
    std::uint64_t frames_ideal = 0;    ///< per touched GOP: keyframe to last needed frame, once
    std::uint64_t frames_unique = 0;   ///< different frames that are shown
    std::uint64_t wants = 0;           ///< (output frame, source frame) pairs
    std::uint64_t deliveries = 0;      ///< frames that were decoded because they are wanted
    std::uint64_t frames_decoded = 0;  ///< these, and what was decoded on the way to them
    std::uint64_t seeks = 0;
    std::uint64_t workers_started = 0;
    std::uint32_t cursors_peak = 0;

    /// Wanted frames that were decoded more than once.
    [[nodiscard]] std::uint64_t deliveries_again() const {
        return deliveries > frames_unique ? deliveries - frames_unique : 0;
    }
    /// Adds what a worker is to do for the same file; what is wanted stays as it is.
    void add_planned(const MediaStatistics& other) {
        deliveries += other.deliveries;
        frames_decoded += other.frames_decoded;
        seeks += other.seeks;
        workers_started += other.workers_started;
        cursors_peak += other.cursors_peak;
    }
};

/// The whole of it.
struct PlanStatistics {
    std::uint64_t budget_bytes = 0;
    std::uint64_t peak_bytes = 0;  ///< of all segments
    std::uint64_t evictions = 0;
    std::uint64_t frames_at_two_levels = 0;  ///< held so at some time
    std::uint32_t outputs_searched = 0;      ///< output frames that a search decided, see Tactics
    std::uint32_t cursors_peak = 0;
    std::uint32_t workers_peak = 0;
    std::uint64_t disk_peak_bytes = 0;
    std::uint64_t frames_spilled = 0;
    std::uint64_t frames_loaded = 0;
};

/// What every output frame reads: keys by output frame number. `media` of a key is what a worker is
/// started for.
struct Wants {
    std::uint32_t frame_count = 0;
    std::function<std::vector<FrameKey>(std::uint32_t)> of;
};

/// Plans an export, output frame by output frame, from the first to the last. Pure: the same wants
/// and options give the same plan on every machine, whatever a run meets.
class Planner {
  public:
    Planner() = default;
    Planner(const Planner&) = delete;
    Planner& operator=(const Planner&) = delete;
    virtual ~Planner() = default;

    [[nodiscard]] virtual bool has_next() const = 0;
    [[nodiscard]] virtual PlannedFrame next() = 0;

    [[nodiscard]] virtual MediaStatistics statistics(MediaId media) const = 0;
    [[nodiscard]] virtual PlanStatistics statistics() const = 0;
    /// The bytes of all segments after the last planned frame.
    [[nodiscard]] virtual std::uint64_t used_bytes() const = 0;

    /// The disk does not have a frame that was to be there: what is planned from now on does not
    /// count on it. The only thing that a plan is told of a run.
    virtual void lose(const FrameKey& /*key*/) {}
    /// The disk takes nothing more.
    virtual void stop_spilling() {}
};

}  // namespace reelpool::plan
