#include "orchestrator/plan/frame_cache.hpp"

#include <algorithm>
#include <utility>

#include "ipc/base/result.hpp"

namespace reelpool::plan {
namespace {

/// Small slots share a segment; slots beyond this size have one each, so that any of them can go.
constexpr std::uint64_t shared_segment_bytes = std::uint64_t{2} << 20;

/// The share of the budget that codecs may refer to. They hold on to what has been shown, so a
/// small cache should not lend them much.
constexpr std::uint64_t entangled_share = 8;

bool is_evictable(const FrameCache::Slot& slot) {
    return !slot.is_entangled && (slot.state == SlotState::ready || slot.state == SlotState::free);
}

bool is_usable(const FrameCache::Slot& slot) {
    return slot.state == SlotState::free && !slot.is_entangled;
}

/// How soon the sooner of two slots is worth having: greater is worth less.
using Worth = std::pair<std::uint32_t, std::uint64_t>;

Worth worthlessness(const FrameCache::Slot& slot) {
    return {slot.next_use, ~slot.last_touch};
}

}  // namespace

FrameCache::FrameCache(Options options) : options_(options) {}

std::optional<FrameCache::SlotRef> FrameCache::find(const FrameKey& key) const {
    const auto entry = by_key_.find(key);
    if (entry == by_key_.end()) return std::nullopt;
    return entry->second;
}

const FrameCache::Segment& FrameCache::segment(SegmentId id) const {
    return segments_.at(id);
}

const FrameCache::Slot& FrameCache::slot(SlotRef ref) const {
    return segments_.at(ref.segment).slots.at(ref.slot);
}

FrameCache::Slot& FrameCache::mutable_slot(SlotRef ref) {
    touched_.insert(ref);
    return segments_.at(ref.segment).slots.at(ref.slot);
}

bool FrameCache::is_ready(const FrameKey& key) const {
    const auto ref = find(key);
    if (!ref) return false;
    const SlotState state = slot(*ref).state;
    return state == SlotState::ready || state == SlotState::leased;
}

std::uint32_t FrameCache::slots_per_segment(std::uint32_t slot_bytes) const {
    const std::uint64_t target = std::min(shared_segment_bytes, options_.budget_bytes / 64);
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, target / slot_bytes));
}

std::uint64_t FrameCache::segment_bytes(std::uint32_t slot_bytes) const {
    return std::uint64_t{slot_bytes} * slots_per_segment(slot_bytes);
}

std::optional<FrameCache::SlotRef> FrameCache::grant(const FrameKey& key, std::uint32_t slot_bytes,
                                                     std::uint32_t next_use,
                                                     std::uint32_t spare_until) {
    REELPOOL_CHECK(!by_key_.contains(key));
    if (const auto ref = free_slot(key.media, slot_bytes)) {
        assign(*ref, key, next_use);
        return ref;
    }
    // A frame that nobody will read again makes way before memory is taken.
    if (const auto dead = victim_slot(key.media, slot_bytes, never - 1)) {
        evict(*dead);
        assign(*dead, key, next_use);
        return dead;
    }
    const std::uint64_t bytes = segment_bytes(slot_bytes);
    if (!has_room(bytes)) {
        // A slot of the same kind costs nothing to reuse; take it unless a whole segment elsewhere
        // is worth less.
        const std::uint32_t spared = std::max(next_use, spare_until);
        const auto same = victim_slot(key.media, slot_bytes, spared);
        const auto other = victim_segment(spared);
        if (same) {
            bool other_is_worth_less = false;
            if (other) {
                std::uint32_t soonest = never;
                for (const Slot& held : segment(*other).slots)
                    soonest = std::min(soonest, held.next_use);
                other_is_worth_less = soonest > slot(*same).next_use;
            }
            if (!other_is_worth_less) {
                evict(*same);
                assign(*same, key, next_use);
                return same;
            }
        }
        if (!make_room(bytes, spared)) return std::nullopt;
    }
    const SlotRef ref{create_segment(key.media, slot_bytes), 0};
    assign(ref, key, next_use);
    return ref;
}

std::optional<FrameCache::SlotRef> FrameCache::free_slot(MediaId media,
                                                         std::uint32_t slot_bytes) const {
    std::optional<SlotRef> best;
    for (const auto& [id, held] : segments_) {
        if (held.media != media || held.slot_bytes != slot_bytes) continue;
        for (std::uint32_t i = 0; i < held.slots.size(); ++i) {
            const SlotRef ref{id, i};
            if (is_usable(held.slots[i]) && (!best || ref < *best)) best = ref;
        }
    }
    return best;
}

std::optional<FrameCache::SlotRef> FrameCache::victim_slot(MediaId media, std::uint32_t slot_bytes,
                                                           std::uint32_t next_use) const {
    std::optional<SlotRef> best;
    for (const auto& [id, held] : segments_) {
        if (held.media != media || held.slot_bytes != slot_bytes) continue;
        for (std::uint32_t i = 0; i < held.slots.size(); ++i) {
            const Slot& candidate = held.slots[i];
            if (candidate.state != SlotState::ready || candidate.is_entangled ||
                candidate.next_use <= next_use)
                continue;
            if (!best || worthlessness(slot(*best)) < worthlessness(candidate))
                best = SlotRef{id, i};
        }
    }
    return best;
}

std::optional<SegmentId> FrameCache::victim_segment(std::uint32_t next_use) const {
    std::optional<SegmentId> best;
    Worth best_worth{};
    for (const auto& [id, held] : segments_) {
        Worth worth{never, ~std::uint64_t{0}};
        bool evictable = true;
        for (const Slot& candidate : held.slots) {
            evictable = evictable && is_evictable(candidate) &&
                        (candidate.state == SlotState::free || candidate.next_use > next_use);
            if (candidate.state == SlotState::ready)
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

bool FrameCache::make_room(std::uint64_t bytes, std::uint32_t next_use) {
    while (!has_room(bytes)) {
        const auto victim = victim_segment(next_use);
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
    for (std::uint32_t i = 0; i < made.slots.size(); ++i) touched_.insert({id, i});
    changes_.push_back({Change::Kind::create_segment, id, media, slot_bytes,
                        static_cast<std::uint32_t>(made.slots.size())});
    return id;
}

void FrameCache::drop_segment(SegmentId id) {
    Segment& dropped = segments_.at(id);
    for (std::uint32_t i = 0; i < dropped.slots.size(); ++i)
        if (dropped.slots[i].state == SlotState::ready) evict({id, i});
    used_bytes_ -= dropped.bytes();
    changes_.push_back({Change::Kind::drop_segment, id, dropped.media, dropped.slot_bytes,
                        static_cast<std::uint32_t>(dropped.slots.size())});
    segments_.erase(id);
}

void FrameCache::assign(SlotRef ref, const FrameKey& key, std::uint32_t next_use) {
    Slot& taken = mutable_slot(ref);
    REELPOOL_CHECK(is_usable(taken));
    taken.state = SlotState::granted;
    taken.key = key;
    ++taken.generation.value;
    taken.next_use = next_use;
    taken.last_touch = ++clock_;
    taken.is_concealed = false;
    by_key_[key] = ref;
}

void FrameCache::evict(SlotRef ref) {
    Slot& gone = mutable_slot(ref);
    REELPOOL_CHECK(gone.state == SlotState::ready);
    by_key_.erase(gone.key);
    gone.state = SlotState::free;
    gone.next_use = never;
    ++evictions_;
}

bool FrameCache::entangle(SlotRef ref) {
    const std::uint64_t bytes = segment(ref.segment).slot_bytes;
    if ((entangled_bytes_ + bytes) * entangled_share > options_.budget_bytes) return false;
    mutable_slot(ref).is_entangled = true;
    entangled_bytes_ += bytes;
    return true;
}

void FrameCache::disentangle(SlotRef ref) {
    Slot& released = mutable_slot(ref);
    if (!released.is_entangled) return;
    released.is_entangled = false;
    entangled_bytes_ -= segment(ref.segment).slot_bytes;
}

void FrameCache::publish(SlotRef ref, bool is_concealed) {
    Slot& written = mutable_slot(ref);
    REELPOOL_CHECK(written.state == SlotState::granted);
    written.state = SlotState::ready;
    written.is_concealed = is_concealed;
    written.last_touch = ++clock_;
}

void FrameCache::withdraw(SlotRef ref) {
    Slot& lost = mutable_slot(ref);
    REELPOOL_CHECK(lost.state == SlotState::granted);
    by_key_.erase(lost.key);
    lost.state = SlotState::free;
    lost.next_use = never;
    disentangle(ref);
}

void FrameCache::withdraw_all(MediaId media) {
    for (auto& [id, held] : segments_) {
        if (held.media != media) continue;
        for (std::uint32_t i = 0; i < held.slots.size(); ++i) {
            if (held.slots[i].state == SlotState::granted) withdraw({id, i});
            disentangle({id, i});
        }
    }
}

void FrameCache::drop_dead(MediaId media) {
    std::vector<SegmentId> dead;
    for (const auto& [id, held] : segments_) {
        const bool is_dead =
            held.media == media &&
            std::all_of(held.slots.begin(), held.slots.end(), [](const Slot& candidate) {
                return is_evictable(candidate) &&
                       (candidate.state == SlotState::free || candidate.next_use == never);
            });
        if (is_dead) dead.push_back(id);
    }
    std::sort(dead.begin(), dead.end());
    for (const SegmentId id : dead) drop_segment(id);
}

void FrameCache::lease(SlotRef ref) {
    Slot& read = mutable_slot(ref);
    REELPOOL_CHECK(read.state == SlotState::ready || read.state == SlotState::leased);
    read.state = SlotState::leased;
    if (++read.leases == 1) leased_bytes_ += segment(ref.segment).slot_bytes;
    read.last_touch = ++clock_;
}

void FrameCache::release(SlotRef ref) {
    Slot& read = mutable_slot(ref);
    REELPOOL_CHECK(read.state == SlotState::leased && read.leases > 0);
    if (--read.leases > 0) return;
    read.state = SlotState::ready;
    leased_bytes_ -= segment(ref.segment).slot_bytes;
}

void FrameCache::set_next_use(const FrameKey& key, std::uint32_t next_use) {
    const auto entry = by_key_.find(key);
    if (entry != by_key_.end()) mutable_slot(entry->second).next_use = next_use;
}

std::vector<FrameCache::Change> FrameCache::take_changes() {
    return std::exchange(changes_, {});
}

}  // namespace reelpool::plan
