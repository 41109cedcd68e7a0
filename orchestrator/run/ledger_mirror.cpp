#include "orchestrator/run/ledger_mirror.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace reelpool::run {
namespace {

ledger::SlotState shown(plan::SlotState state) {
    switch (state) {
        case plan::SlotState::free:
            return ledger::SlotState::free;
        case plan::SlotState::granted:
            return ledger::SlotState::granted;
        case plan::SlotState::ready:
            return ledger::SlotState::ready;
        case plan::SlotState::leased:
            return ledger::SlotState::leased;
    }
    return ledger::SlotState::unused;
}

ledger::SlotState shown(plan::SoundRunner::SlotState state) {
    switch (state) {
        case plan::SoundRunner::SlotState::free:
            return ledger::SlotState::free;
        case plan::SoundRunner::SlotState::granted:
            return ledger::SlotState::granted;
        case plan::SoundRunner::SlotState::ready:
            return ledger::SlotState::ready;
        case plan::SoundRunner::SlotState::leased:
            return ledger::SlotState::leased;
    }
    return ledger::SlotState::unused;
}

void set_traffic(ledger::Process& process, const ChannelTraffic& traffic) {
    process.messages_sent = traffic.messages_sent;
    process.messages_received = traffic.messages_received;
    process.bytes_sent = traffic.bytes_sent;
    process.bytes_received = traffic.bytes_received;
}

}  // namespace

Result<LedgerMirror> LedgerMirror::create() {
    REELPOOL_TRY(writer, ledger::Writer::create());
    return LedgerMirror(std::move(writer));
}

std::uint32_t LedgerMirror::take_slots(std::uint32_t count) {
    const auto run = free_runs_.find(count);
    if (run != free_runs_.end()) {
        const std::uint32_t first = run->second;
        free_runs_.erase(run);
        return first;
    }
    if (next_slot_ + count > ledger::slot_capacity) return ledger::slot_capacity;
    next_slot_ += count;
    return next_slot_ - count;
}

void LedgerMirror::apply(const std::vector<plan::FrameCache::Change>& changes,
                         const WorkerPool& workers, Holding holding) {
    if (changes.empty()) return;
    std::map<MediaId, WorkerId> owners;
    for (const auto& view : workers.view())
        if (!view.is_retiring) owners[view.media] = view.worker;
    for (const auto& change : changes) {
        if (change.kind == plan::FrameCache::Change::Kind::create_segment) {
            Place place;
            if (!free_indices_.empty()) {
                place.index = free_indices_.back();
                free_indices_.pop_back();
            } else if (next_index_ < ledger::segment_capacity) {
                place.index = next_index_++;
            } else {
                continue;  // more segments than an onlooker can be shown
            }
            place.slot_count = change.slot_count;
            place.first_slot = take_slots(change.slot_count);
            ledger::Segment& segment = place.shown;
            segment.use = holding == Holding::sound ? ledger::SegmentUse::sound
                                                    : ledger::SegmentUse::pictures;
            segment.segment = change.segment.value;
            segment.worker = owners[change.media].value;
            segment.media = change.media.value;
            segment.slot_bytes = change.slot_bytes;
            segment.slot_count = place.first_slot < ledger::slot_capacity ? change.slot_count : 0;
            segment.first_slot = place.first_slot;
            segment.bytes = std::uint64_t{change.slot_bytes} * change.slot_count;
            writer_.write(place.index, segment);
            places_[change.segment] = place;
        } else if (const auto entry = places_.find(change.segment); entry != places_.end()) {
            const Place& place = entry->second;
            writer_.write(place.index, ledger::Segment{});
            if (place.first_slot < ledger::slot_capacity) {
                for (std::uint32_t i = 0; i < place.slot_count; ++i)
                    writer_.write(place.first_slot + i, ledger::Slot{});
                free_runs_.emplace(place.slot_count, place.first_slot);
            }
            free_indices_.push_back(place.index);
            places_.erase(entry);
        }
    }
}

void LedgerMirror::show_slots(plan::SlotTable& slots) {
    slots.visit_touched([&](const plan::SlotTable::Segment& segment, std::uint32_t index,
                            const plan::SlotTable::Slot& slot) {
        const auto place = places_.find(segment.id);
        if (place == places_.end() || place->second.first_slot >= ledger::slot_capacity) return;
        ledger::Slot entry{};
        entry.state = shown(slot.state);
        entry.generation = slot.generation.value;
        entry.frame = slot.key.frame.value;
        entry.level_x = slot.key.level.x;
        entry.level_y = slot.key.level.y;
        entry.leases = static_cast<std::uint16_t>(slot.leases);
        entry.next_use = slot.next_use;
        writer_.write(place->second.first_slot + index, entry);
    });
}

void LedgerMirror::show_sound(const plan::SoundRunner& sound) {
    for (const plan::SoundRunner::SlotView& slot : sound.view()) {
        const auto place = places_.find(slot.slot);
        if (place == places_.end() || place->second.first_slot >= ledger::slot_capacity) continue;
        ledger::Slot entry{};
        entry.state = shown(slot.state);
        entry.generation = slot.generation.value;
        entry.frame = slot.block;
        entry.leases = static_cast<std::uint16_t>(slot.leases);
        entry.next_use = plan::never;
        // Most have not changed since the last time.
        ledger::Slot& last = place->second.shown_sound;
        if (std::memcmp(&last, &entry, sizeof entry) == 0) continue;
        last = entry;
        writer_.write(place->second.first_slot, entry);
    }
}

/// Segments outlive workers: the one that has them now.
void LedgerMirror::show_owners(const WorkerPool& workers) {
    std::map<std::uint32_t, std::uint32_t> owners;
    for (const auto& view : workers.view())
        if (!view.is_retiring) owners[view.media.value] = view.worker.value;
    for (auto& [id, place] : places_) {
        const auto owner = owners.find(place.shown.media);
        if (owner == owners.end() || owner->second == place.shown.worker) continue;
        place.shown.worker = owner->second;
        writer_.write(place.index, place.shown);
    }
}

void LedgerMirror::show_processes(const WorkerPool& workers, const CompositorLink* compositor,
                                  const std::vector<MediaFile>& files,
                                  const plan::PlanRunner& runner) {
    const auto plain = [&](std::uint32_t index, ledger::ProcessKind kind, pid_t pid,
                           const ChannelTraffic& traffic, std::string_view label) {
        ledger::Process process{};
        process.kind = kind;
        process.state = ledger::ProcessState::running;
        process.pid = pid;
        set_traffic(process, traffic);
        ledger::set_label(process, label);
        writer_.write(index, process);
    };
    plain(0, ledger::ProcessKind::orchestrator, ::getpid(), {}, "reelpool");
    plain(1, ledger::ProcessKind::zygote, workers.zygote_pid(), {}, "worker zygote");
    if (compositor != nullptr)
        plain(2, ledger::ProcessKind::compositor, compositor->pid(), compositor->traffic(),
              "compositor");
    show_owners(workers);
    std::set<WorkerId> seen;
    for (const auto& view : workers.view()) {
        seen.insert(view.worker);
        const auto [entry, is_new] = process_of_.try_emplace(view.worker, next_process_);
        if (is_new && ++next_process_ == ledger::process_capacity) next_process_ = 3;
        ledger::Process process{};
        process.kind = ledger::ProcessKind::worker;
        process.state = view.is_retiring  ? ledger::ProcessState::retiring
                        : view.is_running ? ledger::ProcessState::running
                                          : ledger::ProcessState::starting;
        process.pid = view.pid;
        process.worker = view.worker.value;
        process.media = view.media.value;
        process.epoch = view.epoch;
        process.cursors = view.is_retiring ? 0 : runner.open_cursors(view.media);
        set_traffic(process, view.traffic);
        process.frames_decoded = view.counters.frames_decoded;
        process.seeks = view.counters.seeks;
        // V1 numbers its files anew: what examined them may end later than they were numbered.
        if (view.media.value < files.size())
            ledger::set_label(process, files[view.media.value].path);
        writer_.write(entry->second, process);
    }
    std::erase_if(process_of_, [&](const auto& entry) {
        if (seen.contains(entry.first)) return false;
        writer_.write(entry.second, ledger::Process{});
        return true;
    });
}

}  // namespace reelpool::run
