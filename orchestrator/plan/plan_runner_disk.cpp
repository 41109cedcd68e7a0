// What a runner does with the disk cache.
#include <utility>

#include "orchestrator/plan/plan_runner.hpp"

namespace reelpool::plan {

void PlanRunner::expect_disk_uses(const Command& command) {
    if (const auto* const order = std::get_if<SpillAt>(&command)) disk_.expect(order->use);
    if (const auto* const order = std::get_if<LoadAt>(&command)) disk_.expect(order->use);
    const auto* const decode = std::get_if<DecodeAt>(&command);
    if (decode == nullptr) return;
    for (const PlannedStep& step : decode->steps)
        for (const PlannedGrant& grant : step.grants)
            if (grant.spill_to) disk_.expect(*grant.spill_to);
}

PlanRunner::Progress PlanRunner::spill(const SpillAt& order) {
    if (!slots_.holds(order.slot, order.key) || !disk_.is_its_turn(order.use))
        return Progress::must_wait;
    begin_spill(order.key, order.slot, order.use);
    return Progress::done;
}

void PlanRunner::begin_spill(const FrameKey& key, SlotRef slot, const DiskUse& use) {
    if (spilling_ == Spilling::has_failed) {
        disk_.drop(use.place);
        disk_.finish(use);
        planner_.lose(key);
        return;
    }
    slots_.begin_copy(slot);
    copies_.emplace(use.turn, Copy{.key = key, .slot = slot, .use = use});
    world_.write_to_disk({use.turn, slots_.segment_of(slot), slots_.offset_of(slot), use.place});
}

Result<PlanRunner::Progress> PlanRunner::load(const LoadAt& order) {
    if (!disk_.is_its_turn(order.use)) return Progress::must_wait;
    REELPOOL_TRY(progress, make_writable(order.grant));
    if (progress == Progress::must_wait) return progress;
    const FrameKey key{order.media, order.frame, order.grant.level};
    const SlotRef slot = order.grant.slot;
    static_cast<void>(slots_.grant(order.grant, key, SlotTable::Lending::refused));
    const Rescues::Wanted rescue{
        .frame = order.frame, .keyframe = order.keyframe, .grant = order.grant};
    if (!disk_.holds(order.use.place, key)) {
        disk_.finish(order.use);
        add_rescue(order.media, rescue);
        REELPOOL_TRY_STATUS(go_on_with_rescues());
        return Progress::done;
    }
    copies_.emplace(order.use.turn, Copy{Copy::Direction::from_disk, key, slot, order.use, rescue});
    world_.read_from_disk(
        {order.use.turn, slots_.segment_of(slot), slots_.offset_of(slot), order.use.place});
    return Progress::done;
}

void PlanRunner::on_disk_done(std::uint64_t turn, DiskOutcome outcome) {
    const auto entry = copies_.find(turn);
    REELPOOL_CHECK(entry != copies_.end());
    const Copy copy = entry->second;
    copies_.erase(entry);
    if (outcome == DiskOutcome::failed) ++disk_counts_.failed;
    switch (copy.direction) {
        case Copy::Direction::to_disk:
            end_spill(copy, outcome);
            break;
        case Copy::Direction::from_disk:
            end_load(copy, outcome);
            break;
    }
    disk_.finish(copy.use);
}

void PlanRunner::end_spill(const Copy& copy, DiskOutcome outcome) {
    slots_.end_copy(copy.slot);
    if (outcome == DiskOutcome::done) {
        ++disk_counts_.spilled;
        disk_.on_written(copy.use, copy.key);
        return;
    }
    // A full disk stays full, and one that fails is not to be trusted.
    disk_.drop(copy.use.place);
    spilling_ = Spilling::has_failed;
    planner_.stop_spilling();
    planner_.lose(copy.key);
}

void PlanRunner::end_load(const Copy& copy, DiskOutcome outcome) {
    if (outcome == DiskOutcome::done) {
        ++disk_counts_.loaded;
        slots_.publish_loaded(copy.slot);
        return;
    }
    disk_.drop(copy.use.place);
    planner_.lose(copy.key);
    add_rescue(copy.key.media, copy.rescue);
}

void PlanRunner::add_rescue(MediaId id, const Rescues::Wanted& wanted) {
    rescues_.add(id, wanted);
    if (!bad_.contains(id, wanted.frame.value)) return;
    const auto shown = bad_.shown_instead(id, wanted.frame.value);
    if (!shown) return;
    media_[id.value].held.insert(wanted.frame.value);
    rescues_.visit_waiting(id, [&](Rescues::Wanted& waiting) {
        if (waiting.frame != wanted.frame) return;
        waiting.frame = FrameIndex{*shown};
        waiting.keyframe = bad_.keyframe_of(id, *shown);
        waiting.reason = Rescues::Reason::substitute;
    });
}

Status PlanRunner::go_on_with_rescues() {
    REELPOOL_TRY_STATUS(rescues_.go_on(
        world_, slots_, [this](MediaId id) { return media_[id.value].recovery.has_value(); }));
    for (const MediaId media : rescues_.take_spare_workers()) {
        if (media_[media.value].has_planned_worker || !world_.has_worker(media)) continue;
        const bool lives_on = world_.outlives_pictures(media);
        if (lives_on) close_cursors(media);
        world_.retire_worker(media);
        rescues_.forget_cursors(media);
        if (!lives_on) on_shared_worker_retired(media);
    }
    return ok();
}

PlanRunner::DiskCounts PlanRunner::disk_counts() const {
    DiskCounts counts = disk_counts_;
    counts.decoded_again = rescues_.count();
    counts.peak_bytes = disk_.peak_bytes();
    return counts;
}

}  // namespace reelpool::plan
