#include "orchestrator/plan/rescues.hpp"

#include <algorithm>
#include <utility>

namespace reelpool::plan {
namespace {

constexpr std::uint32_t codec_threads = 2;
/// A worker has so many cursors for the plan's and these.
constexpr std::size_t most_at_once = 4;

}  // namespace

void Rescues::add(MediaId media, const Wanted& wanted) {
    waiting_[media].push_back(wanted);
    ++count_;
}

Status Rescues::go_on(PlanWorld& world) {
    for (auto entry = waiting_.begin(); entry != waiting_.end();) {
        const MediaId media = entry->first;
        std::vector<Wanted>& wanted = entry->second;
        if (!world.has_worker(media)) {
            world.start_worker(media);
            started_.insert(media);
        }
        while (world.is_running(media) && !wanted.empty() && working_.size() < most_at_once) {
            const Wanted next = wanted.front();
            wanted.erase(wanted.begin());
            const CursorId cursor{next_cursor_++};
            working_.emplace(media, cursor);
            world.open_cursor(media, {cursor, codec_threads});
            REELPOOL_TRY_STATUS(
                world.decode(media, {.cursor = cursor,
                                     .seek_to = next.keyframe,
                                     .steps = {{.frame = next.frame, .grants = {next.grant}}}}));
        }
        entry = wanted.empty() ? waiting_.erase(entry) : std::next(entry);
    }
    return ok();
}

bool Rescues::is_one(MediaId media, CursorId cursor) const {
    return working_.contains({media, cursor});
}

void Rescues::on_done(PlanWorld& world, MediaId media, CursorId cursor) {
    world.close_cursor(media, {cursor});
    working_.erase({media, cursor});
}

bool Rescues::is_at_work(MediaId media) const {
    const auto first = working_.lower_bound({media, CursorId{0}});
    return waiting_.contains(media) || (first != working_.end() && first->first == media);
}

std::set<MediaId> Rescues::take_spare_workers() {
    std::set<MediaId> spare;
    for (const MediaId media : started_)
        if (!is_at_work(media)) spare.insert(media);
    for (const MediaId media : spare) started_.erase(media);
    return spare;
}

}  // namespace reelpool::plan
