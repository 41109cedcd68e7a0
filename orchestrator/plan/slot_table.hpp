#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/plan/planner.hpp"

namespace reelpool::plan {

enum class SlotState : std::uint8_t { free, granted, ready, leased };

/// What the slots of all rings hold and who may touch them, in the world and not in the plan.
///
///   free -> granted (a worker may write it) -> ready (it said so) -> leased (draw lists read it)
///   -> ready -> granted
/// A codec that decodes straight into a slot refers to it for a while, from the grant until its
/// worker says that it is released: whatever else happens to the slot meanwhile, nobody else may be
/// given it. Such a slot is *entangled*. Where the plan goes on with it nevertheless, the plan's
/// segment moves to new memory, and the old one stays until the codec has released it.
/// Thread: the event loop's.
class SlotTable {
  public:
    /// Codecs may refer to an eighth of this, and only as long as all that they refer to could be
    /// moved away from. (They hold on to what has been shown: a full cache lends them nothing.)
    explicit SlotTable(std::uint64_t budget_bytes) : budget_bytes_(budget_bytes) {}

    struct Slot {
        SlotState state = SlotState::free;
        FrameKey key;
        FrameIndex decoded;  ///< what the worker was asked for: key.frame, or what is shown instead
        Generation generation;
        std::uint32_t leases = 0;
        std::uint32_t next_use = never;
        std::uint32_t copies = 0;  ///< to disk, under way
        bool is_entangled = false;
    };
    struct Segment {
        SegmentId id;  ///< in the world
        MediaId media;
        std::uint32_t slot_bytes = 0;
        std::vector<Slot> slots;
        [[nodiscard]] std::uint64_t bytes() const {
            return std::uint64_t{slot_bytes} * slots.size();
        }
    };

    void create(const FrameCache::Change& change);
    /// The segment that goes.
    SegmentId drop(SegmentId planned);
    /// Nobody writes it and nobody reads it, to draw it or to copy it to disk.
    [[nodiscard]] bool is_idle(SlotRef planned) const;
    /// Nobody writes any slot of it and nobody reads one.
    [[nodiscard]] bool is_idle(SegmentId planned) const;

    /// A codec refers to the slot: before a grant, its segment must move.
    [[nodiscard]] bool must_move(SlotRef planned) const;
    /// The old memory and the new fit the budget together.
    [[nodiscard]] bool has_room_to_move(SegmentId planned) const;
    struct Move {
        SegmentId from;
        SegmentId to;
        MediaId media;
        std::uint32_t slot_bytes = 0;
        std::uint32_t slot_count = 0;
    };
    Move move(SegmentId planned);
    /// What a codec may do with a slot beside having its frame put there.
    enum class Lending : std::uint8_t { if_there_is_room, refused };
    /// An idle slot, to be written. The codec may do so if there is room to lend it.
    wire::SlotGrant grant(const PlannedGrant& planned, const FrameKey& key,
                          Lending lending = Lending::if_there_is_room);
    /// A granted slot whose worker is gone (forget_codecs() was called), for another worker: it is
    /// the same frame's, of a new generation. `decoded`: what the worker is to write there.
    wire::SlotGrant grant_again(const PlannedGrant& planned, FrameIndex decoded,
                                Lending lending = Lending::if_there_is_room);

    /// granted -> ready, and which it is. Errors: the slot is not lent for this.
    [[nodiscard]] Result<SlotRef> publish(MediaId media, const wire::SlotReady& ready);
    /// granted -> ready: the frame came from disk.
    void publish_loaded(SlotRef planned);
    /// Somebody copies what it holds; until the end of that nobody may write there.
    void begin_copy(SlotRef planned);
    void end_copy(SlotRef planned);
    [[nodiscard]] Status release_from_codec(MediaId media, const wire::SlotReleased& released);
    /// A medium's worker is gone: it refers to nothing any more. What it was granted stays granted.
    void forget_codecs(MediaId media);

    [[nodiscard]] bool holds(SlotRef planned, const FrameKey& key) const;
    [[nodiscard]] const FrameKey& key_of(SlotRef planned) const { return at(planned).key; }
    [[nodiscard]] SegmentId segment_of(SlotRef planned) const;
    [[nodiscard]] std::uint32_t offset_of(SlotRef planned) const;
    /// One more draw list reads it. `next_use`: the output frame after that.
    void lease(SlotRef planned, std::uint32_t next_use);
    void release(SlotRef planned);
    /// When a segment is read next; nothing while it is read. `in_world`: its id there.
    [[nodiscard]] std::optional<std::uint32_t> next_use(SegmentId in_world) const;

    [[nodiscard]] std::uint64_t used_bytes() const { return used_bytes_; }
    [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }
    [[nodiscard]] std::uint64_t leased_bytes() const { return leased_bytes_; }

    /// Calls visit(segment, slot index, slot) for every slot whose state may have changed since the
    /// last call, for onlookers.
    template <class Visit>
    void visit_touched(Visit visit) {
        for (const SlotRef& ref : touched_) {
            const auto entry = segments_.find(ref.segment);
            if (entry != segments_.end())
                visit(entry->second, ref.slot, entry->second.slots[ref.slot]);
        }
        touched_.clear();
    }

  private:
    Slot& touch(SlotRef planned);
    [[nodiscard]] const Slot& at(SlotRef planned) const;
    wire::SlotGrant lend(const PlannedGrant& planned, FrameIndex decoded, Lending lending);
    void disentangle(SlotRef planned);
    void take(std::uint64_t bytes);

    /// What was moved away from, and a codec still refers to.
    struct Orphan {
        MediaId media;
        Generation generation;
        std::uint64_t bytes = 0;
    };

    std::uint64_t budget_bytes_;
    std::map<SegmentId, Segment> segments_;  ///< by planned id
    std::unordered_map<SegmentId, SegmentId> planned_by_id_;
    std::map<SegmentId, Orphan> orphans_;
    std::set<SlotRef> touched_;
    std::uint64_t used_bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
    std::uint64_t leased_bytes_ = 0;
    std::uint64_t entangled_bytes_ = 0;
    std::uint32_t next_moved_ = 0x80000000;  ///< the plan's ids stay below
};

/// Says that a worker broke the protocol, and how.
[[nodiscard]] Unexpected protocol_violation(const char* how);
/// The error says so.
[[nodiscard]] bool is_protocol_violation(const Error& error);

}  // namespace reelpool::plan
