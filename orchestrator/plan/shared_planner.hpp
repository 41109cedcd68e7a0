#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "orchestrator/plan/cursor_set.hpp"
#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/plan/future.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/planner.hpp"
#include "orchestrator/plan/retention.hpp"
#include "orchestrator/plan/spill_plan.hpp"
#include "orchestrator/plan/tactics.hpp"
#include "orchestrator/plan/want_counter.hpp"

namespace reelpool::plan {

struct SharedOptions {
    std::uint64_t cache_bytes = 0;
    double frames_per_second = 25;
    std::uint32_t max_cursors_per_worker = 12;
    std::uint32_t max_cursors = 24;  ///< of all workers
    /// Alive at once, unless one output frame reads more files, or each would be dear to start
    /// again; then up to twice as many.
    std::uint32_t max_workers = 8;
    std::uint32_t cores = 1;  ///< codec threads are shared out from these
    /// So many output frames, at the least, keep their slots after they were read, unless the next
    /// one cannot be had otherwise: decoding runs ahead of drawing. 0: the least is decoded.
    std::uint32_t lag_frames = 2;
    std::uint64_t disk_bytes = 0;  ///< of the disk cache; 0: there is none
};

/// Engine V2: one worker per file, a cache for all, and the future known.
///
/// Decides as if every frame were decoded in the moment when it is first needed. That a run is
/// ahead of itself comes from slots that stay leased for some output frames after they were read:
/// the next frames go into others, and can be decoded while these are still drawn from.
class SharedPlanner : public Planner {
  public:
    SharedPlanner(const std::vector<MediaSource>& media, Wants wants, SharedOptions options);

    [[nodiscard]] bool has_next() const override { return future_.begin() < wants_.frame_count; }
    [[nodiscard]] PlannedFrame next() override;
    [[nodiscard]] MediaStatistics statistics(MediaId media) const override;
    [[nodiscard]] PlanStatistics statistics() const override;
    [[nodiscard]] std::uint64_t used_bytes() const override { return cache_.used_bytes(); }
    void lose(const FrameKey& key) override { disk_.lose(key); }
    void stop_spilling() override { disk_.stop(); }

  private:
    struct PerMedia {
        const MediaSource& source;
        CursorSet cursors;
        WantCounter counter;
        std::uint32_t last_wanted = 0;  ///< the output frame
    };
    using Commands = std::vector<Command>;
    using Claim = FrameCache::Claim;

    void extend_future();
    void choose_kept();
    [[nodiscard]] std::vector<std::uint32_t> positions(MediaId id) const;
    void mark_all();
    void look_close();
    void make_moves(Commands& commands);
    bool drop(const FrameKey& key);
    [[nodiscard]] bool keeps_spares() const;
    [[nodiscard]] std::vector<Future::LevelUse> worth_keeping(MediaId media,
                                                              FrameIndex frame) const;
    void provide_workers(Commands& commands);
    void retire_unneeded(Commands& commands);
    void retire(MediaId media, Commands& commands);
    void order(const FrameKey& key, Commands& commands);
    void go(const Route& route, const FrameKey& key, Commands& commands);
    void load(const FrameKey& key, Commands& commands);
    [[nodiscard]] std::vector<PlannedStep> grant_steps(const FrameKey& key, FrameIndex start,
                                                       Commands& commands);
    void grant_now(const FrameKey& key, std::map<std::uint32_t, PlannedStep>& steps);
    [[nodiscard]] bool grant(const FrameKey& key, std::uint32_t next_use, Claim claim,
                             std::map<std::uint32_t, PlannedStep>& steps);
    [[nodiscard]] std::optional<SlotRef> grant_leftover(const FrameKey& key, std::uint32_t bytes,
                                                        std::uint32_t next_use);
    void take_changes(Commands& commands);
    void close_spare_cursors(PerMedia& media, Commands& commands);
    [[nodiscard]] std::map<FrameKey, PlannedRead> read_wants();
    [[nodiscard]] std::uint32_t mark_use(const FrameKey& key, std::uint32_t now);
    void trim_leases();
    void release_oldest();
    [[nodiscard]] bool is_at_hand(const FrameKey& key) const;
    [[nodiscard]] bool is_held_at_another_level(const FrameKey& key) const;
    [[nodiscard]] std::uint32_t next_need(const PerMedia& media, const Cursor& cursor) const;
    [[nodiscard]] std::uint32_t restart_cost(MediaId media) const;
    [[nodiscard]] std::uint32_t open_cursor_count() const;

    SharedOptions options_;
    Wants wants_;
    MediaCatalog catalog_;
    std::vector<PerMedia> media_;
    std::set<MediaId> live_;  ///< those that have a worker
    Future future_;
    FrameCache cache_;
    Retention retention_;
    Tactics tactics_;
    SpillPlan disk_;
    std::deque<std::vector<SlotRef>> leases_;  ///< of the last output frames, the newest last
    std::uint32_t chosen_at_begin_ = never;    ///< the future at the last choose_kept()
    std::uint32_t chosen_at_end_ = 0;
    PlanStatistics statistics_;
};

}  // namespace reelpool::plan
