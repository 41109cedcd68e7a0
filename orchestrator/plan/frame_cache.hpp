#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "ipc/base/ids.hpp"
#include "orchestrator/plan/frame_key.hpp"

namespace reelpool::plan {

/// A place in a ring. Planned: the run may have to move it to a segment of another number.
struct SlotRef {
    SegmentId segment;
    std::uint32_t slot = 0;
    friend auto operator<=>(const SlotRef&, const SlotRef&) = default;
};

/// Which slots exist and what they hold, as planned; decides what is kept.
///
/// A slot belongs to a segment, a segment to one medium; all slots of a segment have one size. A
/// slot is free, or holds a frame; while output frames that were just planned read it, it is
/// *leased*. The bytes of all segments never exceed the budget. When room is short, the frame goes
/// whose next use is furthest away, and only for a frame that is used sooner; the least recently
/// used goes first among equals. What is only *spare*, because a slot was left over, goes before
/// all that is kept.
///
/// Progress: a slot that is needed by the current output frame can be had unless slots that are
/// leased or needed by the same frame fill the budget, which the export's first checks rule out;
/// everything else can be evicted.
///
/// Pure: it says which segments to make and drop; the caller does it, in order.
class FrameCache {
  public:
    struct Options {
        std::uint64_t budget_bytes = 0;
    };

    /// How firmly a frame is kept for its next use.
    enum class Claim : std::uint8_t {
        kept,   ///< it goes only for one that is used sooner
        spare,  ///< it goes for any that is not spare too
    };

    struct Slot {
        bool is_held = false;  ///< it holds `key`
        FrameKey key;
        std::uint32_t leases = 0;
        std::uint32_t next_use = never;
        Claim claim = Claim::kept;
        std::uint32_t free_from = 0;  ///< after the last output frame that was planned to read it
        std::uint64_t last_touch = 0;
    };

    struct Segment {
        SegmentId id;
        MediaId media;
        std::uint32_t slot_bytes = 0;
        std::vector<Slot> slots;
        [[nodiscard]] std::uint64_t bytes() const {
            return std::uint64_t{slot_bytes} * slots.size();
        }
    };

    /// What must be done to the rings, in this order, before a grant is used.
    struct Change {
        enum class Kind : std::uint8_t { create_segment, drop_segment };
        Kind kind = Kind::create_segment;
        SegmentId segment;
        MediaId media;
        std::uint32_t slot_bytes = 0;
        std::uint32_t slot_count = 0;
        std::uint32_t free_from = 0;  ///< drop: when all output frames before this one are done
    };

    explicit FrameCache(Options options);

    /// The slot that holds the frame.
    [[nodiscard]] std::optional<SlotRef> find(const FrameKey& key) const;
    /// Of all frames that are held, in no order.
    [[nodiscard]] std::vector<FrameKey> keys() const;
    [[nodiscard]] const Slot& slot(SlotRef ref) const;
    [[nodiscard]] const Segment& segment(SegmentId id) const;

    /// A slot for a frame that has none, or nothing if every byte is worth more.
    /// `next_use`: the output frame that needs it. Frames needed as soon as it is, by as strong a
    /// claim, are not evicted for it. Changes pile up in `take_changes`.
    [[nodiscard]] std::optional<SlotRef> grant(const FrameKey& key, std::uint32_t slot_bytes,
                                               std::uint32_t next_use, Claim claim = Claim::kept);
    /// A grant is not used after all.
    void withdraw(SlotRef ref);
    /// Gives back the segments of a medium that hold nothing of use.
    void drop_dead(MediaId media);
    /// Output frame n reads it.
    void lease(SlotRef ref, std::uint32_t n);
    /// One output frame less reads it.
    void release(SlotRef ref);
    /// The frame's next use, or the claim to be kept for it, has changed.
    void set_next_use(const FrameKey& key, std::uint32_t next_use, Claim claim = Claim::kept);

    [[nodiscard]] std::vector<Change> take_changes();
    /// Frames that made way since the last call, and where they were: until the changes and grants
    /// since then are carried out, they still are there.
    struct Evicted {
        FrameKey key;
        SlotRef slot;
    };
    [[nodiscard]] std::vector<Evicted> take_evicted();

    [[nodiscard]] std::uint64_t budget_bytes() const { return options_.budget_bytes; }
    /// The share of the budget that so many bytes take.
    [[nodiscard]] double share_of(std::uint64_t bytes) const {
        return static_cast<double>(bytes) / static_cast<double>(options_.budget_bytes);
    }
    [[nodiscard]] std::uint64_t used_bytes() const { return used_bytes_; }
    /// The slots that output frames read now.
    [[nodiscard]] std::uint64_t leased_bytes() const { return leased_bytes_; }
    [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }
    /// Frames that were kept for somebody to read them again, and made way for others.
    [[nodiscard]] std::uint64_t evictions() const { return evictions_; }
    /// The bytes of the segment that a slot of this size lives in.
    [[nodiscard]] std::uint64_t segment_bytes(std::uint32_t slot_bytes) const;

  private:
    using Need = std::uint64_t;  ///< less is worth more
    [[nodiscard]] std::uint32_t slots_per_segment(std::uint32_t slot_bytes) const;
    Slot& mutable_slot(SlotRef ref);
    void assign(SlotRef ref, const FrameKey& key, std::uint32_t next_use, Claim claim);
    void evict(SlotRef ref);
    [[nodiscard]] std::optional<SlotRef> free_slot(MediaId media, std::uint32_t slot_bytes) const;
    [[nodiscard]] std::optional<SlotRef> victim_slot(MediaId media, std::uint32_t slot_bytes,
                                                     Need need) const;
    [[nodiscard]] std::optional<SegmentId> victim_segment(Need need) const;
    [[nodiscard]] bool has_room(std::uint64_t bytes) const;
    bool make_room(std::uint64_t bytes, Need need);
    SegmentId create_segment(MediaId media, std::uint32_t slot_bytes);
    void drop_segment(SegmentId id);

    Options options_;
    std::unordered_map<SegmentId, Segment> segments_;
    std::unordered_map<FrameKey, SlotRef> by_key_;
    std::vector<Change> changes_;
    std::vector<Evicted> evicted_;
    std::uint64_t used_bytes_ = 0;
    std::uint64_t leased_bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
    std::uint64_t clock_ = 0;
    std::uint64_t evictions_ = 0;
    std::uint32_t next_segment_ = 1;
};

}  // namespace reelpool::plan
