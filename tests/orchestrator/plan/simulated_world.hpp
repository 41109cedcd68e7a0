#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "orchestrator/plan/plan_runner.hpp"
#include "orchestrator/plan/plan_world.hpp"
#include "orchestrator/plan/shared_planner.hpp"

namespace reelpool::plan::test {

/// A medium of `frames` frames with a keyframe every `gop`, 1080p unless told.
[[nodiscard]] MediaSource make_media(std::uint32_t id, std::uint32_t frames, std::uint32_t gop,
                                     std::uint32_t width = 1920, std::uint32_t height = 1080);

/// `wants[n]` is what output frame n reads.
[[nodiscard]] Wants wants_from(const std::vector<std::vector<FrameKey>>& wants);

/// Workers and rings that decode nothing, answer in any order, and are strict: whatever a real one
/// would refuse, or would spoil a picture, throws std::logic_error.
class SimulatedWorld : public PlanWorld {
  public:
    /// A disk and how often it fails: one of so many writes and reads; 0: never.
    struct Disk {
        std::uint64_t bytes = 0;
        std::uint32_t writes_per_failure = 0;
        std::uint32_t reads_per_failure = 0;
    };
    /// How workers die.
    struct Deaths {
        std::uint32_t events_per_death = 0;  ///< one of so many events; 0: never
        std::map<MediaId, std::set<std::uint32_t>> deadly = {};  ///< decoding it kills
    };
    SimulatedWorld(const std::vector<MediaSource>& media, std::uint64_t budget_bytes,
                   std::uint64_t seed, Disk disk, Deaths deaths)
        : media_(media),
          budget_bytes_(budget_bytes),
          random_(seed),
          disk_(disk),
          deaths_(std::move(deaths)) {}

    [[nodiscard]] bool has_worker(MediaId media) const override;
    [[nodiscard]] bool is_running(MediaId media) const override;
    [[nodiscard]] std::set<MediaId> running() const override;
    [[nodiscard]] std::uint32_t live_workers() const override;
    void start_worker(MediaId media) override;
    void retire_worker(MediaId media) override;
    void open_cursor(MediaId media, const wire::OpenCursor& message) override;
    void close_cursor(MediaId media, const wire::CloseCursor& message) override;
    [[nodiscard]] Status decode(MediaId media, const wire::Decode& message) override;
    [[nodiscard]] Status create_segment(const FrameCache::Change& change) override;
    void drop_segment(const FrameCache::Change& change) override;
    void write_to_disk(const DiskCopy& copy) override;
    void read_from_disk(const DiskCopy& copy) override;

    /// Something happens: a worker comes up, or answers a step, or its codec lets go of a slot, or
    /// the disk has written or read.
    /// False if there is nothing that could.
    bool happen(PlanRunner& runner);
    /// What a slot holds, to be compared with what is drawn from it.
    [[nodiscard]] FrameKey content(SegmentId segment, std::uint32_t offset_bytes) const;

    [[nodiscard]] std::uint64_t frames_decoded() const { return frames_decoded_; }
    [[nodiscard]] std::uint32_t died() const { return died_; }
    /// What the last deaths led to, if not to a restart.
    [[nodiscard]] const std::optional<PlanRunner::LossReport>& poison() const { return poison_; }
    [[nodiscard]] std::uint64_t seeks() const { return seeks_; }
    [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }
    [[nodiscard]] std::uint32_t workers_peak() const { return workers_peak_; }

  private:
    struct Step {
        wire::DecodeStep step;
        std::uint32_t seek_to = wire::no_seek;
    };
    struct SimulatedCursor {
        std::vector<Step> steps;
        std::uint32_t position = 0;
        std::uint32_t steps_done = 0;
        std::vector<wire::SlotReleased> held;
    };
    struct Worker {
        bool is_running = false;
        std::size_t answers_owed = 0;  ///< before it may die for something again
        std::map<CursorId, SimulatedCursor> cursors;
    };
    struct Memory {
        MediaId media;
        std::uint64_t bytes = 0;
        std::map<std::uint32_t, FrameKey> content;  ///< by offset
    };
    struct Copying {
        DiskCopy copy;
        std::optional<FrameKey> content;  ///< of the slot to be written; nothing: it is to be read
    };
    void begin_copy(const DiskCopy& copy, std::optional<FrameKey> content);
    void end_copy(PlanRunner& runner, std::size_t index);
    [[nodiscard]] bool fails(std::uint32_t per_failure);
    void answer(PlanRunner& runner, MediaId media, CursorId id);
    void let_go(PlanRunner& runner, MediaId media, CursorId id);
    void die(PlanRunner& runner, MediaId media, PlanRunner::Death death);
    [[nodiscard]] bool is_deadly(MediaId media, std::uint32_t first, std::uint32_t last) const;
    [[nodiscard]] bool is_being_written(SegmentId segment, std::uint32_t offset_bytes) const;

    const std::vector<MediaSource>& media_;
    std::uint64_t budget_bytes_;
    std::mt19937_64 random_;
    Disk disk_;
    Deaths deaths_;
    std::map<MediaId, std::size_t> owed_by_next_;
    std::map<std::pair<SegmentId, std::uint32_t>, Generation> generations_;
    std::uint32_t died_ = 0;
    std::optional<PlanRunner::LossReport> poison_;
    std::vector<Copying> copying_;
    std::map<std::uint64_t, FrameKey> on_disk_;  ///< by offset
    std::map<MediaId, Worker> workers_;
    std::map<SegmentId, Memory> memory_;
    std::uint64_t used_bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
    std::uint64_t frames_decoded_ = 0;
    std::uint64_t seeks_ = 0;
    std::uint32_t workers_peak_ = 0;
};

struct SimulationResult {
    std::uint64_t frames_decoded = 0;
    std::uint64_t frames_planned = 0;
    std::uint64_t frames_ideal = 0;
    std::uint64_t seeks = 0;
    std::uint64_t peak_bytes = 0;
    PlanStatistics planned;
    PlanRunner::DiskCounts disk;
    std::uint32_t died = 0;
    std::uint64_t frames_again = 0;
    std::optional<PlanRunner::LossReport> poison;
    std::map<MediaId, std::set<std::uint32_t>> held;
    bool is_stuck = false;
    [[nodiscard]] double amplification() const {
        return static_cast<double>(frames_decoded) / static_cast<double>(frames_ideal);
    }
};

/// How workers die, and what is done about frames that kill them.
struct Mortality {
    SimulatedWorld::Deaths deaths = {};
    PlanRunner::BadFrame bad_frame = PlanRunner::BadFrame::refuse;
    /// What is to be shown for a frame; nothing: the frame.
    std::function<FrameKey(const FrameKey&)> shown = {};
};

/// Carries a plan out to the end, with a compositor that gives slots back after a while, in an
/// order of events thrown by dice. Throws std::logic_error when a picture would be wrong. Ends
/// early when a worker is poisoned.
[[nodiscard]] SimulationResult carry_out(Planner& planner, const std::vector<MediaSource>& media,
                                         std::uint64_t budget_bytes, std::uint64_t seed = 1,
                                         std::uint32_t lookahead = 12,
                                         SimulatedWorld::Disk disk = {},
                                         const Mortality& mortality = {});

/// The same with engine V2's planner.
[[nodiscard]] SimulationResult simulate(const std::vector<MediaSource>& media,
                                        const std::vector<std::vector<FrameKey>>& wants,
                                        SharedOptions options, std::uint64_t seed = 1,
                                        std::uint32_t lookahead = 12,
                                        SimulatedWorld::Disk disk = {},
                                        const Mortality& mortality = {});

}  // namespace reelpool::plan::test
