#include "orchestrator/plan/rescues.hpp"

#include <algorithm>
#include <utility>

namespace reelpool::plan {
namespace {

/// With more, a decoder runs ahead of the frame it was asked for, into what may kill it.
constexpr std::uint32_t codec_threads = 1;
/// A worker has so many cursors for the plan's and these.
constexpr std::size_t most_at_once = 4;

}  // namespace

void Rescues::add(MediaId media, const Wanted& wanted) {
    waiting_[media].push_back(wanted);
    if (wanted.reason == Reason::not_on_disk) ++count_;
}

Status Rescues::go_on(PlanWorld& world, SlotTable& slots,
                      const std::function<bool(MediaId)>& is_held_up) {
    for (auto entry = waiting_.begin(); entry != waiting_.end();) {
        const MediaId media = entry->first;
        std::vector<Wanted>& wanted = entry->second;
        if (is_held_up(media)) {
            ++entry;
            continue;
        }
        if (!world.has_worker(media)) {
            world.start_worker(media);
            started_.insert(media);
        }
        while (world.is_running(media) && !wanted.empty() && working_.size() < most_at_once &&
               !must_wait_for_kept(media, wanted.front())) {
            const Wanted next = wanted.front();
            wanted.erase(wanted.begin());
            REELPOOL_TRY(cursor, send(world, slots, media, next));
            static_cast<void>(cursor);
        }
        entry = wanted.empty() ? waiting_.erase(entry) : std::next(entry);
    }
    return ok();
}

bool Rescues::must_wait_for_kept(MediaId media, const Wanted& wanted) const {
    const auto kept = kept_.find(media);
    return wanted.reason == Reason::substitute && kept != kept_.end() &&
           working_.contains({media, kept->second.cursor});
}

Result<CursorId> Rescues::send(PlanWorld& world, SlotTable& slots, MediaId media,
                               const Wanted& wanted) {
    wire::Decode message{.cursor = {},
                         .seek_to = wanted.keyframe,
                         .steps = {{.frame = wanted.frame,
                                    .grants = {slots.grant_again(wanted.grant, wanted.frame,
                                                                 SlotTable::Lending::refused)}}}};
    const bool is_substitute = wanted.reason == Reason::substitute;
    const auto kept = is_substitute ? kept_.find(media) : kept_.end();
    std::uint32_t steps = 1;
    if (kept != kept_.end() && kept->second.frame == wanted.frame) {
        message.cursor = kept->second.cursor;
        message.seek_to = wire::no_seek;
        steps = ++kept->second.steps;
    } else {
        if (kept != kept_.end()) {
            world.close_cursor(media, {kept->second.cursor});
            kept_.erase(kept);
        }
        message.cursor = CursorId{next_cursor_++};
        world.open_cursor(media, {message.cursor, codec_threads});
        if (is_substitute) kept_[media] = {message.cursor, wanted.frame, 1};
    }
    working_[{media, message.cursor}] = {wanted, message.steps.front().grants.front(), steps};
    REELPOOL_TRY_STATUS(world.decode(media, message));
    return message.cursor;
}

bool Rescues::is_one(MediaId media, CursorId cursor) const {
    return working_.contains({media, cursor});
}

const Rescues::Order& Rescues::order(MediaId media, CursorId cursor) const {
    return working_.at({media, cursor});
}

void Rescues::on_done(PlanWorld& world, MediaId media, CursorId cursor) {
    working_.erase({media, cursor});
    const auto kept = kept_.find(media);
    if (kept == kept_.end() || kept->second.cursor != cursor) world.close_cursor(media, {cursor});
}

std::vector<FrameIndex> Rescues::lose(MediaId media) {
    kept_.erase(media);
    std::vector<FrameIndex> frames;
    std::vector<Wanted> again;
    for (auto entry = working_.lower_bound({media, CursorId{0}});
         entry != working_.end() && entry->first.first == media; entry = working_.erase(entry)) {
        again.push_back(entry->second.wanted);
        again.back().is_suspect = true;
        frames.push_back(again.back().frame);
    }
    if (again.empty()) return frames;
    std::vector<Wanted>& waiting = waiting_[media];
    waiting.insert(waiting.begin(), again.begin(), again.end());
    return frames;
}

bool Rescues::has_suspect(MediaId media) const {
    const auto waiting = waiting_.find(media);
    return waiting != waiting_.end() &&
           std::any_of(waiting->second.begin(), waiting->second.end(),
                       [](const Wanted& wanted) { return wanted.is_suspect; });
}

Result<std::pair<FrameIndex, CursorId>> Rescues::send_suspect(PlanWorld& world, SlotTable& slots,
                                                              MediaId media) {
    std::vector<Wanted>& waiting = waiting_.at(media);
    const auto suspect = std::find_if(waiting.begin(), waiting.end(),
                                      [](const Wanted& wanted) { return wanted.is_suspect; });
    REELPOOL_CHECK(suspect != waiting.end());
    Wanted wanted = *suspect;
    wanted.is_suspect = false;
    waiting.erase(suspect);
    if (waiting.empty()) waiting_.erase(media);
    REELPOOL_TRY(cursor, send(world, slots, media, wanted));
    return std::pair(wanted.frame, cursor);
}

bool Rescues::is_at_work(MediaId media) const {
    const auto first = working_.lower_bound({media, CursorId{0}});
    return waiting_.contains(media) || (first != working_.end() && first->first.first == media);
}

std::set<MediaId> Rescues::take_spare_workers() {
    std::set<MediaId> spare;
    for (const MediaId media : started_)
        if (!is_at_work(media)) spare.insert(media);
    for (const MediaId media : spare) started_.erase(media);
    return spare;
}

}  // namespace reelpool::plan
