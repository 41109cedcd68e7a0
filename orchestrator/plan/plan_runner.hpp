#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "orchestrator/plan/disk_table.hpp"
#include "orchestrator/plan/plan_world.hpp"
#include "orchestrator/plan/planner.hpp"
#include "orchestrator/plan/rescues.hpp"
#include "orchestrator/plan/slot_table.hpp"

namespace reelpool::plan {

/// Carries a plan out: every command as soon as the world is as the plan assumed.
///
/// Commands of one medium are carried out in their order. Those that take and give back memory are
/// so across all media, as are those that start workers while many are alive. Everything waits only
/// for what was planned before it, so there is always something that can go on.
///
/// What the disk cache fails to do costs time: a frame that it does not give back is rescued, that
/// is decoded after all, and after the first write that failed nothing is written any more.
/// Thread: the event loop's.
class PlanRunner {
  public:
    struct Options {
        std::uint64_t budget_bytes = 0;
        std::uint32_t planned_frames = 60;  ///< known beforehand: workers are started by it
        std::uint32_t max_workers = 8;
    };
    /// `sources`: how many the plan calls media.
    PlanRunner(Planner& planner, PlanWorld& world, std::size_t sources, Options options);

    /// Carries out what can be carried out for output frames before `end`.
    [[nodiscard]] Status run_until(std::uint32_t end);

    /// There is a next output frame, as far as has been planned.
    [[nodiscard]] bool is_front_planned() const { return !planned_.empty(); }
    /// The next output frame to be drawn is there, and all that it reads.
    [[nodiscard]] bool is_front_ready() const;
    [[nodiscard]] std::uint32_t front() const { return front_; }
    /// The segments that it reads.
    [[nodiscard]] std::set<SegmentId> front_segments() const;
    /// Where its layers lie, by key.
    struct Place {
        SegmentId segment;
        std::uint32_t offset_bytes = 0;
    };
    /// It is drawn now, and reads its slots until on_done().
    std::map<FrameKey, Place> take_front();
    /// Errors: internal, an output frame that is not being drawn.
    [[nodiscard]] Status on_done(std::uint32_t output);
    [[nodiscard]] std::size_t being_drawn() const { return drawn_.size(); }

    /// A worker reports. Errors: it reports what it was not asked for.
    [[nodiscard]] Status on_slots_ready(MediaId media, const wire::SlotsReady& report);

    enum class DiskOutcome : std::uint8_t { done, failed };
    /// The end of a DiskCopy.
    void on_disk_done(std::uint64_t turn, DiskOutcome outcome);
    struct DiskCounts {
        std::uint64_t spilled = 0;
        std::uint64_t loaded = 0;
        std::uint64_t failed = 0;         ///< writes and reads
        std::uint64_t decoded_again = 0;  ///< frames that were to come from disk
        std::uint64_t peak_bytes = 0;
    };
    [[nodiscard]] DiskCounts disk_counts() const;

    [[nodiscard]] SlotTable& slots() { return slots_; }
    [[nodiscard]] const SlotTable& slots() const { return slots_; }
    [[nodiscard]] std::uint32_t open_cursors(MediaId media) const;

  private:
    struct Pending {
        std::uint64_t number = 0;  ///< in the plan's order
        std::uint32_t output = 0;
        Command command;
    };
    struct CursorState {
        std::uint32_t steps_ordered = 0;
        std::uint32_t steps_done = 0;
    };
    struct PerMedia {
        std::deque<Pending> pending;
        std::map<CursorId, CursorState> cursors;
        bool has_planned_worker = false;
    };
    /// A frame between a slot and the disk.
    struct Copy {
        enum class Direction : std::uint8_t { to_disk, from_disk };
        Direction direction = Direction::to_disk;
        FrameKey key;
        SlotRef slot;
        DiskUse use;
        Rescues::Wanted rescue{};  ///< from disk: if it does not come
    };
    enum class Spilling : std::uint8_t { works, has_failed };
    enum class Progress : std::uint8_t { done, must_wait };

    void plan_ahead();
    void retire_unplanned();
    [[nodiscard]] Result<bool> run_one(PerMedia& media, std::uint32_t end);
    [[nodiscard]] Result<Progress> carry_out(Pending& pending, std::uint32_t end);
    [[nodiscard]] Result<Progress> start_worker(const StartWorker& start, const Pending& pending);
    [[nodiscard]] Progress retire_worker(MediaId media);
    [[nodiscard]] Result<Progress> change_segment(const FrameCache::Change& change,
                                                  std::uint64_t number);
    [[nodiscard]] Result<Progress> decode(DecodeAt& order);
    [[nodiscard]] Result<bool> is_writable(const PlannedStep& step);
    void expect_disk_uses(const Command& command);
    [[nodiscard]] Progress spill(const SpillAt& order);
    void begin_spill(const FrameKey& key, SlotRef slot, const DiskUse& use);
    [[nodiscard]] Result<Progress> load(const LoadAt& order);
    void end_spill(const Copy& copy, DiskOutcome outcome);
    void end_load(const Copy& copy, DiskOutcome outcome);
    [[nodiscard]] Status go_on_with_rescues();
    [[nodiscard]] Result<Progress> make_writable(const PlannedGrant& grant);
    /// All output frames before this one are done.
    [[nodiscard]] std::uint32_t done_until() const;
    [[nodiscard]] bool is_idle(MediaId media) const;
    [[nodiscard]] bool is_anything_under_way() const;

    Planner& planner_;
    PlanWorld& world_;
    Options options_;
    SlotTable slots_;
    std::vector<PerMedia> media_;
    std::set<MediaId> waiting_;                     ///< those with pending commands
    std::deque<PlannedFrame> planned_;              ///< from front_ on, without their commands
    std::map<std::uint32_t, std::uint32_t> to_do_;  ///< output frame -> commands pending
    std::set<std::uint64_t> memory_commands_;       ///< pending ones
    std::set<std::uint64_t> worker_starts_;         ///< pending ones
    std::map<std::uint32_t, std::vector<SlotRef>> drawn_;
    DiskTable disk_;
    std::map<SlotRef, DiskUse> passing_;    ///< granted, to be written to disk when they are there
    std::map<std::uint64_t, Copy> copies_;  ///< under way, by turn
    Rescues rescues_;
    Spilling spilling_ = Spilling::works;
    DiskCounts disk_counts_;
    std::uint64_t next_number_ = 0;
    std::uint32_t front_ = 0;
    bool is_begun_ = false;
};

}  // namespace reelpool::plan
