// What a runner does when a worker has died.
//
// The plan knows nothing of deaths: for it the worker lives on. So its successor is brought to
// where the plan assumes it. Cursors are opened again; a cursor that stood somewhere begins at the
// keyframe of the next frame that it is asked for. What was ordered and not answered is granted
// again, with new generations, and ordered again: first what each cursor was asked for next, one
// request at a time (the suspects), then the rest. So the second death has one request to blame.
#include <algorithm>
#include <utility>

#include "orchestrator/plan/plan_runner.hpp"

namespace reelpool::plan {
namespace {

constexpr std::uint32_t deaths_of_a_poison = 2;

}  // namespace

Result<PlanRunner::LossReport> PlanRunner::on_worker_lost(MediaId id, Death death) {
    PerMedia& media = media_[id.value];
    const std::vector<FrameIndex> rescued = rescues_.lose(id);
    forget_worker(id);
    const Recovery before = std::exchange(media.recovery, std::nullopt).value_or(Recovery{});
    recovering_.erase(id);
    if (!media.has_planned_worker && !rescues_.is_at_work(id)) return LossReport{};
    media.recovery.emplace();
    recovering_.insert(id);
    media.recovery->walk = before.walk;
    switch (death) {
        case Death::blameless:
            if (media.recovery->walk) media.recovery->walk->steps = 0;
            return LossReport{};
        case Death::opening:
            if (++media.deaths_while_opening < deaths_of_a_poison) return LossReport{};
            return LossReport{.loss = Loss::opening_poison, .frame = {}};
        case Death::serving:
            break;
    }
    if (before.walk && before.walk->steps > 0) {
        bad_.add(id, before.walk->next);
        media.recovery->walk.reset();
        REELPOOL_TRY_STATUS(replace_bad_steps(id));
        return LossReport{};
    }
    if (!before.alone) {
        blame(id, rescued);
        return LossReport{};
    }
    if (++media.deaths[before.alone_frame.value] < deaths_of_a_poison) return LossReport{};
    if (options_.bad_frame == BadFrame::refuse)
        return LossReport{.loss = Loss::poison, .frame = before.alone_frame};
    REELPOOL_TRY_STATUS(mark_poison(id, before.alone_frame));
    return LossReport{};
}

/// What the dead worker knew.
void PlanRunner::forget_worker(MediaId id) {
    PerMedia& media = media_[id.value];
    slots_.forget_codecs(id);
    media.closed.clear();
    for (auto& [cursor, state] : media.cursors) {
        for (std::size_t i = 0; i < state.sent; ++i)
            state.under_way[i].must_be_granted_again = true;
        state.sent = 0;
        state.steps_reported = 0;
        state.needs_seek =
            state.needs_seek || state.stood.has_value() ||
            (!state.under_way.empty() && state.under_way.front().seek_to == wire::no_seek);
    }
}

/// The request that each cursor was at may have been the reason.
void PlanRunner::blame(MediaId id, const std::vector<FrameIndex>& rescued) {
    PerMedia& media = media_[id.value];
    for (const auto& [cursor, state] : media.cursors)
        if (!state.under_way.empty() && state.under_way.front().must_be_granted_again)
            media.deaths.try_emplace(state.under_way.front().planned.frame.value, 1);
    for (const FrameIndex frame : rescued) media.deaths.try_emplace(frame.value, 1);
}

Status PlanRunner::go_on_with_recoveries() {
    const std::set<MediaId> recovering = recovering_;
    for (const MediaId id : recovering) REELPOOL_TRY_STATUS(go_on_with_recovery(id));
    return ok();
}

Status PlanRunner::go_on_with_recovery(MediaId id) {
    PerMedia& media = media_[id.value];
    if (!world_.has_worker(id)) world_.start_worker(id);
    if (!world_.is_running(id)) return ok();
    media.deaths_while_opening = 0;
    Recovery& recovery = *media.recovery;
    if (recovery.walk) return go_on_walking(id);
    if (!recovery.are_cursors_open) {
        recovery.are_cursors_open = true;
        for (const auto& [cursor, state] : media.cursors) open_cursor(id, cursor, state);
    }
    if (recovery.alone) return ok();
    return try_next_suspect(id);
}

/// Sends what may have been the reason, alone; or, when there is nothing of the kind any more,
/// everything.
Status PlanRunner::try_next_suspect(MediaId id) {
    PerMedia& media = media_[id.value];
    for (const auto& [cursor, state] : media.cursors) {
        if (state.under_way.empty()) continue;
        const FrameIndex frame = state.under_way.front().planned.frame;
        if (!media.deaths.contains(frame.value)) continue;
        media.recovery->alone = cursor;
        media.recovery->alone_frame = frame;
        return send_steps(id, cursor, 1);
    }
    if (rescues_.has_suspect(id)) {
        REELPOOL_TRY(sent, rescues_.send_suspect(world_, slots_, id));
        media.recovery->alone_frame = sent.first;
        media.recovery->alone = sent.second;
        return ok();
    }
    media.recovery.reset();
    recovering_.erase(id);
    for (const auto& [cursor, state] : media.cursors)
        REELPOOL_TRY_STATUS(send_steps(id, cursor, state.under_way.size()));
    return ok();
}

/// The request has killed two workers: what can be shown of its group of pictures is found out.
Status PlanRunner::mark_poison(MediaId id, FrameIndex frame) {
    PerMedia& media = media_[id.value];
    media.deaths.erase(frame.value);
    const std::uint32_t keyframe = bad_.keyframe_of(id, frame.value);
    const std::uint32_t end = bad_.end_of_group(id, frame.value);
    if (keyframe + 1 == end) {
        bad_.add(id, keyframe);
        return replace_bad_steps(id);
    }
    media.recovery->walk = Walk{.cursor = {}, .next = keyframe, .end = end, .steps = 0};
    return ok();
}

/// With one codec thread and one frame at a time, so that the decoder is where it says it is.
Status PlanRunner::go_on_walking(MediaId id) {
    Walk& walk = *media_[id.value].recovery->walk;
    if (walk.steps > 0) return ok();
    walk.cursor = CursorId{next_walk_++};
    walk.next = bad_.keyframe_of(id, walk.next);
    walk.steps = 1;
    world_.open_cursor(id, {walk.cursor, 1});
    return world_.decode(id, {.cursor = walk.cursor,
                              .seek_to = walk.next,
                              .steps = {{.frame = FrameIndex{walk.next}, .grants = {}}}});
}

Status PlanRunner::on_walked(MediaId id, const wire::SlotsReady& report) {
    PerMedia& media = media_[id.value];
    Walk& walk = *media.recovery->walk;
    if (report.steps_done != walk.steps || !report.slots.empty())
        return protocol_violation("it reported other steps than were ordered");
    ++frames_again_;
    if (++walk.next < walk.end) {
        ++walk.steps;
        return world_.decode(id, {.cursor = walk.cursor,
                                  .seek_to = wire::no_seek,
                                  .steps = {{.frame = FrameIndex{walk.next}, .grants = {}}}});
    }
    // Frame by frame it can be done: it must be what decoders do ahead that kills them.
    media.decodes_ahead_into_death = true;
    world_.close_cursor(id, {walk.cursor});
    media.closed.insert(walk.cursor);
    media.recovery->walk.reset();
    return ok();
}

/// What was ordered and cannot be decoded.
Status PlanRunner::replace_bad_steps(MediaId id) {
    PerMedia& media = media_[id.value];
    for (auto& [cursor, state] : media.cursors) {
        std::deque<OrderedStep> rest;
        for (OrderedStep& step : state.under_way) {
            if (!bad_.contains(id, step.planned.frame.value)) {
                rest.push_back(std::move(step));
                continue;
            }
            state.needs_seek = true;
            media.deaths.erase(step.planned.frame.value);
            REELPOOL_TRY_STATUS(show_something_else(id, step.planned, Slots::granted));
        }
        state.under_way = std::move(rest);
    }
    Status status = ok();
    rescues_.visit_waiting(id, [&](Rescues::Wanted& wanted) {
        if (!bad_.contains(id, wanted.frame.value)) return;
        media.held.insert(slots_.key_of(wanted.grant.slot).frame.value);
        auto substitute = substitute_for(id, wanted.frame.value, wanted.grant);
        if (substitute)
            wanted = *substitute;
        else
            status = unexpected(std::move(substitute).error());
    });
    return status;
}

Status PlanRunner::show_something_else(MediaId id, const PlannedStep& step, Slots slots) {
    media_[id.value].held.insert(step.frame.value);
    for (const PlannedGrant& grant : step.grants) {
        if (slots == Slots::to_be_granted)
            static_cast<void>(
                slots_.grant(grant, {id, step.frame, grant.level}, SlotTable::Lending::refused));
        REELPOOL_TRY(substitute, substitute_for(id, step.frame.value, grant));
        rescues_.add(id, substitute);
    }
    return ok();
}

Result<Rescues::Wanted> PlanRunner::substitute_for(MediaId id, std::uint32_t frame,
                                                   const PlannedGrant& grant) const {
    const auto shown = bad_.shown_instead(id, frame);
    if (!shown)
        return unexpected(
            {.code = ErrorCode::decode,
             .component = Component::shared_decoder,
             .subject = {},
             .what = "no frame of the file can be decoded",
             .cause = "the decoder died in every group of pictures",
             .hint = "try the file with `reelpool probe`, or convert it with ffmpeg"});
    return Rescues::Wanted{.frame = FrameIndex{*shown},
                           .keyframe = bad_.keyframe_of(id, *shown),
                           .grant = grant,
                           .reason = Rescues::Reason::substitute};
}

}  // namespace reelpool::plan
