#include "tools/ipc_dump/snapshot.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace reelpool::ipc_dump {
namespace {

std::vector<ProcessState> read_processes(const ledger::View& view) {
    std::vector<ProcessState> processes;
    for (std::uint32_t i = 0; i < ledger::process_capacity; ++i) {
        const ledger::Process entry = view.process(i);
        if (entry.kind == ledger::ProcessKind::unused && !is_torn(entry.version)) continue;
        const bool has_ended = entry.state == ledger::ProcessState::ended;
        processes.push_back({.entry = entry,
                             .kernel = has_ended ? KernelState::gone : kernel_state(entry.pid),
                             .label = entry.label});
    }
    return processes;
}

std::vector<ledger::Slot> read_slots(const ledger::View& view, const ledger::Segment& segment) {
    std::vector<ledger::Slot> slots;
    const std::uint32_t first = std::min(segment.first_slot, ledger::slot_capacity);
    const std::uint32_t number = std::min(segment.slot_count, ledger::slot_capacity - first);
    slots.reserve(number);
    for (std::uint32_t i = 0; i < number; ++i) slots.push_back(view.slot(first + i));
    return slots;
}

/// A segment with its slots; read again while the run replaces it under our eyes.
SegmentState read_segment(const ledger::View& view, std::uint32_t index) {
    constexpr int attempts = 4;
    SegmentState state;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        state.entry = view.segment(index);
        state.slots = state.entry.use != ledger::SegmentUse::unused ? read_slots(view, state.entry)
                                                                    : std::vector<ledger::Slot>{};
        state.is_torn =
            is_torn(state.entry.version) || view.segment(index).version != state.entry.version;
        if (!state.is_torn) break;
    }
    return state;
}

std::string label_of(const std::vector<ProcessState>& processes, std::uint32_t worker) {
    for (const ProcessState& process : processes)
        if (process.entry.kind == ledger::ProcessKind::worker && process.entry.worker == worker)
            return process.label;
    return {};
}

}  // namespace

Snapshot take_snapshot(int pid, const ledger::View& view) {
    Snapshot snapshot{.pid = pid,
                      .kernel = kernel_state(pid),
                      .totals = view.totals(),
                      .processes = read_processes(view),
                      .rings = {}};
    std::map<std::uint32_t, Ring> rings;
    for (std::uint32_t i = 0; i < ledger::segment_capacity; ++i) {
        SegmentState segment = read_segment(view, i);
        if (segment.entry.use == ledger::SegmentUse::unused) continue;
        Ring& ring = rings[segment.entry.worker];
        ring.segments.push_back(std::move(segment));
    }
    for (auto& [worker, ring] : rings) {
        ring.worker = worker;
        ring.media = ring.segments.front().entry.media;
        ring.label = label_of(snapshot.processes, worker);
        snapshot.rings.push_back(std::move(ring));
    }
    return snapshot;
}

SlotCounts count(const SegmentState& segment) {
    SlotCounts counts;
    for (const ledger::Slot& slot : segment.slots) {
        switch (slot.state) {
            case ledger::SlotState::unused:
                ++counts.unused;
                break;
            case ledger::SlotState::free:
                ++counts.free;
                break;
            case ledger::SlotState::granted:
                ++counts.granted;
                break;
            case ledger::SlotState::ready:
                ++counts.ready;
                break;
            case ledger::SlotState::leased:
                ++counts.leased;
                break;
        }
    }
    return counts;
}

}  // namespace reelpool::ipc_dump
