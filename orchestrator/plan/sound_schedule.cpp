#include "orchestrator/plan/sound_schedule.hpp"

#include <algorithm>
#include <utility>

#include "ipc/base/result.hpp"

namespace reelpool::plan {
namespace {

/// Blocks that lie so close ahead are decoded on to, which costs what a seek's preroll does.
constexpr std::uint32_t most_skipped_blocks = 6;
/// What lies so early is decoded from the very beginning: that costs little, and nothing has to be
/// trusted to find its place.
constexpr std::uint32_t beginning_seconds = 8;
/// A run ends after so long: after a worker's death it is decoded again from its start.
constexpr std::uint32_t longest_run_seconds = 600;

std::uint32_t blocks_in(std::uint32_t seconds, std::uint32_t mix_hz) {
    return static_cast<std::uint32_t>(std::uint64_t{seconds} * mix_hz / sound_block_samples);
}

/// The first of `chunks` after `chunk`.
std::uint32_t first_after(const std::vector<std::uint32_t>& chunks, std::uint32_t chunk,
                          std::uint32_t otherwise) {
    const auto next = std::upper_bound(chunks.begin(), chunks.end(), chunk);
    return next == chunks.end() ? otherwise : *next;
}

}  // namespace

SoundSchedule::SoundSchedule(SoundWants wants, Options options)
    : wants_(std::move(wants)), options_(options) {
    for (std::uint32_t c = 0; c < wants_.chunks.size(); ++c) {
        const SoundChunk& chunk = wants_.chunks[c];
        REELPOOL_CHECK(chunk.chunk == c);
        REELPOOL_CHECK(std::is_sorted(chunk.blocks.begin(), chunk.blocks.end()));
        for (const SoundBlockRef& ref : chunk.blocks) {
            uses_[ref].push_back(c);
            std::vector<std::uint32_t>& of_media = media_uses_[ref.media];
            if (of_media.empty() || of_media.back() != c) of_media.push_back(c);
        }
    }
}

std::uint32_t SoundSchedule::next_use(SoundBlockRef ref, std::uint32_t chunk) const {
    return first_after(uses_.at(ref), chunk, never);
}

std::uint32_t SoundSchedule::bytes_of(MediaId media) const {
    return sound_block_bytes(wants_.channels_of.at(media));
}

PlannedChunk SoundSchedule::next() {
    const SoundChunk& chunk = wants_.chunks.at(next_);
    PlannedChunk planned{.chunk = next_, .commands = {}, .reads = {}};
    // What is there already must not make room for the rest.
    for (const SoundBlockRef& ref : chunk.blocks)
        if (const auto there = resident_.find(ref); there != resident_.end())
            planned.reads.emplace(ref, there->second);
    for (const SoundBlockRef& ref : chunk.blocks) {
        ++statistics_.blocks_wanted;
        if (!planned.reads.contains(ref)) decode(ref, planned);
        Slot& slot = slots_.at(planned.reads.at(ref));
        slot.last_use = next_;
        slot.next_use = next_use(ref, next_);
    }
    forget_unneeded(planned);
    release_unneeded(planned);
    ++next_;
    return planned;
}

void SoundSchedule::decode(SoundBlockRef ref, PlannedChunk& planned) {
    const auto [slot, free_from] = take_slot(ref.media, planned);
    DecodeBlock order{.ref = ref,
                      .run = {},
                      .place = DecodeBlock::Place::in_run,
                      .slot = slot,
                      .free_from = free_from};
    const auto cursor = cursors_.find(ref.media);
    const bool goes_on =
        cursor != cursors_.end() && ref.block >= cursor->second.next &&
        ref.block - cursor->second.next <= most_skipped_blocks &&
        ref.block - cursor->second.run.start_block < blocks_in(longest_run_seconds, wants_.mix_hz);
    if (!goes_on) {
        const bool is_early = ref.block < blocks_in(beginning_seconds, wants_.mix_hz);
        const SoundRun run = is_early ? SoundRun{wire::SoundStart::beginning, 0}
                                      : SoundRun{wire::SoundStart::at_block, ref.block};
        order.place = DecodeBlock::Place::first_of_run;
        cursors_[ref.media].run = run;
        ++statistics_.runs;
    }
    Cursor& at = cursors_.at(ref.media);
    order.run = at.run;
    at.next = ref.block + 1;
    slots_.at(slot).holds = ref;
    resident_.emplace(ref, slot);
    planned.reads.emplace(ref, slot);
    planned.commands.emplace_back(order);
    ++statistics_.blocks_decoded;
    statistics_.media = static_cast<std::uint32_t>(cursors_.size());
    statistics_.peak_media = std::max(statistics_.peak_media, statistics_.media);
}

/// The slot that holds nothing and was read longest ago; of any medium, if none is named.
std::optional<SoundSlotId> SoundSchedule::spare_of(std::optional<MediaId> media) const {
    std::optional<SoundSlotId> best;
    for (const auto& [id, slot] : slots_) {
        if (slot.holds || (media && slot.media != *media)) continue;
        if (!best || slot.last_use < slots_.at(*best).last_use) best = id;
    }
    return best;
}

/// Nobody has to wait for it, as far as the chunks ahead go.
bool SoundSchedule::is_free_by_now(SoundSlotId slot) const {
    return slots_.at(slot).last_use + options_.chunks_ahead < next_;
}

/// The slot whose block is wanted last, and not by this chunk.
std::optional<SoundSlotId> SoundSchedule::least_worth(const PlannedChunk& planned) const {
    std::optional<SoundSlotId> worst;
    for (const auto& [id, slot] : slots_) {
        if (!slot.holds || planned.reads.contains(*slot.holds)) continue;
        if (!worst || slot.next_use > slots_.at(*worst).next_use) worst = id;
    }
    return worst;
}

std::pair<SoundSlotId, std::uint32_t> SoundSchedule::take_slot(MediaId media,
                                                               PlannedChunk& planned) {
    auto spare = spare_of(media);
    if (spare && is_free_by_now(*spare)) return {*spare, slots_.at(*spare).last_use + 1};
    const std::uint32_t bytes = bytes_of(media);
    while (statistics_.bytes + bytes > options_.memory_bytes) {
        auto victim = spare ? std::exchange(spare, std::nullopt) : spare_of(std::nullopt);
        if (!victim) victim = least_worth(planned);
        if (!victim) break;  // the chunk needs more by itself
        const Slot slot = slots_.at(*victim);
        empty(*victim);
        if (slot.media == media) return {*victim, slot.last_use + 1};
        drop(*victim, planned);
    }
    const SoundSlotId id{next_slot_++};
    slots_[id].media = media;
    statistics_.bytes += bytes;
    statistics_.peak_bytes = std::max(statistics_.peak_bytes, statistics_.bytes);
    planned.commands.emplace_back(CreateSoundSlot{id, media, bytes});
    return {id, 0};
}

void SoundSchedule::empty(SoundSlotId id) {
    Slot& slot = slots_.at(id);
    if (slot.holds) resident_.erase(*slot.holds);
    slot.holds.reset();
    slot.next_use = never;
}

void SoundSchedule::drop(SoundSlotId id, PlannedChunk& planned) {
    const Slot& slot = slots_.at(id);
    planned.commands.emplace_back(DropSoundSlot{id, slot.media, slot.last_use + 1});
    statistics_.bytes -= bytes_of(slot.media);
    slots_.erase(id);
}

void SoundSchedule::forget_unneeded(PlannedChunk& planned) {
    for (const auto& [ref, slot] : planned.reads) {
        const std::uint32_t use = slots_.at(slot).next_use;
        if (use == never || use - next_ > options_.keep_chunks) empty(slot);
    }
}

void SoundSchedule::release_unneeded(PlannedChunk& planned) {
    std::vector<MediaId> unneeded;
    for (const auto& [media, cursor] : cursors_) {
        const std::uint32_t use = first_after(media_uses_.at(media), next_, never);
        if (use == never || use - next_ > options_.release_chunks) unneeded.push_back(media);
    }
    for (const MediaId media : unneeded) {
        cursors_.erase(media);
        planned.commands.emplace_back(ReleaseSound{media});
    }
    statistics_.media = static_cast<std::uint32_t>(cursors_.size());
    // Empty slots of media that are not decoded are of no use.
    std::vector<SoundSlotId> spare;
    for (const auto& [id, slot] : slots_)
        if (!slot.holds && !cursors_.contains(slot.media)) spare.push_back(id);
    for (const SoundSlotId id : spare) drop(id, planned);
}

}  // namespace reelpool::plan
