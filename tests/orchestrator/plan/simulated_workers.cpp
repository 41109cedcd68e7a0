#include "simulated_workers.hpp"

#include <algorithm>
#include <deque>
#include <stdexcept>

namespace reelpool::plan::test {

void SimulatedWorkers::obey(const std::vector<Command>& commands) {
    for (const Command& command : commands) {
        if (const auto* const open = std::get_if<OpenCursorAt>(&command)) {
            cursors_[{open->media, open->message.cursor}] = {};
        } else if (const auto* const close = std::get_if<CloseCursorAt>(&command)) {
            const auto entry = cursors_.find({close->media, close->message.cursor});
            if (entry == cursors_.end() || !entry->second.steps.empty())
                throw std::logic_error("a cursor was closed that does not exist or is at work");
            cursors_.erase(entry);
        } else if (const auto* const decode = std::get_if<DecodeAt>(&command)) {
            SimulatedCursor& cursor = cursors_.at({decode->media, decode->message.cursor});
            if (decode->message.seek_to != wire::no_seek)
                cursor.seek_before[decode->message.steps.front().frame.value] =
                    decode->message.seek_to;
            cursor.steps.insert(cursor.steps.end(), decode->message.steps.begin(),
                                decode->message.steps.end());
        }
    }
}

bool SimulatedWorkers::answer_one() {
    std::vector<std::pair<MediaId, CursorId>> busy;
    for (const auto& [id, cursor] : cursors_)
        if (!cursor.steps.empty()) busy.push_back(id);
    if (busy.empty()) return false;
    const auto id = busy[random_() % busy.size()];
    SimulatedCursor& cursor = cursors_.at(id);
    const wire::DecodeStep step = cursor.steps.front();
    cursor.steps.erase(cursor.steps.begin());
    const std::uint32_t frame = step.frame.value;
    if (const auto seek = cursor.seek_before.find(frame); seek != cursor.seek_before.end()) {
        cursor.position = seek->second;
        cursor.seek_before.erase(seek);
        ++seeks_;
    }
    if (frame < cursor.position) throw std::logic_error("a cursor was asked to go back");
    frames_decoded_ += frame - cursor.position + 1;
    cursor.position = frame + 1;
    wire::SlotsReady report;
    report.cursor = id.second;
    report.steps_done = ++cursor.steps_done;
    for (const wire::SlotGrant& grant : step.grants)
        report.slots.push_back({.segment = grant.segment,
                                .offset_bytes = grant.offset_bytes,
                                .generation = grant.generation,
                                .frame = step.frame,
                                .level = grant.level});
    const Status status = scheduler_.on_slots_ready(id.first, report);
    if (!status) throw std::logic_error(status.error().cause);
    return true;
}

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

SimulationResult simulate(std::vector<MediaSource> media,
                          const std::vector<std::vector<FrameKey>>& wants, SchedulerOptions options,
                          std::uint64_t seed, std::uint32_t lookahead) {
    std::set<MediaId> running;
    for (const MediaSource& source : media) running.insert(source.id);
    Scheduler scheduler(std::move(media), options);
    SimulatedWorkers workers(scheduler, seed);
    std::mt19937_64 random(seed);
    std::deque<std::map<FrameKey, FrameCache::SlotRef>> drawn;
    SimulationResult result;
    constexpr std::uint32_t horizon = 1800;
    for (;;) {
        const Future& future = scheduler.future();
        while (future.end() < wants.size() && future.end() < future.begin() + horizon)
            scheduler.append(wants[future.end()]);
        if (future.begin() == wants.size() && drawn.empty()) break;
        workers.obey(scheduler.schedule(future.begin() + lookahead, running));
        static_cast<void>(scheduler.cache().take_changes());
        if (scheduler.cache().used_bytes() > scheduler.cache().budget_bytes())
            throw std::logic_error("the budget was exceeded");
        // The compositor: takes what is ready, gives back what it took some time ago.
        bool moved = false;
        if (scheduler.is_front_ready() && drawn.size() < 3) {
            drawn.push_back(scheduler.take_front());
            moved = true;
        } else if (!drawn.empty() && random() % 3 == 0) {
            scheduler.release(drawn.front());
            drawn.pop_front();
            moved = true;
        }
        if (random() % 4 != 0 && workers.answer_one()) moved = true;
        if (!moved && drawn.empty() && !workers.answer_one()) {
            result.is_stuck = true;
            break;
        }
    }
    result.frames_decoded = workers.frames_decoded();
    result.seeks = workers.seeks();
    result.peak_bytes = scheduler.cache().peak_bytes();
    for (const MediaId id : running) result.frames_ideal += scheduler.statistics(id).frames_ideal;
    return result;
}

}  // namespace reelpool::plan::test
