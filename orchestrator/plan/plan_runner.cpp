#include "orchestrator/plan/plan_runner.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace reelpool::plan {
namespace {

MediaId media_of(const Command& command) {
    return std::visit([](const auto& one) { return one.media; }, command);
}

}  // namespace

PlanRunner::PlanRunner(Planner& planner, PlanWorld& world, std::size_t sources, Options options)
    : planner_(planner),
      world_(world),
      options_(options),
      slots_(options.budget_bytes),
      media_(sources) {}

Status PlanRunner::run_until(std::uint32_t end) {
    plan_ahead();
    if (!is_begun_) retire_unplanned();
    is_begun_ = true;
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
    if (!world_.is_running(media)) return Progress::must_wait;
    if (const auto* const open = std::get_if<OpenCursorAt>(&command)) {
        media_[media.value].cursors[open->cursor] = {};
        world_.open_cursor(media, {open->cursor, open->threads});
        return Progress::done;
    }
    if (const auto* const close = std::get_if<CloseCursorAt>(&command)) {
        const CursorState& cursor = media_[media.value].cursors.at(close->cursor);
        if (cursor.steps_done < cursor.steps_ordered) return Progress::must_wait;
        media_[media.value].cursors.erase(close->cursor);
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
    if (world_.has_worker(id)) world_.retire_worker(id);
    media.cursors.clear();
    media.has_planned_worker = false;
    slots_.forget_codecs(id);
    return Progress::done;
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
    wire::Decode message{.cursor = order.cursor, .seek_to = order.seek_to, .steps = {}};
    for (const PlannedStep& planned : order.steps) {
        REELPOOL_TRY(can_be_sent, is_writable(planned));
        if (!can_be_sent) break;
        wire::DecodeStep step{.frame = planned.frame, .grants = {}};
        for (const PlannedGrant& grant : planned.grants) {
            const auto lending =
                grant.spill_to ? SlotTable::Lending::refused : SlotTable::Lending::if_there_is_room;
            step.grants.push_back(
                slots_.grant(grant, {order.media, planned.frame, grant.level}, lending));
            if (grant.spill_to) passing_.emplace(grant.slot, *grant.spill_to);
        }
        message.steps.push_back(std::move(step));
    }
    const std::size_t count = message.steps.size();
    if (count == 0) return Progress::must_wait;
    const bool is_all = count == order.steps.size();
    order.steps.erase(order.steps.begin(),
                      order.steps.begin() + static_cast<std::ptrdiff_t>(count));
    order.seek_to = wire::no_seek;
    media_[order.media.value].cursors.at(order.cursor).steps_ordered +=
        static_cast<std::uint32_t>(count);
    REELPOOL_TRY_STATUS(world_.decode(order.media, message));
    return is_all ? Progress::done : Progress::must_wait;
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
    const bool is_rescue = rescues_.is_one(id, report.cursor);
    const auto cursor = media.cursors.find(report.cursor);
    // A cursor's last words come after it was closed.
    if (cursor == media.cursors.end() && !is_rescue && !report.slots.empty())
        return protocol_violation("it reported from a cursor it was not given");
    if (is_rescue && report.steps_done > 1)
        return protocol_violation("it reported more steps than were ordered");
    if (cursor != media.cursors.end()) {
        CursorState& state = cursor->second;
        if (report.steps_done < state.steps_done || report.steps_done > state.steps_ordered)
            return protocol_violation("it reported more steps than were ordered");
        state.steps_done = report.steps_done;
    }
    for (const wire::SlotReady& ready : report.slots) {
        REELPOOL_TRY(slot, slots_.publish(id, ready));
        const auto passing = passing_.find(slot);
        if (passing == passing_.end()) continue;
        const DiskUse use = passing->second;
        passing_.erase(passing);
        begin_spill({id, ready.frame, ready.level}, slot, use);
    }
    if (is_rescue && report.steps_done > 0) rescues_.on_done(world_, id, report.cursor);
    for (const wire::SlotReleased& released : report.released)
        REELPOOL_TRY_STATUS(slots_.release_from_codec(id, released));
    return ok();
}

std::uint32_t PlanRunner::done_until() const {
    return drawn_.empty() ? front_ : drawn_.begin()->first;
}

bool PlanRunner::is_idle(MediaId id) const {
    const PerMedia& media = media_[id.value];
    return !rescues_.is_at_work(id) &&
           std::all_of(media.cursors.begin(), media.cursors.end(), [](const auto& entry) {
               return entry.second.steps_done == entry.second.steps_ordered;
           });
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
