#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "ipc/wire/messages.hpp"
#include "orchestrator/plan/cursor_set.hpp"
#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/plan/future.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/retention.hpp"

namespace reelpool::plan {

struct SchedulerOptions {
    std::uint64_t cache_bytes = 0;
    std::uint32_t max_cursors_per_worker = 12;
    std::uint32_t max_cursors = 24;            ///< of all workers
    std::uint32_t max_outstanding_steps = 12;  ///< ordered and not answered, per cursor
    std::uint32_t cores = 1;                   ///< codec threads are shared out from these
};

/// What one file cost, and what it would have cost a perfect reader.
struct MediaStatistics {
    std::uint64_t frames_ideal = 0;      ///< per touched GOP: keyframe to last needed frame, once
    std::uint64_t frames_unique = 0;     ///< different frames that were shown
    std::uint64_t wants = 0;             ///< (output frame, source frame) pairs
    std::uint64_t deliveries_again = 0;  ///< frames decoded for a want after they had been before
    std::uint32_t cursors_peak = 0;
};

// What the caller is to tell the workers, in this order.
struct OpenCursorAt {
    MediaId media;
    wire::OpenCursor message;
};
struct CloseCursorAt {
    MediaId media;
    wire::CloseCursor message;
};
struct DecodeAt {
    MediaId media;
    wire::Decode message;
};
using Command = std::variant<OpenCursorAt, CloseCursorAt, DecodeAt>;

/// Decides what is decoded when, by whom and into which slot. Pure: time is the output frame
/// number, the world is told by the caller what to do.
class Scheduler {
  public:
    Scheduler(std::vector<MediaSource> media, SchedulerOptions options);
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    [[nodiscard]] const Future& future() const { return future_; }
    [[nodiscard]] FrameCache& cache() { return cache_; }
    [[nodiscard]] const FrameCache& cache() const { return cache_; }
    [[nodiscard]] const MediaSource& media(MediaId id) const { return catalog_.at(id); }

    /// Adds the wants of the next output frame to the known future.
    void append(std::vector<FrameKey> wants);
    /// Every frame that output frame future().begin() reads is ready.
    [[nodiscard]] bool is_front_ready() const;
    /// Leases the slots of the front frame and forgets its wants. Its slots, by key.
    std::map<FrameKey, FrameCache::SlotRef> take_front();
    /// The draw list that leased them is done.
    void release(const std::map<FrameKey, FrameCache::SlotRef>& slots);

    /// Orders for the wants of output frames before `window_end`; only media in `running` are
    /// asked. FrameCache::take_changes comes before the commands.
    [[nodiscard]] std::vector<Command> schedule(std::uint32_t window_end,
                                                const std::set<MediaId>& running);

    /// A worker reports. Errors: it reports what it was not asked for.
    [[nodiscard]] Status on_slots_ready(MediaId media, const wire::SlotsReady& report);
    /// A medium's worker is gone: what was granted to it is free again.
    void on_worker_gone(MediaId media);

    /// Nothing is ordered from this medium's worker.
    [[nodiscard]] bool is_idle(MediaId media) const;
    [[nodiscard]] std::uint32_t open_cursors(MediaId media) const;
    [[nodiscard]] std::uint32_t cursors_peak() const { return cursors_peak_; }
    [[nodiscard]] MediaStatistics statistics(MediaId media) const;
    /// The size of the slot that holds a frame of this medium at this level.
    [[nodiscard]] std::uint32_t slot_bytes(const FrameKey& key) const {
        return catalog_.slot_bytes(key.media, key.level);
    }
    /// The bytes that an output frame with these wants needs at once, with a gap after each
    /// segment.
    [[nodiscard]] std::uint64_t needed_bytes(const std::vector<FrameKey>& wants,
                                             std::uint64_t gap_bytes = 0) const;

  private:
    struct PerMedia {
        const MediaSource& source;
        CursorSet cursors;
        std::map<std::uint32_t, std::uint32_t> touched_gops;  ///< keyframe -> last needed frame
        std::vector<bool> wanted;
        std::vector<bool> delivered;
        MediaStatistics statistics;
    };

    void count_wants(const std::vector<FrameKey>& wants);
    bool order(const FrameKey& key, std::uint32_t needed_by, std::uint32_t window_end,
               std::vector<Command>& commands);
    std::vector<wire::DecodeStep> grant_steps(PerMedia& media, const FrameKey& key,
                                              FrameIndex start, std::uint32_t needed_by,
                                              std::uint32_t window_end);
    void issue(PerMedia& media, const Route& route, FrameIndex last,
               std::vector<wire::DecodeStep> steps, std::uint32_t needed_by,
               std::vector<Command>& commands);
    void close_spare_cursors(PerMedia& media, std::vector<Command>& commands);
    void close_idle_cursors(std::vector<Command>& commands);
    [[nodiscard]] Status publish(MediaId media, const wire::SlotReady& ready);
    [[nodiscard]] Status disentangle(MediaId media, const wire::SlotReleased& released);
    [[nodiscard]] std::uint32_t next_need(const PerMedia& media, const Cursor& cursor) const;
    [[nodiscard]] std::uint32_t open_cursor_count() const;

    void order_window(std::uint32_t end, const std::set<MediaId>& running,
                      std::vector<Command>& commands);
    /// The frame is in the cache, and stays for this use.
    bool keep_for(const FrameKey& key, std::uint32_t n);
    void keep_if_worth_it(const FrameKey& key, std::uint32_t now);
    void choose_kept(std::uint32_t ahead);

    SchedulerOptions options_;
    MediaCatalog catalog_;
    std::vector<PerMedia> media_;
    Future future_;
    FrameCache cache_;
    Retention retention_;
    std::uint32_t chosen_at_begin_ = never;  ///< the future at the last choose_kept()
    std::uint32_t chosen_at_end_ = 0;
    std::uint32_t cursors_peak_ = 0;
};

}  // namespace reelpool::plan
