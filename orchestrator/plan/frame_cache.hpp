#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "ipc/base/ids.hpp"
#include "orchestrator/plan/frame_key.hpp"

namespace reelpool::plan {

enum class SlotState : std::uint8_t { free, granted, ready, leased };

/// Which slots exist, what they hold and who may touch them; decides what is kept.
///
/// A slot belongs to a segment, a segment to one medium; all slots of a segment have one size.
///   free -> granted (a worker may write it) -> ready (it said so) -> leased (draw lists read it)
///   -> ready -> free (evicted)
/// A codec that decodes straight into a slot refers to it for a while, from the grant until its
/// worker says that it is released: whatever else happens to the slot meanwhile, nobody else may be
/// given it. Such slots are *entangled*; they are limited to a share of the budget, and closing the
/// idle cursors frees them all. The bytes of all segments never exceed the budget. When room is
/// short, the frame goes whose next use is furthest away, and only for a frame that is used sooner;
/// the least recently used goes first among equals.
///
/// Progress: a slot that is needed by the current output frame can be granted unless slots in use
/// (granted, leased, or needed by the same frame or an earlier one) fill the budget, which
/// the export's first checks rule out; everything else can be evicted.
///
/// Pure: it says which segments to make and drop; the caller does it, in order.
class FrameCache {
  public:
    struct Options {
        std::uint64_t budget_bytes = 0;
    };

    struct SlotRef {
        SegmentId segment;
        std::uint32_t slot = 0;
        friend auto operator<=>(const SlotRef&, const SlotRef&) = default;
    };

    struct Slot {
        SlotState state = SlotState::free;
        FrameKey key;
        Generation generation;
        std::uint32_t leases = 0;
        std::uint32_t next_use = never;
        std::uint64_t last_touch = 0;
        bool is_concealed = false;
        bool is_entangled = false;
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

    /// What the caller must do in the world, in this order, before it uses a grant.
    struct Change {
        enum class Kind : std::uint8_t { create_segment, drop_segment };
        Kind kind = Kind::create_segment;
        SegmentId segment;
        MediaId media;
        std::uint32_t slot_bytes = 0;
        std::uint32_t slot_count = 0;
    };

    explicit FrameCache(Options options);

    /// The slot that holds or will hold the frame.
    [[nodiscard]] std::optional<SlotRef> find(const FrameKey& key) const;
    [[nodiscard]] const Slot& slot(SlotRef ref) const;
    [[nodiscard]] const Segment& segment(SegmentId id) const;
    [[nodiscard]] bool has_segment(SegmentId id) const { return segments_.contains(id); }
    [[nodiscard]] bool is_ready(const FrameKey& key) const;

    /// A slot for a frame that has none, or nothing if every byte is worth more.
    /// `next_use`: the output frame that needs it. Frames that are wanted again by output frame
    /// `spare_until` or before are not evicted for it, nor those needed as soon as it is.
    /// Changes pile up in `take_changes`.
    [[nodiscard]] std::optional<SlotRef> grant(const FrameKey& key, std::uint32_t slot_bytes,
                                               std::uint32_t next_use,
                                               std::uint32_t spare_until = 0);
    /// Says that a slot just granted may be decoded into directly, if the limit allows it.
    [[nodiscard]] bool entangle(SlotRef ref);
    /// No codec refers to the slot any more.
    void disentangle(SlotRef ref);
    /// granted -> ready.
    void publish(SlotRef ref, bool is_concealed);
    /// granted -> free: its worker will never write it.
    void withdraw(SlotRef ref);
    /// Likewise every granted slot of one medium, whose worker refers to nothing any more.
    void withdraw_all(MediaId media);
    /// Gives back the segments of a medium that hold nothing of use.
    void drop_dead(MediaId media);
    /// One more draw list reads it (ready or leased).
    void lease(SlotRef ref);
    /// One draw list less reads it.
    void release(SlotRef ref);
    /// The frame's next use has moved.
    void set_next_use(const FrameKey& key, std::uint32_t next_use);

    [[nodiscard]] std::vector<Change> take_changes();

    [[nodiscard]] std::uint64_t budget_bytes() const { return options_.budget_bytes; }
    /// The share of the budget that a slot of this size takes.
    [[nodiscard]] double share_of(std::uint32_t slot_bytes) const {
        return slot_bytes / static_cast<double>(options_.budget_bytes);
    }
    [[nodiscard]] std::uint64_t used_bytes() const { return used_bytes_; }
    /// The slots that draw lists read now.
    [[nodiscard]] std::uint64_t leased_bytes() const { return leased_bytes_; }
    [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }
    [[nodiscard]] std::uint64_t entangled_bytes() const { return entangled_bytes_; }
    [[nodiscard]] std::uint64_t evictions() const { return evictions_; }

    /// The bytes of the segment that a slot of this size lives in.
    [[nodiscard]] std::uint64_t segment_bytes(std::uint32_t slot_bytes) const;

    /// Calls visit(segment, slot index, slot) for every slot whose state may have changed since the
    /// last call, for onlookers.
    template <class Visit>
    void visit_touched(Visit visit) {
        for (const SlotRef& ref : touched_)
            if (segments_.contains(ref.segment)) visit(segment(ref.segment), ref.slot, slot(ref));
        touched_.clear();
    }

  private:
    [[nodiscard]] std::uint32_t slots_per_segment(std::uint32_t slot_bytes) const;
    Slot& mutable_slot(SlotRef ref);
    void assign(SlotRef ref, const FrameKey& key, std::uint32_t next_use);
    void evict(SlotRef ref);
    [[nodiscard]] std::optional<SlotRef> free_slot(MediaId media, std::uint32_t slot_bytes) const;
    [[nodiscard]] std::optional<SlotRef> victim_slot(MediaId media, std::uint32_t slot_bytes,
                                                     std::uint32_t next_use) const;
    [[nodiscard]] std::optional<SegmentId> victim_segment(std::uint32_t next_use) const;
    [[nodiscard]] bool has_room(std::uint64_t bytes) const;
    bool make_room(std::uint64_t bytes, std::uint32_t next_use);
    SegmentId create_segment(MediaId media, std::uint32_t slot_bytes);
    void drop_segment(SegmentId id);

    Options options_;
    std::unordered_map<SegmentId, Segment> segments_;
    std::unordered_map<FrameKey, SlotRef> by_key_;
    std::set<SlotRef> touched_;
    std::vector<Change> changes_;
    std::uint64_t used_bytes_ = 0;
    std::uint64_t leased_bytes_ = 0;
    std::uint64_t entangled_bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
    std::uint64_t clock_ = 0;
    std::uint64_t evictions_ = 0;
    std::uint32_t next_segment_ = 1;
};

}  // namespace reelpool::plan
