#include "orchestrator/plan/plan_runner.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace reelpool::plan {
namespace {

MediaId media_of(const Command& command) {
    return std::visit([](const auto& one) { return one.media; }, command);
}

/// The slot that was granted holds what it was granted for.
Status check_answer(const wire::SlotGrant& grant, FrameIndex frame, const wire::SlotReady& ready) {
    const bool is_right = ready.segment == grant.segment &&
                          ready.offset_bytes == grant.offset_bytes &&
                          ready.generation == grant.generation && ready.frame == frame &&
                          ready.level == grant.level && (!ready.is_held || grant.may_be_direct);
    if (is_right) return ok();
    return protocol_violation("it reported a slot that was not lent to it for this");
}

/// What only passes through on its way to disk is not left with a codec.
SlotTable::Lending lending_of(const PlannedGrant& grant) {
    return grant.spill_to ? SlotTable::Lending::refused : SlotTable::Lending::if_there_is_room;
}

}  // namespace

PlanRunner::PlanRunner(Planner& planner, PlanWorld& world, const std::vector<MediaSource>& media,
                       Options options)
    : planner_(planner),
      world_(world),
      options_(options),
      slots_(options.budget_bytes),
      media_(media.size()),
      bad_(media) {}

Status PlanRunner::run_until(std::uint32_t end) {
    plan_ahead();
    if (!is_begun_) retire_unplanned();
    is_begun_ = true;
    REELPOOL_TRY_STATUS(go_on_with_recoveries());
    REELPOOL_TRY_STATUS(go_on_with_rescues());
    // One medium's memory may be what another one waits for.
    for (bool has_moved = true; has_moved;) {
        has_moved = false;
        const std::set<MediaId> waiting = waiting_;
        for (const MediaId id : waiting) {
            PerMedia& media = media_[id.value];
            for (;;) {
                REELPOOL_TRY(is_done, run_one(media, end));
                if (!is_done) break;
                has_moved = true;
            }
            if (media.pending.empty()) waiting_.erase(id);
        }
    }
    return ok();
}

void PlanRunner::plan_ahead() {
    while (planner_.has_next() && planned_.size() < options_.planned_frames) {
        PlannedFrame frame = planner_.next();
        for (Command& command : frame.commands) {
            const MediaId media = media_of(command);
            const std::uint64_t number = next_number_++;
            if (std::holds_alternative<FrameCache::Change>(command))
                memory_commands_.insert(number);
            if (std::holds_alternative<StartWorker>(command)) worker_starts_.insert(number);
            expect_disk_uses(command);
            ++to_do_[frame.output];
            media_[media.value].pending.push_back({number, frame.output, std::move(command)});
            waiting_.insert(media);
        }
        frame.commands.clear();
        planned_.push_back(std::move(frame));
    }
}

// Workers that examined their files, and are not needed soon.
void PlanRunner::retire_unplanned() {
    const std::set<MediaId> running = world_.running();
    for (const MediaId media : running) {
        const bool is_planned = media.value < media_.size() && !media_[media.value].pending.empty();
        if (!is_planned) world_.retire_worker(media);
    }
}

/// Carries out a medium's next command; false if it must wait.
Result<bool> PlanRunner::run_one(PerMedia& media, std::uint32_t end) {
    if (media.pending.empty()) return false;
    Pending& pending = media.pending.front();
    REELPOOL_TRY(progress, carry_out(pending, end));
    if (progress == Progress::must_wait) return false;
    memory_commands_.erase(pending.number);
    worker_starts_.erase(pending.number);
    const auto to_do = to_do_.find(pending.output);
    if (--to_do->second == 0) to_do_.erase(to_do);
    media.pending.pop_front();
    return true;
}

Result<PlanRunner::Progress> PlanRunner::carry_out(Pending& pending, std::uint32_t end) {
    Command& command = pending.command;
    const MediaId media = media_of(command);
    // Starting takes a while and costs no slots.
    if (const auto* const start = std::get_if<StartWorker>(&command))
        return start_worker(*start, pending);
    if (pending.output >= end) return Progress::must_wait;
    if (std::holds_alternative<RetireWorker>(command)) return retire_worker(media);
    if (const auto* const change = std::get_if<FrameCache::Change>(&command))
        return change_segment(*change, pending.number);
    if (const auto* const order = std::get_if<SpillAt>(&command)) return spill(*order);
    if (const auto* const order = std::get_if<LoadAt>(&command)) return load(*order);
    if (!world_.is_running(media) || media_[media.value].recovery) return Progress::must_wait;
    if (const auto* const open = std::get_if<OpenCursorAt>(&command)) {
        CursorState& cursor = media_[media.value].cursors[open->cursor];
        cursor.threads = open->threads;
        open_cursor(media, open->cursor, cursor);
        return Progress::done;
    }
    if (const auto* const close = std::get_if<CloseCursorAt>(&command)) {
        PerMedia& state = media_[media.value];
        if (!state.cursors.at(close->cursor).under_way.empty()) return Progress::must_wait;
        state.cursors.erase(close->cursor);
        state.closed.insert(close->cursor);
        world_.close_cursor(media, {close->cursor});
        return Progress::done;
    }
    return decode(std::get<DecodeAt>(command));
}

Result<PlanRunner::Progress> PlanRunner::start_worker(const StartWorker& start,
                                                      const Pending& pending) {
    bool& is_planned = media_[start.media.value].has_planned_worker;
    if (world_.has_worker(start.media)) {
        is_planned = true;
        return Progress::done;
    }
    // Before its turn only as long as there are not more than usual, or than planned by then.
    const bool is_next = *worker_starts_.begin() == pending.number && pending.output == front_;
    const std::uint32_t most = std::max(options_.max_workers, start.alive);
    if (world_.live_workers() >= most && !is_next) return Progress::must_wait;
    world_.start_worker(start.media);
    is_planned = true;
    return Progress::done;
}

PlanRunner::Progress PlanRunner::retire_worker(MediaId id) {
    PerMedia& media = media_[id.value];
    if (!is_idle(id) || (world_.has_worker(id) && !world_.is_running(id)))
        return Progress::must_wait;
    const bool lives_on = world_.has_worker(id) && world_.outlives_pictures(id);
    if (lives_on) close_cursors(id);
    if (world_.has_worker(id)) world_.retire_worker(id);
    media.cursors.clear();
    media.has_planned_worker = false;
    rescues_.forget_cursors(id);
    // What it still refers to it will tell.
    if (!lives_on) on_shared_worker_retired(id);
    return Progress::done;
}

/// Of a worker that lives on for its sound.
void PlanRunner::close_cursors(MediaId id) {
    PerMedia& media = media_[id.value];
    std::vector<CursorId> open;
    for (const auto& [cursor, state] : media.cursors) open.push_back(cursor);
    if (const auto kept = rescues_.kept_cursor(id)) open.push_back(*kept);
    for (const CursorId cursor : open) {
        world_.close_cursor(id, {cursor});
        media.closed.insert(cursor);
    }
}

void PlanRunner::on_shared_worker_retired(MediaId id) {
    if (id.value >= media_.size()) return;
    media_[id.value].closed.clear();
    slots_.forget_codecs(id);
}

Result<PlanRunner::Progress> PlanRunner::change_segment(const FrameCache::Change& change,
                                                        std::uint64_t number) {
    if (*memory_commands_.begin() != number) return Progress::must_wait;
    if (change.kind == FrameCache::Change::Kind::create_segment) {
        slots_.create(change);
        REELPOOL_TRY_STATUS(world_.create_segment(change));
        return Progress::done;
    }
    if (change.free_from > done_until() || !slots_.is_idle(change.segment))
        return Progress::must_wait;
    FrameCache::Change in_world = change;
    in_world.segment = slots_.drop(change.segment);
    world_.drop_segment(in_world);
    return Progress::done;
}

/// Sends the steps whose slots are free, in order; the rest remains pending.
Result<PlanRunner::Progress> PlanRunner::decode(DecodeAt& order) {
    CursorState& cursor = media_[order.media.value].cursors.at(order.cursor);
    std::size_t count = 0;
    for (; count < order.steps.size(); ++count) {
        const PlannedStep& planned = order.steps[count];
        REELPOOL_TRY(can_be_sent, is_writable(planned));
        if (!can_be_sent) break;
        for (const PlannedGrant& grant : planned.grants)
            if (grant.spill_to) passing_.emplace(grant.slot, *grant.spill_to);
        const std::uint32_t seek_to = std::exchange(order.seek_to, wire::no_seek);
        if (bad_.contains(order.media, planned.frame.value)) {
            // What comes after it lies in another group of pictures.
            cursor.needs_seek = true;
            REELPOOL_TRY_STATUS(show_something_else(order.media, planned, Slots::to_be_granted));
            continue;
        }
        OrderedStep step{.planned = planned, .seek_to = seek_to, .grants = {}};
        for (const PlannedGrant& grant : planned.grants)
            step.grants.push_back(
                slots_.grant(grant, {order.media, planned.frame, grant.level}, lending_of(grant)));
        cursor.under_way.push_back(std::move(step));
    }
    if (count == 0) return Progress::must_wait;
    const bool is_all = count == order.steps.size();
    order.steps.erase(order.steps.begin(),
                      order.steps.begin() + static_cast<std::ptrdiff_t>(count));
    REELPOOL_TRY_STATUS(send_steps(order.media, order.cursor, cursor.under_way.size()));
    return is_all ? Progress::done : Progress::must_wait;
}

/// Sends up to so many of a cursor's steps that have not been sent to the worker that lives.
Status PlanRunner::send_steps(MediaId id, CursorId cursor, std::size_t most) {
    CursorState& state = media_[id.value].cursors.at(cursor);
    const std::size_t end = std::min(state.under_way.size(), state.sent + most);
    while (state.sent < end) {
        wire::Decode message{.cursor = cursor,
                             .seek_to = seek_of(id, state, state.under_way[state.sent]),
                             .steps = {}};
        do {
            OrderedStep& step = state.under_way[state.sent];
            if (step.must_be_granted_again) {
                step.must_be_granted_again = false;
                step.grants.clear();
                for (const PlannedGrant& grant : step.planned.grants)
                    step.grants.push_back(
                        slots_.grant_again(grant, step.planned.frame, lending_of(grant)));
            }
            message.steps.push_back({.frame = step.planned.frame, .grants = step.grants});
            ++state.sent;
        } while (state.sent < end && state.under_way[state.sent].seek_to == wire::no_seek);
        REELPOOL_TRY_STATUS(world_.decode(id, message));
    }
    return ok();
}

/// Where a cursor goes first, to do this step.
std::uint32_t PlanRunner::seek_of(MediaId id, CursorState& state, OrderedStep& step) {
    const bool must_seek = std::exchange(state.needs_seek, false);
    step.frames_again = 0;
    if (step.seek_to != wire::no_seek || !must_seek) return step.seek_to;
    const std::uint32_t keyframe = bad_.keyframe_of(id, step.planned.frame.value);
    if (state.stood && keyframe <= *state.stood) step.frames_again = *state.stood - keyframe + 1;
    return keyframe;
}

void PlanRunner::open_cursor(MediaId id, CursorId cursor, const CursorState& state) {
    const PerMedia& media = media_[id.value];
    const bool must_not_run_ahead = media.decodes_ahead_into_death || bad_.has_any(id);
    world_.open_cursor(id, {cursor, must_not_run_ahead ? 1 : state.threads});
}

/// All slots that the step writes are free, and those that pass through can go on to disk.
Result<bool> PlanRunner::is_writable(const PlannedStep& step) {
    bool is_writable = true;
    for (const PlannedGrant& grant : step.grants) {
        REELPOOL_TRY(progress, make_writable(grant));
        is_writable = is_writable && progress == Progress::done &&
                      (!grant.spill_to || disk_.is_its_turn(*grant.spill_to));
    }
    return is_writable;
}

Result<PlanRunner::Progress> PlanRunner::make_writable(const PlannedGrant& grant) {
    if (grant.free_from > done_until() || !slots_.is_idle(grant.slot)) return Progress::must_wait;
    if (!slots_.must_move(grant.slot)) return Progress::done;
    const bool has_room = slots_.has_room_to_move(grant.slot.segment);
    if (!has_room && is_anything_under_way()) return Progress::must_wait;
    const SlotTable::Move move = slots_.move(grant.slot.segment);
    FrameCache::Change change{.kind = FrameCache::Change::Kind::drop_segment,
                              .segment = move.from,
                              .media = move.media,
                              .slot_bytes = move.slot_bytes,
                              .slot_count = move.slot_count,
                              .free_from = 0};
    world_.drop_segment(change);
    change.kind = FrameCache::Change::Kind::create_segment;
    change.segment = move.to;
    REELPOOL_TRY_STATUS(world_.create_segment(change));
    return Progress::done;
}

bool PlanRunner::is_front_ready() const {
    if (planned_.empty() || to_do_.contains(front_)) return false;
    const auto& reads = planned_.front().reads;
    return std::all_of(reads.begin(), reads.end(), [&](const auto& read) {
        return slots_.holds(read.second.slot, read.first);
    });
}

std::set<SegmentId> PlanRunner::front_segments() const {
    std::set<SegmentId> segments;
    for (const auto& [key, read] : planned_.front().reads)
        segments.insert(slots_.segment_of(read.slot));
    return segments;
}

std::map<FrameKey, PlanRunner::Place> PlanRunner::take_front() {
    std::map<FrameKey, Place> places;
    std::vector<SlotRef>& slots = drawn_[front_];
    for (const auto& [key, read] : planned_.front().reads) {
        slots_.lease(read.slot, read.next_use);
        slots.push_back(read.slot);
        places[key] = {slots_.segment_of(read.slot), slots_.offset_of(read.slot)};
    }
    planned_.pop_front();
    ++front_;
    return places;
}

Status PlanRunner::on_done(std::uint32_t output) {
    const auto entry = drawn_.find(output);
    if (entry == drawn_.end())
        return unexpected({.code = ErrorCode::internal,
                           .component = Component::compositor,
                           .subject = {},
                           .what = "the compositor finished a frame that it was not given",
                           .cause = {},
                           .hint = {}});
    for (const SlotRef& slot : entry->second) slots_.release(slot);
    drawn_.erase(entry);
    return ok();
}

Status PlanRunner::on_slots_ready(MediaId id, const wire::SlotsReady& report) {
    PerMedia& media = media_[id.value];
    const auto cursor = media.cursors.find(report.cursor);
    if (cursor != media.cursors.end()) {
        REELPOOL_TRY_STATUS(accept_steps(id, cursor->second, report));
    } else if (rescues_.is_one(id, report.cursor)) {
        REELPOOL_TRY_STATUS(accept_rescue(id, report));
    } else if (media.recovery && media.recovery->walk &&
               media.recovery->walk->cursor == report.cursor) {
        REELPOOL_TRY_STATUS(on_walked(id, report));
    } else if (media.closed.erase(report.cursor) == 0 || !report.slots.empty()) {
        // A cursor's last words come after it was closed, once.
        return protocol_violation("it reported from a cursor it was not given");
    }
    for (const wire::SlotReleased& released : report.released)
        REELPOOL_TRY_STATUS(slots_.release_from_codec(id, released));
    return ok();
}

/// Everything is checked before anything is believed: exactly the slots of the steps that are new.
Status PlanRunner::accept_steps(MediaId id, CursorState& cursor, const wire::SlotsReady& report) {
    const std::uint32_t reported = cursor.steps_reported;
    if (report.steps_done < reported || report.steps_done - reported > cursor.sent)
        return protocol_violation("it reported more steps than were ordered");
    const std::size_t steps = report.steps_done - reported;
    if (steps == 0 && report.released.empty()) return protocol_violation("it reported nothing");
    std::size_t slots = 0;
    for (std::size_t i = 0; i < steps; ++i) slots += cursor.under_way[i].grants.size();
    if (report.slots.size() != slots)
        return protocol_violation("it reported steps without their slots, or slots without steps");
    std::size_t next = 0;
    for (std::size_t i = 0; i < steps; ++i) {
        const OrderedStep& step = cursor.under_way[i];
        for (const wire::SlotGrant& grant : step.grants)
            REELPOOL_TRY_STATUS(check_answer(grant, step.planned.frame, report.slots[next++]));
    }
    for (const wire::SlotReady& ready : report.slots) REELPOOL_TRY_STATUS(publish(id, ready));
    PerMedia& media = media_[id.value];
    for (std::size_t i = 0; i < steps; ++i) {
        const std::uint32_t frame = cursor.under_way.front().planned.frame.value;
        cursor.stood = frame;
        frames_again_ += cursor.under_way.front().frames_again;
        media.deaths.erase(frame);
        cursor.under_way.pop_front();
    }
    cursor.sent -= steps;
    cursor.steps_reported = report.steps_done;
    if (steps > 0 && media.recovery && media.recovery->alone == report.cursor)
        media.recovery->alone.reset();
    return ok();
}

Status PlanRunner::accept_rescue(MediaId id, const wire::SlotsReady& report) {
    const Rescues::Order order = rescues_.order(id, report.cursor);
    if (report.steps_done != order.steps || report.slots.size() != 1)
        return protocol_violation("it reported other steps than were ordered");
    REELPOOL_TRY_STATUS(check_answer(order.grant, order.wanted.frame, report.slots.front()));
    REELPOOL_TRY_STATUS(publish(id, report.slots.front()));
    rescues_.on_done(world_, id, report.cursor);
    if (order.wanted.reason == Rescues::Reason::substitute && order.steps == 1)
        frames_again_ += order.wanted.frame.value - order.wanted.keyframe + 1;
    PerMedia& media = media_[id.value];
    media.closed.insert(report.cursor);
    media.deaths.erase(order.wanted.frame.value);
    if (media.recovery && media.recovery->alone == report.cursor) media.recovery->alone.reset();
    return ok();
}

Status PlanRunner::publish(MediaId id, const wire::SlotReady& ready) {
    REELPOOL_TRY(slot, slots_.publish(id, ready));
    const auto passing = passing_.find(slot);
    if (passing == passing_.end()) return ok();
    const DiskUse use = passing->second;
    passing_.erase(passing);
    begin_spill(slots_.key_of(slot), slot, use);
    return ok();
}

std::uint32_t PlanRunner::done_until() const {
    return drawn_.empty() ? front_ : drawn_.begin()->first;
}

bool PlanRunner::is_idle(MediaId id) const {
    const PerMedia& media = media_[id.value];
    return !media.recovery && !rescues_.is_at_work(id) &&
           std::all_of(media.cursors.begin(), media.cursors.end(),
                       [](const auto& entry) { return entry.second.under_way.empty(); });
}

bool PlanRunner::is_anything_under_way() const {
    if (!drawn_.empty() || !copies_.empty()) return true;
    for (std::uint32_t id = 0; id < media_.size(); ++id)
        if (!is_idle(MediaId{id})) return true;
    return false;
}

std::uint32_t PlanRunner::open_cursors(MediaId media) const {
    return media.value < media_.size()
               ? static_cast<std::uint32_t>(media_[media.value].cursors.size())
               : 0;
}

}  // namespace reelpool::plan
