#include "orchestrator/plan/spill_plan.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace reelpool::plan {
namespace {

/// The slots that steps fill for good, by frame.
std::vector<std::pair<std::uint32_t, PlannedGrant>> slots_of_size(const SpillPlan::Steps& steps,
                                                                  std::uint32_t slot_bytes) {
    std::vector<std::pair<std::uint32_t, PlannedGrant>> slots;
    for (const auto& [frame, step] : steps)
        for (const PlannedGrant& grant : step.grants)
            if (grant.slot_bytes == slot_bytes && !grant.spill_to) slots.emplace_back(frame, grant);
    return slots;
}

}  // namespace

void SpillPlan::sort_by_next_use(std::vector<FrameKey>& keys) const {
    std::sort(keys.begin(), keys.end(), [&](const FrameKey& a, const FrameKey& b) {
        return std::pair(future_.next_use(a), a) < std::pair(future_.next_use(b), b);
    });
}

void SpillPlan::spill_evicted(std::vector<Command>& commands) {
    std::map<FrameKey, SlotRef> evicted;
    std::vector<FrameKey> keys;
    for (const auto& [key, slot] : cache_.take_evicted())
        if (evicted.emplace(key, slot).second) keys.push_back(key);
    if (!store_.is_open()) return;
    sort_by_next_use(keys);
    for (const FrameKey& key : keys) {
        if (store_.holds(key) || cache_.find(key) || !choice_.is_worth_it(key)) continue;
        if (const auto use = store_.write(key, media_.slot_bytes(key.media, key.level)))
            commands.emplace_back(SpillAt{key.media, key, evicted.at(key), *use});
    }
}

void SpillPlan::pass_through(std::vector<FrameKey> unkept, Steps& steps) {
    if (!store_.is_open()) return;
    sort_by_next_use(unkept);
    std::map<FrameKey, DiskUse> passing;  // in the order in which they come by
    // Two levels of one frame may be of one size: they cannot have one slot at the same time.
    std::set<std::pair<std::uint32_t, std::uint32_t>> taken;  // frame, size
    std::map<std::uint32_t, std::vector<std::pair<std::uint32_t, PlannedGrant>>> slots;  // by size
    for (const FrameKey& key : unkept) {
        const std::uint32_t bytes = media_.slot_bytes(key.media, key.level);
        const auto found = slots.find(bytes);
        const auto& of_size = found != slots.end()
                                  ? found->second
                                  : slots.emplace(bytes, slots_of_size(steps, bytes)).first->second;
        const bool has_slot = !of_size.empty() && of_size.back().first > key.frame.value;
        if (!has_slot || taken.contains({key.frame.value, bytes})) continue;
        if (store_.holds(key) || !choice_.is_worth_it(key)) continue;
        const auto use = store_.write(key, bytes);
        if (!use) continue;
        passing.emplace(key, *use);
        taken.emplace(key.frame.value, bytes);
    }
    // In turn, so that decoding goes on while the disk is busy with the one before.
    std::size_t turn = 0;
    for (const auto& [key, use] : passing) {
        const auto& of_size = slots.at(use.place.bytes);
        const auto first = std::partition_point(of_size.begin(), of_size.end(), [&](const auto& s) {
            return s.first <= key.frame.value;
        });
        const auto later = static_cast<std::size_t>(of_size.end() - first);
        PlannedGrant through = (first + static_cast<std::ptrdiff_t>(turn++ % later))->second;
        through.level = key.level;
        through.next_use = never;
        through.spill_to = use;
        PlannedStep& step = steps[key.frame.value];
        step.frame = key.frame;
        step.grants.push_back(through);
    }
}

void SpillPlan::load(const FrameKey& key, const PlannedGrant& grant,
                     std::vector<Command>& commands) {
    const FrameTable& table = media_.at(key.media).table;
    commands.emplace_back(LoadAt{.media = key.media,
                                 .frame = key.frame,
                                 .grant = grant,
                                 .use = store_.read(key),
                                 .keyframe = table.keyframe_at(key.frame).value});
}

void SpillPlan::add_to(PlanStatistics& statistics) const {
    statistics.disk_peak_bytes = store_.peak_bytes();
    statistics.frames_spilled = store_.frames_written();
    statistics.frames_loaded = store_.frames_read();
}

}  // namespace reelpool::plan
