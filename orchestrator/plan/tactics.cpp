#include "orchestrator/plan/tactics.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "orchestrator/plan/near_window.hpp"

namespace reelpool::plan {
namespace {

/// A plan is followed for so many output frames, a quarter of what it looks ahead.
constexpr std::uint32_t interval_frames = 16;
/// About a microsecond each: little beside decoding as many large frames as it is for. A plan that
/// is followed to the end may take longer.
constexpr std::size_t most_tries = 6'000;
constexpr std::size_t most_tries_at_the_end = 40'000;

}  // namespace

Tactics::Outcome Tactics::look(const Situation& situation) {
    const std::uint32_t now = future_.begin();
    const bool is_due = now >= look_again_at_;
    const bool can_go_on = plan_ && now < plan_->end && is_possible(situation.positions);
    if (!is_due && (!plan_ || (can_go_on && !has_more_than_planned()))) return Outcome::as_before;
    const bool was_in_charge = is_in_charge();
    // The same future, so what is found must be better than what is known.
    const bool is_known = can_go_on && plan_->end == future_.end();
    auto found = search(situation, is_known ? cost_ahead() : WindowSearch::no_cost);
    if (!found && is_known) return Outcome::as_before;
    plan_ = std::move(found);
    const bool sees_the_end = plan_ && plan_->end == future_.end();
    look_again_at_ = sees_the_end ? plan_->end : now + interval_frames;
    return was_in_charge || is_in_charge() ? Outcome::changed : Outcome::as_before;
}

/// What the rest of the plan costs.
std::uint64_t Tactics::cost_ahead() const {
    std::uint64_t cost = 0;
    for (const WindowPlan::Move& move : plan_->moves)
        if (move.output >= future_.begin()) cost += move.cost;
    return cost;
}

/// What the plan does for this output frame can be done.
bool Tactics::is_possible(const Outlook::Positions& positions) const {
    const std::uint32_t now = future_.begin();
    std::map<MediaId, std::vector<std::uint32_t>> stand;
    for (const WindowPlan::Move& move : moves(now)) {
        const auto entry = stand.find(move.media);
        auto& at =
            entry != stand.end() ? entry->second : (stand[move.media] = positions(move.media));
        if (move.kind == Route::Kind::open) {
            at.push_back(move.frame.value + 1);
        } else {
            const auto cursor = std::find(at.begin(), at.end(), move.stands_at);
            if (cursor == at.end()) return false;
            *cursor = move.frame.value + 1;
        }
    }
    const auto& wants = future_.wants(now);
    return std::all_of(wants.begin(), wants.end(), [&](const FrameKey& key) {
        return !is_claimed(key, now) || cache_.find(key);
    });
}

/// A frame that the plan does not count on is there nevertheless.
bool Tactics::has_more_than_planned() const {
    const std::uint32_t now = future_.begin();
    const auto& wants = future_.wants(now);
    return std::any_of(wants.begin(), wants.end(), [&](const FrameKey& key) {
        return !is_claimed(key, now) && cache_.find(key);
    });
}

bool Tactics::is_claimed(const FrameKey& key, std::uint32_t output) const {
    const auto claim = std::lower_bound(
        plan_->claims.begin(), plan_->claims.end(), std::tie(key, output),
        [](const auto& one, const auto& asked) { return std::tie(one.key, one.use) < asked; });
    return claim != plan_->claims.end() && claim->key == key && claim->use == output;
}

std::optional<WindowPlan> Tactics::search(const Situation& situation,
                                          std::uint64_t cheaper_than) const {
    const auto window =
        NearWindow::look(media_, future_, cache_, situation.leased, options_.lag_frames);
    if (!window || window->media().size() > options_.max_workers) return std::nullopt;
    WindowSearch::Start start;
    std::size_t cursors = 0;
    for (const NearWindow::Medium& medium : window->media()) {
        start.positions.push_back(situation.positions(medium.id));
        cursors += start.positions.back().size();
    }
    if (cursors > WindowSearch::most_cursors) return std::nullopt;
    for (const NearWindow::Item& item : window->items())
        start.is_cached.push_back(cache_.find(item.key).has_value());
    const bool sees_the_end = window->begin() + window->size() == future_.end();
    const auto elsewhere = situation.open_cursors - static_cast<std::uint32_t>(cursors);
    const WindowSearch::Limits limits{
        .cursors_per_worker = options_.max_cursors_per_worker,
        .cursors = options_.max_cursors - std::min(options_.max_cursors, elsewhere),
        .most_tries = sees_the_end ? most_tries_at_the_end : most_tries,
        .cheaper_than = cheaper_than};
    return WindowSearch(*window, limits).run(start);
}

std::span<const WindowPlan::Move> Tactics::moves(std::uint32_t output) const {
    const auto& moves = plan_->moves;
    const auto first = std::find_if(moves.begin(), moves.end(),
                                    [&](const auto& move) { return move.output >= output; });
    const auto end =
        std::find_if(first, moves.end(), [&](const auto& move) { return move.output > output; });
    return {first, end};
}

std::uint32_t Tactics::kept_until(const FrameKey& key, std::uint32_t now) const {
    const auto claim = std::upper_bound(
        plan_->claims.begin(), plan_->claims.end(), std::tie(key, now),
        [](const auto& asked, const auto& one) { return asked < std::tie(one.key, one.use); });
    const bool is_kept = claim != plan_->claims.end() && claim->key == key && claim->since <= now;
    return is_kept ? claim->use : never;
}

}  // namespace reelpool::plan
