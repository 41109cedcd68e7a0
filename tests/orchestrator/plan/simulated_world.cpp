#include "simulated_world.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <stdexcept>

namespace reelpool::plan::test {
namespace {

void require(bool is_right, const char* what) {
    if (!is_right) throw std::logic_error(what);
}

void require(const Status& status) {
    if (!status) throw std::logic_error(status.error().what + ": " + status.error().cause);
}

}  // namespace

MediaSource make_media(std::uint32_t id, std::uint32_t frames, std::uint32_t gop,
                       std::uint32_t width, std::uint32_t height) {
    MediaSource media;
    media.id = MediaId{id};
    media.info.format = yuv420p;
    media.info.width = width;
    media.info.height = height;
    media.table.time_base = Rational(1, 30);
    for (std::uint32_t i = 0; i < frames; ++i) {
        media.table.pts.push_back(i);
        if (i % gop == 0) media.table.keyframes.push_back(i);
    }
    media.table.end_pts = frames;
    return media;
}

Wants wants_from(const std::vector<std::vector<FrameKey>>& wants) {
    return {static_cast<std::uint32_t>(wants.size()),
            [&wants](std::uint32_t n) { return wants.at(n); }};
}

bool SimulatedWorld::has_worker(MediaId media) const {
    return workers_.contains(media);
}

bool SimulatedWorld::is_running(MediaId media) const {
    const auto worker = workers_.find(media);
    return worker != workers_.end() && worker->second.is_running;
}

std::set<MediaId> SimulatedWorld::running() const {
    std::set<MediaId> running;
    for (const auto& [media, worker] : workers_)
        if (worker.is_running) running.insert(media);
    return running;
}

std::uint32_t SimulatedWorld::live_workers() const {
    return static_cast<std::uint32_t>(workers_.size());
}

void SimulatedWorld::start_worker(MediaId media) {
    require(workers_.try_emplace(media).second, "a worker was started twice");
    workers_.at(media).answers_owed = std::exchange(owed_by_next_[media], 0);
    workers_peak_ = std::max(workers_peak_, live_workers());
}

void SimulatedWorld::retire_worker(MediaId media) {
    const Worker& worker = workers_.at(media);
    for (const auto& [id, cursor] : worker.cursors)
        require(cursor.steps.empty(), "a worker was retired that is at work");
    workers_.erase(media);
}

void SimulatedWorld::open_cursor(MediaId media, const wire::OpenCursor& message) {
    Worker& worker = workers_.at(media);
    require(worker.is_running, "a cursor was opened before the file");
    require(worker.cursors.try_emplace(message.cursor).second, "a cursor was opened twice");
}

void SimulatedWorld::close_cursor(MediaId media, const wire::CloseCursor& message) {
    Worker& worker = workers_.at(media);
    require(worker.cursors.at(message.cursor).steps.empty(), "a cursor was closed at work");
    worker.cursors.erase(message.cursor);
}

Status SimulatedWorld::decode(MediaId media, const wire::Decode& message) {
    SimulatedCursor& cursor = workers_.at(media).cursors.at(message.cursor);
    std::uint32_t seek_to = message.seek_to;
    for (const wire::DecodeStep& step : message.steps) {
        for (const wire::SlotGrant& grant : step.grants) {
            const Memory& memory = memory_.at(grant.segment);
            require(memory.media == media, "a slot of another medium was granted");
            require(grant.offset_bytes + grant.slot_bytes <= memory.bytes, "a slot lies outside");
            require(!is_being_written(grant.segment, grant.offset_bytes),
                    "a slot was granted twice at once");
            Generation& last = generations_[{grant.segment, grant.offset_bytes}];
            require(grant.generation > last, "a slot was granted without a new generation");
            last = grant.generation;
        }
        cursor.steps.push_back({step, std::exchange(seek_to, wire::no_seek)});
    }
    return ok();
}

Status SimulatedWorld::create_segment(const FrameCache::Change& change) {
    Memory& memory = memory_[change.segment];
    require(memory.bytes == 0, "a segment was made twice");
    memory.media = change.media;
    memory.bytes = std::uint64_t{change.slot_bytes} * change.slot_count;
    used_bytes_ += memory.bytes;
    peak_bytes_ = std::max(peak_bytes_, used_bytes_);
    require(used_bytes_ <= budget_bytes_, "the budget was exceeded");
    return ok();
}

void SimulatedWorld::drop_segment(const FrameCache::Change& change) {
    for (const Copying& one : copying_)
        require(one.copy.segment != change.segment, "a segment was dropped that is being copied");
    used_bytes_ -= memory_.at(change.segment).bytes;
    memory_.erase(change.segment);
}

void SimulatedWorld::write_to_disk(const DiskCopy& copy) {
    begin_copy(copy, content(copy.segment, copy.offset_bytes));
}

void SimulatedWorld::read_from_disk(const DiskCopy& copy) {
    require(on_disk_.contains(copy.place.offset_bytes), "nothing lies where it was to be read");
    begin_copy(copy, std::nullopt);
}

void SimulatedWorld::begin_copy(const DiskCopy& copy, std::optional<FrameKey> content) {
    const DiskPlace& place = copy.place;
    require(place.offset_bytes + place.bytes <= disk_.bytes, "the disk's budget was exceeded");
    for (const Copying& one : copying_) {
        const DiskPlace& other = one.copy.place;
        const bool is_apart = place.offset_bytes >= other.offset_bytes + other.bytes ||
                              other.offset_bytes >= place.offset_bytes + place.bytes;
        require(is_apart, "a place on disk was used twice at once");
    }
    copying_.push_back({copy, content});
}

bool SimulatedWorld::fails(std::uint32_t per_failure) {
    return per_failure > 0 && random_() % per_failure == 0;
}

void SimulatedWorld::end_copy(PlanRunner& runner, std::size_t index) {
    const Copying one = copying_[index];
    copying_.erase(copying_.begin() + static_cast<std::ptrdiff_t>(index));
    const DiskPlace& place = one.copy.place;
    if (one.content) {
        require(content(one.copy.segment, one.copy.offset_bytes) == *one.content,
                "a slot was written to while it was copied to disk");
        const bool has_failed = fails(disk_.writes_per_failure);
        on_disk_.erase(on_disk_.lower_bound(place.offset_bytes),
                       on_disk_.lower_bound(place.offset_bytes + place.bytes));
        if (!has_failed) on_disk_[place.offset_bytes] = *one.content;
        runner.on_disk_done(one.copy.turn, has_failed ? PlanRunner::DiskOutcome::failed
                                                      : PlanRunner::DiskOutcome::done);
        return;
    }
    const bool has_failed = fails(disk_.reads_per_failure);
    // What came of a failed reading is rubbish.
    memory_.at(one.copy.segment).content[one.copy.offset_bytes] =
        has_failed ? FrameKey{} : on_disk_.at(place.offset_bytes);
    runner.on_disk_done(one.copy.turn, has_failed ? PlanRunner::DiskOutcome::failed
                                                  : PlanRunner::DiskOutcome::done);
}

bool SimulatedWorld::happen(PlanRunner& runner) {
    if (poison_) return false;
    if (deaths_.events_per_death > 0 && !workers_.empty() &&
        random_() % deaths_.events_per_death == 0) {
        auto victim = workers_.begin();
        std::advance(victim, random_() % workers_.size());
        const Worker& worker = victim->second;
        // Two deaths at one request would be a poison.
        const bool is_free = worker.is_running && worker.answers_owed == 0 && random_() % 4 != 0;
        die(runner, victim->first,
            is_free ? PlanRunner::Death::serving : PlanRunner::Death::blameless);
        return true;
    }
    std::vector<std::function<void()>> events;
    for (auto& [media, worker] : workers_) {
        if (!worker.is_running) events.emplace_back([&worker] { worker.is_running = true; });
        for (auto& [id, cursor] : worker.cursors) {
            if (!cursor.steps.empty())
                events.emplace_back([this, &runner, media, id] { answer(runner, media, id); });
            if (!cursor.held.empty())
                events.emplace_back([this, &runner, media, id] { let_go(runner, media, id); });
        }
    }
    for (std::size_t i = 0; i < copying_.size(); ++i)
        events.emplace_back([this, &runner, i] { end_copy(runner, i); });
    if (events.empty()) return false;
    events[random_() % events.size()]();
    return true;
}

bool SimulatedWorld::is_deadly(MediaId media, std::uint32_t first, std::uint32_t last) const {
    const auto deadly = deaths_.deadly.find(media);
    if (deadly == deaths_.deadly.end()) return false;
    const auto next = deadly->second.lower_bound(first);
    return next != deadly->second.end() && *next <= last;
}

bool SimulatedWorld::is_being_written(SegmentId segment, std::uint32_t offset_bytes) const {
    for (const auto& [media, worker] : workers_)
        for (const auto& [id, cursor] : worker.cursors)
            for (const Step& step : cursor.steps)
                for (const wire::SlotGrant& grant : step.step.grants)
                    if (grant.segment == segment && grant.offset_bytes == offset_bytes) return true;
    return false;
}

void SimulatedWorld::die(PlanRunner& runner, MediaId media, PlanRunner::Death death) {
    const Worker worker = workers_.at(media);
    std::size_t asked = 0;
    for (const auto& [id, cursor] : worker.cursors) {
        if (!cursor.steps.empty()) ++asked;
        // It may have written anything to what it was lent.
        for (const Step& step : cursor.steps)
            for (const wire::SlotGrant& grant : step.step.grants)
                memory_.at(grant.segment).content[grant.offset_bytes] = FrameKey{};
    }
    workers_.erase(media);
    owed_by_next_[media] =
        worker.answers_owed + (death == PlanRunner::Death::blameless ? 0 : asked);
    ++died_;
    auto loss = runner.on_worker_lost(media, death);
    if (!loss) throw std::logic_error(loss.error().what);
    if (loss->loss != PlanRunner::Loss::restart) poison_ = *loss;
}

void SimulatedWorld::answer(PlanRunner& runner, MediaId media, CursorId id) {
    Worker& worker = workers_.at(media);
    SimulatedCursor& cursor = worker.cursors.at(id);
    const Step step = cursor.steps.front();
    const std::uint32_t from = step.seek_to != wire::no_seek ? step.seek_to : cursor.position;
    // (A frame that a cursor stands on is there already.)
    if (step.step.frame.value >= from && is_deadly(media, from, step.step.frame.value)) {
        die(runner, media, PlanRunner::Death::serving);
        return;
    }
    if (worker.answers_owed > 0) --worker.answers_owed;
    cursor.steps.erase(cursor.steps.begin());
    const std::uint32_t frame = step.step.frame.value;
    if (step.seek_to != wire::no_seek) {
        const FrameTable& table = media_[media.value].table;
        require(table.keyframe_at(FrameIndex{step.seek_to}).value == step.seek_to,
                "a seek to no keyframe");
        cursor.position = step.seek_to;
        ++seeks_;
    }
    require(frame + 1 >= cursor.position, "a cursor was asked to go back");
    frames_decoded_ += frame + 1 - cursor.position;
    cursor.position = frame + 1;
    wire::SlotsReady report;
    report.cursor = id;
    report.steps_done = ++cursor.steps_done;
    for (const wire::SlotGrant& grant : step.step.grants) {
        const bool is_held = grant.may_be_direct && random_() % 2 == 0;
        memory_.at(grant.segment).content[grant.offset_bytes] = {media, step.step.frame,
                                                                 grant.level};
        report.slots.push_back({.segment = grant.segment,
                                .offset_bytes = grant.offset_bytes,
                                .generation = grant.generation,
                                .frame = step.step.frame,
                                .level = grant.level,
                                .is_concealed = false,
                                .is_held = is_held});
        if (is_held) cursor.held.push_back({grant.segment, grant.offset_bytes, grant.generation});
    }
    require(runner.on_slots_ready(media, report));
}

void SimulatedWorld::let_go(PlanRunner& runner, MediaId media, CursorId id) {
    SimulatedCursor& cursor = workers_.at(media).cursors.at(id);
    wire::SlotsReady report;
    report.cursor = id;
    report.steps_done = cursor.steps_done;
    report.released = std::exchange(cursor.held, {});
    require(runner.on_slots_ready(media, report));
}

FrameKey SimulatedWorld::content(SegmentId segment, std::uint32_t offset_bytes) const {
    return memory_.at(segment).content.at(offset_bytes);
}

SimulationResult carry_out(Planner& planner, const std::vector<MediaSource>& media,
                           std::uint64_t budget_bytes, std::uint64_t seed, std::uint32_t lookahead,
                           SimulatedWorld::Disk disk, const Mortality& mortality) {
    SimulatedWorld world(media, budget_bytes, seed, disk, mortality.deaths);
    PlanRunner runner(planner, world, media,
                      {.budget_bytes = budget_bytes, .bad_frame = mortality.bad_frame});
    const auto shown = [&](const FrameKey& key) {
        return mortality.shown ? mortality.shown(key) : key;
    };
    std::mt19937_64 random(seed);
    struct Drawn {
        std::uint32_t output;
        std::map<FrameKey, PlanRunner::Place> places;
    };
    std::deque<Drawn> drawn;
    SimulationResult result;
    const auto finish_one = [&] {
        // What it reads is still what it was when it was sent.
        for (const auto& [key, place] : drawn.front().places)
            require(world.content(place.segment, place.offset_bytes) == shown(key),
                    "a slot was written to while it was read");
        require(runner.on_done(drawn.front().output));
        drawn.pop_front();
    };
    while ((planner.has_next() || runner.is_front_planned() || !drawn.empty()) && !world.poison()) {
        require(runner.run_until(runner.front() + lookahead));
        if (runner.is_front_ready() && drawn.size() < 3) {
            const std::uint32_t output = runner.front();
            drawn.push_back({output, runner.take_front()});
        } else if (!drawn.empty() && random() % 3 == 0) {
            finish_one();
        } else if (!world.happen(runner) && !runner.is_front_ready()) {
            if (drawn.empty()) {
                result.is_stuck = true;
                break;
            }
            finish_one();
        }
    }
    result.frames_decoded = world.frames_decoded();
    result.seeks = world.seeks();
    result.peak_bytes = world.peak_bytes();
    result.planned = planner.statistics();
    result.disk = runner.disk_counts();
    result.died = world.died();
    result.frames_again = runner.frames_decoded_again();
    result.poison = world.poison();
    for (const MediaSource& source : media)
        if (!runner.held_frames(source.id).empty())
            result.held[source.id] = runner.held_frames(source.id);
    for (const MediaSource& source : media) {
        result.frames_ideal += planner.statistics(source.id).frames_ideal;
        result.frames_planned += planner.statistics(source.id).frames_decoded;
    }
    return result;
}

SimulationResult simulate(const std::vector<MediaSource>& media,
                          const std::vector<std::vector<FrameKey>>& wants, SharedOptions options,
                          std::uint64_t seed, std::uint32_t lookahead, SimulatedWorld::Disk disk,
                          const Mortality& mortality) {
    SharedPlanner planner(media, wants_from(wants), options);
    disk.bytes = options.disk_bytes;
    return carry_out(planner, media, options.cache_bytes, seed, lookahead, disk, mortality);
}

}  // namespace reelpool::plan::test
