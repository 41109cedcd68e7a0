#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/plan/bad_frames.hpp"
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
///
/// A worker that died is replaced by one that is brought to where the plan assumes it: its cursors
/// are opened again, and what was ordered and not answered is granted and ordered again. What may
/// have killed it comes first and alone, so that a second death has one reason: a *poison*, which
/// is never sent again.
/// Thread: the event loop's.
class PlanRunner {
  public:
    /// What becomes of a frame on which the decoder dies.
    enum class BadFrame : std::uint8_t {
        refuse,  ///< the caller is told, and ends the run
        hold,    ///< the nearest earlier frame is shown instead
    };
    struct Options {
        std::uint64_t budget_bytes = 0;
        std::uint32_t planned_frames = 60;  ///< known beforehand: workers are started by it
        std::uint32_t max_workers = 8;
        BadFrame bad_frame = BadFrame::refuse;
    };
    /// `media`: by what the plan calls so. It must outlive this.
    PlanRunner(Planner& planner, PlanWorld& world, const std::vector<MediaSource>& media,
               Options options);

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

    /// What a worker was at when it died, and whether it may be to blame for it.
    enum class Death : std::uint8_t {
        opening,  ///< its file
        serving,
        blameless,  ///< something else took it with it
    };
    /// What a death led to.
    enum class Loss : std::uint8_t {
        restart,         ///< another worker takes over
        opening_poison,  ///< it was the second one while the file was opened
        poison,          ///< it was the second one at the same request; with BadFrame::refuse only
    };
    struct LossReport {
        Loss loss = Loss::restart;
        FrameIndex frame;  ///< poison: which was to be decoded
    };
    /// A medium's worker is dead: no thread of it can write to a slot any more. It was not retired.
    /// Errors: decode, nothing is left of the file to be shown.
    [[nodiscard]] Result<LossReport> on_worker_lost(MediaId media, Death death);
    /// The medium's worker is being tried with what may have killed another one: nothing else may
    /// be asked of it.
    [[nodiscard]] bool is_recovering(MediaId media) const { return recovering_.contains(media); }
    /// A worker that outlived its pictures was retired after all.
    void on_shared_worker_retired(MediaId media);
    /// Frames that something else is shown for.
    [[nodiscard]] const std::set<std::uint32_t>& held_frames(MediaId media) const {
        return media_[media.value].held;
    }
    /// Frames that were decoded outside of the plan because workers had died.
    [[nodiscard]] std::uint64_t frames_decoded_again() const { return frames_again_; }

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

    /// The plan around the next output frame and where its carrying out stands, a line for each
    /// thing, for people who look for a fault.
    [[nodiscard]] std::vector<std::string> describe() const;

    [[nodiscard]] SlotTable& slots() { return slots_; }
    [[nodiscard]] const SlotTable& slots() const { return slots_; }
    [[nodiscard]] std::uint32_t open_cursors(MediaId media) const;

  private:
    struct Pending {
        std::uint64_t number = 0;  ///< in the plan's order
        std::uint32_t output = 0;
        Command command;
    };
    /// Ordered of a cursor and not answered.
    struct OrderedStep {
        PlannedStep planned;
        std::uint32_t seek_to = wire::no_seek;
        std::vector<wire::SlotGrant> grants;
        bool must_be_granted_again = false;  ///< the worker that had it is dead
        std::uint32_t frames_again = 0;      ///< to be decoded once more on the way to it
    };
    struct CursorState {
        std::uint32_t threads = 1;
        std::uint32_t steps_reported = 0;  ///< by the worker that lives
        std::deque<OrderedStep> under_way;
        std::size_t sent = 0;                ///< of them, to the worker that lives
        std::optional<std::uint32_t> stood;  ///< the frame that it was at, for the plan
        bool needs_seek = false;             ///< the worker that lives does not stand there
    };
    /// A way through a group of pictures, frame by frame, to see on which one the decoder dies.
    struct Walk {
        CursorId cursor;
        std::uint32_t next = 0;
        std::uint32_t end = 0;
        std::uint32_t steps = 0;  ///< 0: not begun
    };
    /// From a worker's death until its successor is where the plan assumes it.
    struct Recovery {
        bool are_cursors_open = false;
        std::optional<CursorId> alone;  ///< the suspect that is being tried
        FrameIndex alone_frame;
        std::optional<Walk> walk;
    };
    struct PerMedia {
        std::deque<Pending> pending;
        std::map<CursorId, CursorState> cursors;
        std::set<CursorId> closed;  ///< and not known to have ended
        bool has_planned_worker = false;
        std::optional<Recovery> recovery;
        std::map<std::uint32_t, std::uint32_t> deaths;  ///< by the frame that was asked for
        std::uint32_t deaths_while_opening = 0;
        bool decodes_ahead_into_death = false;  ///< it dies with more threads than one
        std::set<std::uint32_t> held;
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
    void close_cursors(MediaId media);
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
    void add_rescue(MediaId media, const Rescues::Wanted& wanted);
    [[nodiscard]] Status go_on_with_rescues();
    [[nodiscard]] Status send_steps(MediaId media, CursorId cursor, std::size_t most);
    [[nodiscard]] std::uint32_t seek_of(MediaId media, CursorState& state, OrderedStep& step);
    [[nodiscard]] Status accept_steps(MediaId media, CursorState& cursor,
                                      const wire::SlotsReady& report);
    [[nodiscard]] Status accept_rescue(MediaId media, const wire::SlotsReady& report);
    [[nodiscard]] Status publish(MediaId media, const wire::SlotReady& ready);
    void open_cursor(MediaId media, CursorId cursor, const CursorState& state);

    [[nodiscard]] Status go_on_with_recoveries();
    [[nodiscard]] Status go_on_with_recovery(MediaId media);
    [[nodiscard]] Status try_next_suspect(MediaId media);
    void forget_worker(MediaId media);
    void blame(MediaId media, const std::vector<FrameIndex>& rescued);
    [[nodiscard]] Status mark_poison(MediaId media, FrameIndex frame);
    [[nodiscard]] Status go_on_walking(MediaId media);
    [[nodiscard]] Status on_walked(MediaId media, const wire::SlotsReady& report);
    [[nodiscard]] Status replace_bad_steps(MediaId media);
    enum class Slots : std::uint8_t { granted, to_be_granted };
    [[nodiscard]] Status show_something_else(MediaId media, const PlannedStep& step, Slots slots);
    [[nodiscard]] Result<Rescues::Wanted> substitute_for(MediaId media, std::uint32_t frame,
                                                         const PlannedGrant& grant) const;
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
    BadFrames bad_;
    std::set<MediaId> recovering_;
    std::uint32_t next_walk_ = 0xc0000000;  ///< cursor ids; the plan's and rescues' stay below
    std::uint64_t frames_again_ = 0;
    Spilling spilling_ = Spilling::works;
    DiskCounts disk_counts_;
    std::uint64_t next_number_ = 0;
    std::uint32_t front_ = 0;
    bool is_begun_ = false;
};

}  // namespace reelpool::plan
