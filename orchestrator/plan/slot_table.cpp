#include "orchestrator/plan/slot_table.hpp"

#include <algorithm>

namespace reelpool::plan {
namespace {

constexpr std::uint64_t entangled_share = 8;
constexpr const char* violation = "the worker broke the protocol";

}  // namespace

Unexpected protocol_violation(const char* how) {
    return unexpected({.code = ErrorCode::decode,
                       .component = Component::worker,
                       .subject = {},
                       .what = violation,
                       .cause = how,
                       .hint = {}});
}

bool is_protocol_violation(const Error& error) {
    return error.component == Component::worker && error.what == violation;
}

const SlotTable::Slot& SlotTable::at(SlotRef planned) const {
    return segments_.at(planned.segment).slots.at(planned.slot);
}

SlotTable::Slot& SlotTable::touch(SlotRef planned) {
    touched_.insert(planned);
    return segments_.at(planned.segment).slots.at(planned.slot);
}

void SlotTable::take(std::uint64_t bytes) {
    used_bytes_ += bytes;
    peak_bytes_ = std::max(peak_bytes_, used_bytes_);
}

void SlotTable::create(const FrameCache::Change& change) {
    Segment& made = segments_[change.segment];
    made.id = change.segment;
    made.media = change.media;
    made.slot_bytes = change.slot_bytes;
    made.slots.resize(change.slot_count);
    planned_by_id_[made.id] = change.segment;
    take(made.bytes());
    for (std::uint32_t i = 0; i < change.slot_count; ++i) touched_.insert({change.segment, i});
}

SegmentId SlotTable::drop(SegmentId planned) {
    Segment& dropped = segments_.at(planned);
    const SegmentId id = dropped.id;
    bool is_orphaned = false;
    for (std::uint32_t i = 0; i < dropped.slots.size(); ++i) {
        if (!dropped.slots[i].is_entangled) continue;
        // Codecs are given slots that have a segment of their own.
        orphans_[id] = {dropped.media, dropped.slots[i].generation, dropped.bytes()};
        is_orphaned = true;
    }
    if (!is_orphaned) used_bytes_ -= dropped.bytes();
    planned_by_id_.erase(id);
    segments_.erase(planned);
    return id;
}

bool SlotTable::is_idle(SlotRef planned) const {
    const Slot& slot = at(planned);
    return slot.copies == 0 && (slot.state == SlotState::free || slot.state == SlotState::ready);
}

bool SlotTable::is_idle(SegmentId planned) const {
    const Segment& segment = segments_.at(planned);
    for (std::uint32_t i = 0; i < segment.slots.size(); ++i)
        if (!is_idle(SlotRef{planned, i})) return false;
    return true;
}

bool SlotTable::has_room_to_move(SegmentId planned) const {
    return used_bytes_ + segments_.at(planned).bytes() <= budget_bytes_;
}

bool SlotTable::must_move(SlotRef planned) const {
    return at(planned).is_entangled;
}

SlotTable::Move SlotTable::move(SegmentId planned) {
    const Segment before = segments_.at(planned);
    FrameCache::Change again{.kind = FrameCache::Change::Kind::create_segment,
                             .segment = planned,
                             .media = before.media,
                             .slot_bytes = before.slot_bytes,
                             .slot_count = static_cast<std::uint32_t>(before.slots.size()),
                             .free_from = 0};
    drop(planned);
    create(again);
    Segment& moved = segments_.at(planned);
    planned_by_id_.erase(moved.id);
    moved.id = SegmentId{next_moved_++};
    planned_by_id_[moved.id] = planned;
    return {before.id, moved.id, before.media, before.slot_bytes, again.slot_count};
}

wire::SlotGrant SlotTable::grant(const PlannedGrant& planned, const FrameKey& key,
                                 Lending lending) {
    REELPOOL_CHECK(is_idle(planned.slot));
    Slot& slot = touch(planned.slot);
    slot.state = SlotState::granted;
    slot.key = key;
    slot.next_use = planned.next_use;
    return lend(planned, key.frame, lending);
}

wire::SlotGrant SlotTable::grant_again(const PlannedGrant& planned, FrameIndex decoded,
                                       Lending lending) {
    REELPOOL_CHECK(at(planned.slot).state == SlotState::granted);
    return lend(planned, decoded, lending);
}

wire::SlotGrant SlotTable::lend(const PlannedGrant& planned, FrameIndex decoded, Lending lending) {
    Segment& segment = segments_.at(planned.slot.segment);
    Slot& slot = touch(planned.slot);
    REELPOOL_CHECK(!slot.is_entangled);
    slot.decoded = decoded;
    ++slot.generation.value;
    const bool has_own_segment = segment.slots.size() == 1;
    const std::uint64_t lent = entangled_bytes_ + segment.slot_bytes;
    const bool may_be_lent =
        lent * entangled_share <= budget_bytes_ && used_bytes_ + lent <= budget_bytes_;
    slot.is_entangled = lending == Lending::if_there_is_room && planned.level == Level{} &&
                        has_own_segment && may_be_lent;
    if (slot.is_entangled) entangled_bytes_ += segment.slot_bytes;
    return {.level = planned.level,
            .segment = segment.id,
            .offset_bytes = planned.slot.slot * segment.slot_bytes,
            .slot_bytes = segment.slot_bytes,
            .generation = slot.generation,
            .may_be_direct = slot.is_entangled};
}

void SlotTable::disentangle(SlotRef planned) {
    Slot& slot = touch(planned);
    if (!slot.is_entangled) return;
    slot.is_entangled = false;
    entangled_bytes_ -= segments_.at(planned.segment).slot_bytes;
}

Result<SlotRef> SlotTable::publish(MediaId media, const wire::SlotReady& ready) {
    const auto planned = planned_by_id_.find(ready.segment);
    if (planned == planned_by_id_.end())
        return protocol_violation("it reported a slot that was not lent to it");
    const Segment& segment = segments_.at(planned->second);
    const SlotRef ref{planned->second, ready.offset_bytes / segment.slot_bytes};
    if (segment.media != media || ready.offset_bytes % segment.slot_bytes != 0 ||
        ref.slot >= segment.slots.size())
        return protocol_violation("it reported a slot that was not lent to it");
    const Slot& slot = segment.slots[ref.slot];
    if (slot.state != SlotState::granted || slot.generation != ready.generation)
        return protocol_violation("it reported a slot that was not lent to it");
    if (slot.decoded != ready.frame || slot.key.level != ready.level)
        return protocol_violation("it reported a frame that it was not granted");
    if (ready.is_held && !slot.is_entangled)
        return protocol_violation("it holds a slot that was not granted to its codec");
    if (!ready.is_held) disentangle(ref);
    touch(ref).state = SlotState::ready;
    return ref;
}

void SlotTable::publish_loaded(SlotRef planned) {
    Slot& slot = touch(planned);
    REELPOOL_CHECK(slot.state == SlotState::granted);
    slot.state = SlotState::ready;
}

void SlotTable::begin_copy(SlotRef planned) {
    const Slot& slot = at(planned);
    REELPOOL_CHECK(slot.state == SlotState::ready || slot.state == SlotState::leased);
    ++touch(planned).copies;
}

void SlotTable::end_copy(SlotRef planned) {
    REELPOOL_CHECK(at(planned).copies > 0);
    --touch(planned).copies;
}

Status SlotTable::release_from_codec(MediaId media, const wire::SlotReleased& released) {
    const auto refusal = [] {
        return protocol_violation("it released a slot that it did not hold");
    };
    if (const auto orphan = orphans_.find(released.segment); orphan != orphans_.end()) {
        if (orphan->second.media != media || orphan->second.generation != released.generation ||
            released.offset_bytes != 0)
            return refusal();
        used_bytes_ -= orphan->second.bytes;
        entangled_bytes_ -= orphan->second.bytes;
        orphans_.erase(orphan);
        return ok();
    }
    const auto planned = planned_by_id_.find(released.segment);
    if (planned == planned_by_id_.end()) return refusal();
    const Segment& segment = segments_.at(planned->second);
    const SlotRef ref{planned->second, released.offset_bytes / segment.slot_bytes};
    if (segment.media != media || released.offset_bytes % segment.slot_bytes != 0 ||
        ref.slot >= segment.slots.size())
        return refusal();
    const Slot& slot = segment.slots[ref.slot];
    if (!slot.is_entangled || slot.generation != released.generation ||
        slot.state == SlotState::granted)
        return refusal();
    disentangle(ref);
    return ok();
}

void SlotTable::forget_codecs(MediaId media) {
    for (const auto& [id, segment] : segments_) {
        if (segment.media != media) continue;
        for (std::uint32_t i = 0; i < segment.slots.size(); ++i) disentangle({id, i});
    }
    std::erase_if(orphans_, [&](const auto& entry) {
        if (entry.second.media != media) return false;
        used_bytes_ -= entry.second.bytes;
        entangled_bytes_ -= entry.second.bytes;
        return true;
    });
}

bool SlotTable::holds(SlotRef planned, const FrameKey& key) const {
    const auto segment = segments_.find(planned.segment);
    if (segment == segments_.end()) return false;
    const Slot& slot = segment->second.slots.at(planned.slot);
    return (slot.state == SlotState::ready || slot.state == SlotState::leased) && slot.key == key;
}

SegmentId SlotTable::segment_of(SlotRef planned) const {
    return segments_.at(planned.segment).id;
}

std::uint32_t SlotTable::offset_of(SlotRef planned) const {
    return segments_.at(planned.segment).slot_bytes * planned.slot;
}

void SlotTable::lease(SlotRef planned, std::uint32_t next_use) {
    Slot& slot = touch(planned);
    REELPOOL_CHECK(slot.state == SlotState::ready || slot.state == SlotState::leased);
    slot.state = SlotState::leased;
    slot.next_use = next_use;
    if (++slot.leases == 1) leased_bytes_ += segments_.at(planned.segment).slot_bytes;
}

void SlotTable::release(SlotRef planned) {
    Slot& slot = touch(planned);
    REELPOOL_CHECK(slot.state == SlotState::leased && slot.leases > 0);
    if (--slot.leases > 0) return;
    slot.state = SlotState::ready;
    leased_bytes_ -= segments_.at(planned.segment).slot_bytes;
}

std::optional<std::uint32_t> SlotTable::next_use(SegmentId in_world) const {
    const auto planned = planned_by_id_.find(in_world);
    if (planned == planned_by_id_.end()) return never;
    std::uint32_t soonest = never;
    for (const Slot& slot : segments_.at(planned->second).slots) {
        if (slot.leases > 0) return std::nullopt;
        soonest = std::min(soonest, slot.next_use);
    }
    return soonest;
}

}  // namespace reelpool::plan
