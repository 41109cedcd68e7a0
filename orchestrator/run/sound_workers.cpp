#include "orchestrator/run/sound_workers.hpp"

#include <array>
#include <cstring>
#include <utility>

#include "ipc/shm/segment.hpp"

namespace reelpool::run {

bool SoundWorkers::is_ready(MediaId media) const {
    const MediaId worker = worker_of(media);
    return parts_.workers.is_running(worker) && !parts_.is_recovering(worker);
}

bool SoundWorkers::has_worker(MediaId media) const {
    return parts_.workers.has_worker(worker_of(media));
}

void SoundWorkers::need(MediaId media) {
    parts_.world.need_for_sound(worker_of(media));
}

void SoundWorkers::release(MediaId media) {
    const MediaId worker = worker_of(media);
    if (parts_.world.release_from_sound(worker) == ExportWorld::Release::retired)
        parts_.on_retired(worker);
}

void SoundWorkers::send(MediaId media, const wire::ToWorker& message) {
    parts_.workers.send(worker_of(media), message);
}

Status SoundWorkers::create(const plan::CreateSoundSlot& slot) {
    const MediaId worker = worker_of(slot.media);
    REELPOOL_TRY(memory, create_segment("reelpool-sound", slot.bytes));
    if (parts_.workers.is_running(worker)) {
        const std::array writable{memory.get()};
        parts_.workers.send(worker, wire::AddSegment{slot.slot, slot.bytes}, writable);
    }
    slots_.emplace(slot.slot, Held{.memory = std::move(memory),
                                   .media = slot.media,
                                   .bytes = slot.bytes,
                                   .is_shown = false});
    changes_.push_back({.kind = plan::FrameCache::Change::Kind::create_segment,
                        .segment = slot.slot,
                        .media = worker,
                        .slot_bytes = slot.bytes,
                        .slot_count = 1,
                        .free_from = 0});
    return ok();
}

void SoundWorkers::drop(const plan::DropSoundSlot& slot) {
    const MediaId worker = worker_of(slot.media);
    const auto held = slots_.find(slot.slot);
    // One that is still opening its file has not been given it.
    if (parts_.workers.is_running(worker))
        parts_.workers.send(worker, wire::DropSegment{slot.slot});
    if (held->second.is_shown) parts_.compositor.send(wire::UnmapSound{slot.slot});
    changes_.push_back({.kind = plan::FrameCache::Change::Kind::drop_segment,
                        .segment = slot.slot,
                        .media = worker,
                        .slot_bytes = static_cast<std::uint32_t>(held->second.bytes),
                        .slot_count = 1,
                        .free_from = 0});
    slots_.erase(held);
}

/// Whoever could write there is dead, or was not asked to.
Status SoundWorkers::silence(plan::SoundSlotId slot) {
    const Held& held = slots_.at(slot);
    REELPOOL_TRY(mapping, Mapping::map(held.memory, held.bytes, Access::read_write));
    std::memset(mapping.data(), 0, mapping.size());
    return ok();
}

void SoundWorkers::adopt(MediaId worker) {
    if (!is_one(worker)) return;
    for (const auto& [id, held] : slots_) {
        if (held.media != media_of(worker)) continue;
        const std::array writable{held.memory.get()};
        parts_.workers.send(worker, wire::AddSegment{id, held.bytes}, writable);
    }
}

Status SoundWorkers::show(const std::vector<SoundSlot>& slots) {
    for (const SoundSlot& slot : slots) {
        Held& held = slots_.at(slot.segment);
        if (held.is_shown) continue;
        REELPOOL_TRY(read_only, reopen_read_only(held.memory));
        const std::array readable{read_only.get()};
        parts_.compositor.send(wire::MapSound{slot.segment, held.bytes}, readable);
        held.is_shown = true;
    }
    return ok();
}

std::vector<plan::FrameCache::Change> SoundWorkers::take_changes() {
    return std::exchange(changes_, {});
}

}  // namespace reelpool::run
