// Which workers engine V2 has alive: those that are needed, and of the others those that are dear
// to start again.
#include <algorithm>
#include <optional>
#include <utility>

#include "orchestrator/plan/shared_planner.hpp"

namespace reelpool::plan {
namespace {

/// A worker that is not needed for so long is retired, some time after its last use, that nobody
/// has to wait for its end.
constexpr double retire_after_seconds = 5;
constexpr double linger_seconds = 1;
/// Decoding so many frames again costs more than keeping a worker.
constexpr std::uint32_t dear_restart_frames = 30;
/// How far is looked for the frame that a worker would have to reach again.
constexpr std::uint32_t restart_outlook_frames = 150;

}  // namespace

void SharedPlanner::retire_unneeded(Commands& commands) {
    const std::uint32_t now = future_.begin();
    const auto frames_in = [&](double seconds) {
        return static_cast<std::uint32_t>(seconds * options_.frames_per_second);
    };
    const std::set<MediaId> live = live_;
    for (const MediaId id : live) {
        if (media_[id.value].last_wanted + frames_in(linger_seconds) > now) continue;
        const std::uint32_t next = future_.next_want(id);
        if (next == never || next > now + frames_in(retire_after_seconds)) retire(id, commands);
    }
}

/// Starts the workers that the current output frame needs; others make room for them, those first
/// whose file is needed last.
void SharedPlanner::provide_workers(Commands& commands) {
    const std::uint32_t now = future_.begin();
    for (const FrameKey& key : future_.wants(now)) {
        if (live_.contains(key.media) || is_at_hand(key)) continue;
        while (live_.size() >= options_.max_workers) {
            std::optional<MediaId> victim;
            std::pair<std::uint32_t, std::uint32_t> cheapest{never, never};
            for (const MediaId id : live_) {
                const std::uint32_t next = future_.next_want(id);
                if (next == now) continue;
                const std::pair cost{restart_cost(id), never - next};
                if (cost < cheapest) {
                    cheapest = cost;
                    victim = id;
                }
            }
            const bool is_dear = cheapest.first > dear_restart_frames;
            if (!victim || (is_dear && live_.size() < 2 * options_.max_workers)) break;
            retire(*victim, commands);
        }
        live_.insert(key.media);
        ++media_[key.media.value].counter.statistics().workers_started;
        statistics_.workers_peak =
            std::max(statistics_.workers_peak, static_cast<std::uint32_t>(live_.size()));
        commands.emplace_back(StartWorker{key.media, static_cast<std::uint32_t>(live_.size())});
    }
}

/// What must be decoded again if its worker ends now: the way to where its cursors stand.
std::uint32_t SharedPlanner::restart_cost(MediaId id) const {
    const PerMedia& media = media_[id.value];
    std::uint32_t n = future_.next_want(id);
    if (n == never || media.cursors.cursors().empty()) return 0;
    const std::uint32_t end = std::min(future_.end(), n + restart_outlook_frames);
    for (; n < end; ++n) {
        for (const FrameKey& key : future_.wants(n)) {
            if (key.media != id || is_at_hand(key)) continue;
            const std::uint32_t keyframe = media.source.table.keyframe_at(key.frame).value;
            std::uint32_t nearest = keyframe;
            for (const Cursor& cursor : media.cursors.cursors())
                if (cursor.position <= key.frame.value)
                    nearest = std::max(nearest, cursor.position);
            return nearest - keyframe;
        }
    }
    return 0;
}

void SharedPlanner::retire(MediaId media, Commands& commands) {
    live_.erase(media);
    media_[media.value].cursors.clear();
    commands.emplace_back(RetireWorker{media});
    cache_.drop_dead(media);
    take_changes(commands);
}

}  // namespace reelpool::plan
