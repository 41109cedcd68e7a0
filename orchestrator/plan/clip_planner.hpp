#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/planner.hpp"
#include "orchestrator/plan/want_counter.hpp"

namespace reelpool::plan {

/// The output frames in which an appearance of a clip can be seen, first and last included.
struct Lifetime {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

struct ClipOptions {
    std::uint32_t ring_slots = 12;
    std::uint32_t cores = 1;  ///< codec threads are shared out from these
};

/// Engine V1: one worker and one small ring for each appearance of a clip, which reads its file in
/// the order in which it is shown. No cache and no look into the future: simple, and what V2 is
/// compared with.
///
/// What wants call media is an appearance here. It has one cursor, which decodes on or goes back to
/// a keyframe; where a clip runs backwards, half of its ring is filled on the way. The worker lives
/// from the first output frame of the appearance to its last, the ring a little longer, that
/// nobody waits for its last frames to be drawn.
class ClipPlanner : public Planner {
  public:
    /// `lifetimes` go by media.
    ClipPlanner(const std::vector<MediaSource>& media, Wants wants,
                const std::vector<Lifetime>& lifetimes, ClipOptions options);

    [[nodiscard]] bool has_next() const override { return now_ < wants_.frame_count; }
    [[nodiscard]] PlannedFrame next() override;
    [[nodiscard]] MediaStatistics statistics(MediaId media) const override;
    [[nodiscard]] PlanStatistics statistics() const override { return statistics_; }
    [[nodiscard]] std::uint64_t used_bytes() const override { return used_bytes_; }

  private:
    struct RingSlot {
        SlotRef ref;
        std::optional<FrameKey> key;  ///< what it holds
        std::uint32_t free_from = 0;
        std::uint64_t last_touch = 0;
    };
    struct Ring {
        std::vector<FrameCache::Change> segments;  ///< as they were made
        std::vector<RingSlot> slots;
        std::uint32_t slot_bytes = 0;
    };
    struct Reader {
        const MediaSource& source;
        WantCounter counter;
        Lifetime lifetime;
        Ring ring{};
        bool has_cursor = false;
        std::uint32_t position = 0;    ///< the frame that comes out next
        std::uint32_t last_frame = 0;  ///< that was read
    };
    using Commands = std::vector<Command>;

    void begin_readers(Commands& commands);
    void end_readers(Commands& commands);
    PlannedRead serve(const FrameKey& key, Commands& commands);
    void make_ring(Reader& reader, std::uint32_t slot_bytes, Commands& commands);
    void drop_ring(Ring& ring, Commands& commands);
    void order(Reader& reader, const FrameKey& key, Commands& commands);
    [[nodiscard]] PlannedGrant take_oldest(Ring& ring, const FrameKey& key);
    [[nodiscard]] static RingSlot* find(Ring& ring, const FrameKey& key);

    ClipOptions options_;
    Wants wants_;
    MediaCatalog catalog_;
    std::vector<Reader> readers_;                        ///< by media
    std::multimap<std::uint32_t, MediaId> beginning_;    ///< by first output frame
    std::multimap<std::uint32_t, MediaId> ending_;       ///< by the one after the last
    std::multimap<std::uint32_t, MediaId> giving_back_;  ///< by the one that drops the ring
    std::uint32_t now_ = 0;
    std::uint32_t alive_ = 0;
    std::uint64_t used_bytes_ = 0;
    std::uint64_t clock_ = 0;
    std::uint32_t next_segment_ = 1;
    PlanStatistics statistics_;
};

}  // namespace reelpool::plan
