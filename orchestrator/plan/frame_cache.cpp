#include "orchestrator/plan/frame_cache.hpp"

#include <algorithm>
#include <utility>

#include "ipc/base/result.hpp"

namespace reelpool::plan {
namespace {

/// Small slots share a segment; slots beyond this size have one each, so that any of them can go.
constexpr std::uint64_t shared_segment_bytes = std::uint64_t{2} << 20;

bool is_evictable(const FrameCache::Slot& slot) {
    return slot.is_held && slot.leases == 0;
}

/// When it is used, after all others if it is spare, and last if never.
std::uint64_t need_of(std::uint32_t next_use, FrameCache::Claim claim) {
    if (next_use == never) return ~std::uint64_t{0};
    return std::uint64_t{claim == FrameCache::Claim::spare} << 32 | next_use;
}

std::uint64_t need_of(const FrameCache::Slot& slot) {
    return need_of(slot.next_use, slot.claim);
}

/// How soon the sooner of two slots is worth having: greater is worth less.
using Worth = std::pair<std::uint64_t, std::uint64_t>;

Worth worthlessness(const FrameCache::Slot& slot) {
    return {need_of(slot), ~slot.last_touch};
}

}  // namespace

FrameCache::FrameCache(Options options) : options_(options) {}

std::optional<SlotRef> FrameCache::find(const FrameKey& key) const {
    const auto entry = by_key_.find(key);
    if (entry == by_key_.end()) return std::nullopt;
    return entry->second;
}

std::vector<FrameKey> FrameCache::keys() const {
    std::vector<FrameKey> result;
    result.reserve(by_key_.size());
    for (const auto& [key, ref] : by_key_) result.push_back(key);
    return result;
}

const FrameCache::Segment& FrameCache::segment(SegmentId id) const {
    return segments_.at(id);
}

const FrameCache::Slot& FrameCache::slot(SlotRef ref) const {
    return segments_.at(ref.segment).slots.at(ref.slot);
}

FrameCache::Slot& FrameCache::mutable_slot(SlotRef ref) {
    return segments_.at(ref.segment).slots.at(ref.slot);
}

std::uint32_t FrameCache::slots_per_segment(std::uint32_t slot_bytes) const {
    const std::uint64_t target = std::min(shared_segment_bytes, options_.budget_bytes / 64);
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, target / slot_bytes));
}

std::uint64_t FrameCache::segment_bytes(std::uint32_t slot_bytes) const {
    return std::uint64_t{slot_bytes} * slots_per_segment(slot_bytes);
}

std::optional<SlotRef> FrameCache::grant(const FrameKey& key, std::uint32_t slot_bytes,
                                         std::uint32_t next_use, Claim claim) {
    REELPOOL_CHECK(!by_key_.contains(key));
    const Need need = need_of(next_use, claim);
    if (const auto ref = free_slot(key.media, slot_bytes)) {
        assign(*ref, key, next_use, claim);
        return ref;
    }
    // A frame that nobody will read again makes way before memory is taken.
    if (const auto dead = victim_slot(key.media, slot_bytes, need_of(never, {}) - 1)) {
        evict(*dead);
        assign(*dead, key, next_use, claim);
        return dead;
    }
    const std::uint64_t bytes = segment_bytes(slot_bytes);
    if (!has_room(bytes)) {
        // A slot of the same kind costs nothing to reuse; take it unless a whole segment elsewhere
        // is worth less.
        const auto same = victim_slot(key.media, slot_bytes, need);
        const auto other = victim_segment(need);
        if (same) {
            bool other_is_worth_less = false;
            if (other) {
                Need soonest = need_of(never, {});
                for (const Slot& held : segment(*other).slots)
                    soonest = std::min(soonest, need_of(held));
                other_is_worth_less = soonest > need_of(slot(*same));
            }
            if (!other_is_worth_less) {
                evict(*same);
                assign(*same, key, next_use, claim);
                return same;
            }
        }
        if (!make_room(bytes, need)) return std::nullopt;
    }
    const SlotRef ref{create_segment(key.media, slot_bytes), 0};
    assign(ref, key, next_use, claim);
    return ref;
}

/// The one that has been out of use for longest: its reader may still be at work.
std::optional<SlotRef> FrameCache::free_slot(MediaId media, std::uint32_t slot_bytes) const {
    std::optional<SlotRef> best;
    std::uint32_t best_from = never;
    for (const auto& [id, held] : segments_) {
        if (held.media != media || held.slot_bytes != slot_bytes) continue;
        for (std::uint32_t i = 0; i < held.slots.size(); ++i) {
            const SlotRef ref{id, i};
            if (held.slots[i].is_held) continue;
            const std::uint32_t from = held.slots[i].free_from;
            if (best && std::pair(best_from, *best) < std::pair(from, ref)) continue;
            best = ref;
            best_from = from;
        }
    }
    return best;
}

std::optional<SlotRef> FrameCache::victim_slot(MediaId media, std::uint32_t slot_bytes,
                                               Need need) const {
    std::optional<SlotRef> best;
    for (const auto& [id, held] : segments_) {
        if (held.media != media || held.slot_bytes != slot_bytes) continue;
        for (std::uint32_t i = 0; i < held.slots.size(); ++i) {
            const Slot& candidate = held.slots[i];
            if (!is_evictable(candidate) || need_of(candidate) <= need) continue;
            if (!best || worthlessness(slot(*best)) < worthlessness(candidate))
                best = SlotRef{id, i};
        }
    }
    return best;
}

std::optional<SegmentId> FrameCache::victim_segment(Need need) const {
    std::optional<SegmentId> best;
    Worth best_worth{};
    for (const auto& [id, held] : segments_) {
        Worth worth{need_of(never, {}), ~std::uint64_t{0}};
        bool evictable = true;
        for (const Slot& candidate : held.slots) {
            if (!candidate.is_held) continue;
            evictable = evictable && is_evictable(candidate) && need_of(candidate) > need;
            worth = std::min(worth, worthlessness(candidate));
        }
        if (!evictable) continue;
        // Ids break ties, so that the choice never depends on the hash table.
        if (!best || best_worth < worth || (best_worth == worth && id < *best)) {
            best = id;
            best_worth = worth;
        }
    }
    return best;
}

bool FrameCache::has_room(std::uint64_t bytes) const {
    return used_bytes_ + bytes <= options_.budget_bytes;
}

bool FrameCache::make_room(std::uint64_t bytes, Need need) {
    while (!has_room(bytes)) {
        const auto victim = victim_segment(need);
        if (!victim) return false;
        drop_segment(*victim);
    }
    return true;
}

SegmentId FrameCache::create_segment(MediaId media, std::uint32_t slot_bytes) {
    const SegmentId id{next_segment_++};
    Segment& made = segments_[id];
    made.id = id;
    made.media = media;
    made.slot_bytes = slot_bytes;
    made.slots.resize(slots_per_segment(slot_bytes));
    used_bytes_ += made.bytes();
    peak_bytes_ = std::max(peak_bytes_, used_bytes_);
    changes_.push_back({Change::Kind::create_segment, id, media, slot_bytes,
                        static_cast<std::uint32_t>(made.slots.size()), 0});
    return id;
}

void FrameCache::drop_segment(SegmentId id) {
    Segment& dropped = segments_.at(id);
    std::uint32_t free_from = 0;
    for (std::uint32_t i = 0; i < dropped.slots.size(); ++i) {
        if (dropped.slots[i].is_held) evict({id, i});
        free_from = std::max(free_from, dropped.slots[i].free_from);
    }
    used_bytes_ -= dropped.bytes();
    changes_.push_back({Change::Kind::drop_segment, id, dropped.media, dropped.slot_bytes,
                        static_cast<std::uint32_t>(dropped.slots.size()), free_from});
    segments_.erase(id);
}

void FrameCache::assign(SlotRef ref, const FrameKey& key, std::uint32_t next_use, Claim claim) {
    Slot& taken = mutable_slot(ref);
    REELPOOL_CHECK(!taken.is_held);
    taken.is_held = true;
    taken.key = key;
    taken.next_use = next_use;
    taken.claim = claim;
    taken.last_touch = ++clock_;
    by_key_[key] = ref;
}

void FrameCache::evict(SlotRef ref) {
    Slot& gone = mutable_slot(ref);
    REELPOOL_CHECK(is_evictable(gone));
    if (gone.next_use != never && gone.claim == Claim::kept) ++evictions_;
    evicted_.push_back({gone.key, ref});
    by_key_.erase(gone.key);
    gone.is_held = false;
    gone.next_use = never;
}

void FrameCache::withdraw(SlotRef ref) {
    Slot& unused = mutable_slot(ref);
    REELPOOL_CHECK(is_evictable(unused));
    by_key_.erase(unused.key);
    unused.is_held = false;
    unused.next_use = never;
}

void FrameCache::drop_dead(MediaId media) {
    std::vector<SegmentId> dead;
    for (const auto& [id, held] : segments_) {
        const bool is_dead =
            held.media == media &&
            std::all_of(held.slots.begin(), held.slots.end(), [](const Slot& candidate) {
                return !candidate.is_held || (candidate.leases == 0 && candidate.next_use == never);
            });
        if (is_dead) dead.push_back(id);
    }
    std::sort(dead.begin(), dead.end());
    for (const SegmentId id : dead) drop_segment(id);
}

void FrameCache::lease(SlotRef ref, std::uint32_t n) {
    Slot& read = mutable_slot(ref);
    REELPOOL_CHECK(read.is_held);
    if (++read.leases == 1) leased_bytes_ += segment(ref.segment).slot_bytes;
    read.free_from = n + 1;
    read.last_touch = ++clock_;
}

void FrameCache::release(SlotRef ref) {
    Slot& read = mutable_slot(ref);
    REELPOOL_CHECK(read.leases > 0);
    if (--read.leases == 0) leased_bytes_ -= segment(ref.segment).slot_bytes;
}

void FrameCache::set_next_use(const FrameKey& key, std::uint32_t next_use, Claim claim) {
    const auto entry = by_key_.find(key);
    if (entry == by_key_.end()) return;
    Slot& held = mutable_slot(entry->second);
    held.next_use = next_use;
    held.claim = claim;
}

std::vector<FrameCache::Change> FrameCache::take_changes() {
    return std::exchange(changes_, {});
}

std::vector<FrameCache::Evicted> FrameCache::take_evicted() {
    return std::exchange(evicted_, {});
}

}  // namespace reelpool::plan
