#include "orchestrator/plan/window_search.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

namespace reelpool::plan {
namespace {

/// Of so many frames that an output frame misses of a medium, each may be the first to be decoded;
/// of more, only the first and the last.
constexpr std::size_t most_orders = 3;
/// Of so many frames that could be claimed all combinations are tried.
constexpr std::size_t most_combined = 3;
constexpr std::size_t least_width = 24;
constexpr std::size_t most_width = 1200;
/// Ways on to a frame from where cursors stand, and to its keyframe by cursors that have other
/// work.
constexpr std::size_t most_ways_on = 2;
constexpr std::size_t most_moved = 3;
/// So many frames more than from the keyframe are decoded for those that come by.
constexpr std::uint32_t most_detour = 32;
/// States that differ in cursors or memory only fill the beam with more of the same.
constexpr std::size_t ways_each = 6;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
    hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2);
    return hash * 0xff51afd7ed558ccdULL;
}

}  // namespace

std::optional<WindowPlan> WindowSearch::run(const Start& start) {
    output_ = 0;
    later_ = ~NearWindow::Outputs{0};
    const State first = first_state(start);
    std::optional<WindowPlan> best;
    cheapest_ = limits_.cheaper_than;
    const std::size_t most = limits_.most_tries / (window_.size() * ways_each);
    // What a narrow search finds tells a wide one what it need not look at.
    for (const std::size_t width : {std::size_t{1}, least_width, std::min(most, most_width)}) {
        if (const auto found = search(first, width)) {
            cheapest_ = found->cost;
            best = plan_of(*found);
        }
        if (first.least >= cheapest_ || has_seen_all_) break;
    }
    return best;
}

WindowSearch::State WindowSearch::first_state(const Start& start) const {
    State state;
    state.since.fill(not_at_hand);
    for (std::size_t i = 0; i < window_.items().size(); ++i)
        if (start.is_cached[i]) state.since[i] = 0;
    for (std::uint32_t medium = 0; medium < start.positions.size(); ++medium)
        for (const std::uint32_t position : start.positions[medium])
            state.cursors[state.cursor_count++] = {position, medium};
    estimate(state);
    return state;
}

/// The cheapest way found, if it is cheaper than what was found before.
std::optional<WindowSearch::State> WindowSearch::search(const State& first, std::size_t width) {
    actions_.clear();
    states_.assign(1, first);
    has_seen_all_ = true;
    for (output_ = 0; output_ < window_.size() && !states_.empty(); ++output_) {
        later_ = ~NearWindow::span_of(0, output_ + 1);
        tried_.clear();
        known_.clear();
        on_the_way_.clear();
        tries_ = 0;
        for (const State& state : states_) {
            // The most promising ones come first.
            if (is_spent()) break;
            serve(state);
        }
        if (is_spent()) has_seen_all_ = false;
        select(width);
    }
    if (states_.empty()) return std::nullopt;
    return states_.front();
}

void WindowSearch::select(std::size_t width) {
    std::vector<std::uint32_t> order(tried_.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto is_better = [&](std::uint32_t a, std::uint32_t b) {
        return std::tuple(tried_[a].score, tried_[a].cost, a) <
               std::tuple(tried_[b].score, tried_[b].cost, b);
    };
    if (order.size() > width) {
        has_seen_all_ = false;
        std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(width),
                         order.end(), is_better);
        order.resize(width);
    }
    std::sort(order.begin(), order.end(), is_better);
    states_.clear();
    for (const std::uint32_t i : order) states_.push_back(tried_[i]);
}

/// All ways to give the output frame what it reads.
void WindowSearch::serve(const State& before) {
    State state = before;
    Items pending = window_.wants(output_);
    take_what_is_free(state, pending);
    claim_some(state, pending);
}

/// What is leased still, and what a cursor has decoded last.
void WindowSearch::take_what_is_free(State& state, Items& pending) {
    std::erase_if(pending, [&](std::uint16_t i) {
        const bool is_held = (window_.items()[i].leased & NearWindow::one(output_)) != 0;
        if (!is_held || state.since[i] == not_at_hand || room_taken(state, i) != 0) return false;
        claim(state, i);
        return true;
    });
    std::erase_if(pending, [&](std::uint16_t i) {
        if (state.since[i] == output_) return true;
        const NearWindow::Item& item = window_.items()[i];
        const std::uint32_t frame = item.key.frame.value;
        for (std::size_t c = 0; c < state.cursor_count; ++c) {
            if (state.cursors[c].medium != item.medium) continue;
            if (state.cursors[c].position != frame + 1) continue;
            note_passed(state, item.medium, frame, frame);
            note(state, {.item = i,
                         .kind = Route::Kind::decode_on,
                         .stands_at = frame + 1,
                         .start = frame + 1});
            return true;
        }
        return false;
    });
}

/// Claims some of what is at hand, in every way that there is, and decodes the rest.
void WindowSearch::claim_some(const State& state, const Items& pending) {
    Items claimable;
    for (const std::uint16_t i : pending)
        if (state.since[i] != not_at_hand && fits(state, i, room_taken(state, i)))
            claimable.push_back(i);
    const auto without = [&](std::uint64_t left_out) {
        State claiming = state;
        Items missing = pending;
        for (std::size_t i = 0; i < claimable.size(); ++i) {
            if ((left_out >> i & 1) != 0) continue;
            if (!fits(claiming, claimable[i], room_taken(claiming, claimable[i]))) continue;
            claim(claiming, claimable[i]);
            std::erase(missing, claimable[i]);
        }
        decode(claiming, missing);
    };
    if (claimable.size() <= most_combined) {
        for (std::uint64_t left_out = 0; left_out < std::uint64_t{1} << claimable.size();
             ++left_out) {
            without(left_out);
            if (is_spent()) return;
        }
        return;
    }
    without(0);
    if (!is_spent()) without(~std::uint64_t{0});
    for (std::size_t i = 0; i < std::min<std::size_t>(claimable.size(), 64) && !is_spent(); ++i)
        without(std::uint64_t{1} << i);
}

void WindowSearch::decode(const State& state, const Items& missing) {
    Items left;
    for (const std::uint16_t i : missing)
        if (state.since[i] != output_) left.push_back(i);
    if (left.empty()) {
        finish(state);
        return;
    }
    // The same trips in another order lead to the same.
    const auto [entry, is_new] = on_the_way_.try_emplace(hash(state), state.cost);
    if (!is_new && entry->second <= state.cost) return;
    entry->second = state.cost;
    // Medium after medium: they do not get in each other's way.
    const std::uint32_t medium = window_.items()[left.front()].medium;
    Items targets;
    for (const std::uint16_t i : left) {
        const NearWindow::Item& item = window_.items()[i];
        if (item.medium != medium) break;
        if (targets.empty() || window_.items()[targets.back()].key.frame != item.key.frame)
            targets.push_back(i);
    }
    if (targets.size() > most_orders) targets = {targets.front(), targets.back()};
    for (const std::uint16_t target : targets) {
        decode_to(state, left, target);
        if (is_spent()) return;
    }
}

/// By the cursors that stand nearest before it, or from the keyframe.
void WindowSearch::decode_to(const State& state, const Items& missing, std::uint16_t target) {
    const NearWindow::Item& item = window_.items()[target];
    const NearWindow::Medium& medium = window_.media()[item.medium];
    const std::uint32_t frame = item.key.frame.value;
    const std::uint32_t keyframe = window_.frames()[window_.first_at(medium, frame)].keyframe;
    const std::uint32_t anew = frame + 1 - keyframe + seek_cost_frames;
    std::uint32_t end = frame + 2;
    for (std::size_t ways = 0; ways < most_ways_on; ++ways) {
        const auto c = nearest_below(state, item.medium, end);
        if (!c) break;
        end = state.cursors[*c].position;
        if (frame + 1 - end > anew + most_detour) break;
        move(state, missing, target, *c,
             {.item = target, .kind = Route::Kind::decode_on, .stands_at = end, .start = end});
        if (is_spent()) return;
    }
    for (const std::size_t c : movable(state, item.medium)) {
        Action how{.item = target, .kind = Route::Kind::open, .start = keyframe};
        if (c < state.cursor_count) {
            how.kind = Route::Kind::seek;
            how.stands_at = state.cursors[c].position;
        }
        move(state, missing, target, c, how);
        if (is_spent()) return;
    }
}

/// The cursor with the highest position before `end`.
std::optional<std::size_t> WindowSearch::nearest_below(const State& state, std::uint32_t medium,
                                                       std::uint32_t end) {
    std::optional<std::size_t> nearest;
    for (std::size_t c = 0; c < state.cursor_count; ++c) {
        const Cursor& cursor = state.cursors[c];
        if (cursor.medium != medium || cursor.position >= end) continue;
        if (!nearest || cursor.position > state.cursors[*nearest].position) nearest = c;
    }
    return nearest;
}

/// Which cursors may go to a keyframe: one that has nothing else to do, or a new one
/// (cursor_count), or else those whose work is furthest away.
std::vector<std::size_t> WindowSearch::movable(const State& state, std::uint32_t medium) const {
    std::vector<std::pair<std::uint32_t, std::size_t>> by_need;
    for (std::size_t c = 0; c < state.cursor_count; ++c) {
        if (state.cursors[c].medium != medium) continue;
        const NearWindow::Outputs needs = work_of(state, c);
        if (needs == 0) return {c};
        by_need.emplace_back(
            NearWindow::most_outputs - static_cast<std::uint32_t>(std::countr_zero(needs)), c);
    }
    const bool may_open = by_need.size() < limits_.cursors_per_worker &&
                          state.cursor_count < limits_.cursors && state.cursor_count < most_cursors;
    if (by_need.empty() || may_open) return {state.cursor_count};
    std::sort(by_need.begin(), by_need.end());
    if (by_need.size() > most_moved) by_need.resize(most_moved);
    std::vector<std::size_t> result;
    for (const auto& [need, c] : by_need) result.push_back(c);
    return result;
}

/// The output frames that read what this cursor is the nearest to.
NearWindow::Outputs WindowSearch::work_of(const State& state, std::size_t cursor) const {
    const Cursor& asked = state.cursors[cursor];
    std::uint32_t end = never;
    for (std::size_t c = 0; c < state.cursor_count; ++c) {
        const Cursor& other = state.cursors[c];
        if (other.medium != asked.medium || c == cursor) continue;
        // Of two that stand together one is enough.
        if (other.position > asked.position || (other.position == asked.position && c > cursor))
            end = std::min(end, other.position);
    }
    const NearWindow::Medium& medium = window_.media()[asked.medium];
    NearWindow::Outputs uses = 0;
    for (std::size_t f = window_.first_at(medium, asked.position - std::min(1U, asked.position));
         f < medium.end; ++f) {
        if (window_.frames()[f].frame + 1 >= end) break;
        uses |= window_.frames()[f].uses;
    }
    return uses & (later_ | NearWindow::one(output_));
}

void WindowSearch::move(State state, const Items& missing, std::uint16_t target, std::size_t cursor,
                        Action how) {
    const NearWindow::Item& item = window_.items()[target];
    const std::uint32_t frame = item.key.frame.value;
    const std::uint64_t cost = window_.media()[item.medium].frame_cost;
    ++tries_;
    how.cost = cost * (frame + 1 - how.start);
    if (how.kind != Route::Kind::decode_on) how.cost += cost * seek_cost_frames;
    if (how.kind == Route::Kind::open) {
        ++state.cursor_count;
        ++how.cost;  // it takes memory
    }
    state.cost += how.cost;
    if (state.cost >= cheapest_) return;
    state.cursors[cursor] = {frame + 1, item.medium};
    note_passed(state, item.medium, std::min(how.start, frame), frame);
    note(state, how);
    decode(state, missing);
}

void WindowSearch::note(State& state, Action action) {
    action.before = state.last_action;
    action.output = output_;
    state.last_action = static_cast<Index>(actions_.size());
    actions_.push_back(action);
}

/// Frames [first, last] come by.
void WindowSearch::note_passed(State& state, std::uint32_t medium, std::uint32_t first,
                               std::uint32_t last) {
    const NearWindow::Medium& of = window_.media()[medium];
    for (std::size_t f = window_.first_at(of, first); f < of.end; ++f) {
        const NearWindow::Frame& frame = window_.frames()[f];
        if (frame.frame > last) break;
        for (std::size_t i = frame.first; i < frame.end; ++i)
            state.since[i] = static_cast<std::uint8_t>(output_);
    }
}

/// The output frames at which keeping it until now takes room that it had not anyway.
NearWindow::Outputs WindowSearch::room_taken(const State& state, std::uint16_t item) const {
    const NearWindow::Item& kept = window_.items()[item];
    return NearWindow::span_of(state.since[item], output_) & ~(kept.uses | kept.leased);
}

bool WindowSearch::fits(const State& state, std::size_t item, NearWindow::Outputs taken) const {
    const std::uint32_t size = window_.items()[item].size;
    for (; taken != 0; taken &= taken - 1) {
        const auto n = static_cast<std::uint32_t>(std::countr_zero(taken));
        if (state.claimed[n] + size > window_.room(n)) return false;
    }
    return true;
}

void WindowSearch::claim(State& state, std::uint16_t item) {
    const std::uint32_t size = window_.items()[item].size;
    for (auto taken = room_taken(state, item); taken != 0; taken &= taken - 1)
        state.claimed[static_cast<std::size_t>(std::countr_zero(taken))] += size;
    note(state, {.is_claim = true, .item = item, .since = state.since[item]});
    state.since[item] = static_cast<std::uint8_t>(output_);
}

/// The output frame has all that it reads.
void WindowSearch::finish(State state) {
    for (const std::uint16_t i : window_.wants(output_))
        state.since[i] = static_cast<std::uint8_t>(output_);
    forget_useless(state);
    estimate(state);
    if (state.least >= cheapest_) return;
    const auto [entry, is_new] = known_.try_emplace(hash(state), tried_.size());
    if (is_new)
        tried_.push_back(state);
    else if (state.cost < tried_[entry->second].cost)
        tried_[entry->second] = state;
}

/// What makes no difference any more is the same in all states, so that they are known as equal.
void WindowSearch::forget_useless(State& state) const {
    std::uint32_t earliest = output_;
    for (std::size_t i = 0; i < window_.items().size(); ++i) {
        std::uint8_t& since = state.since[i];
        if (since == not_at_hand) continue;
        const NearWindow::Item& item = window_.items()[i];
        const NearWindow::Outputs uses = item.uses & later_;
        // Up to its next use it takes this much at least.
        const NearWindow::Outputs taken =
            NearWindow::span_of(since, output_ + 1) & ~(item.uses | item.leased);
        if (uses == 0 || !fits(state, i, taken))
            since = not_at_hand;
        else
            earliest = std::min<std::uint32_t>(earliest, since);
    }
    std::fill(state.claimed.begin(), state.claimed.begin() + earliest, 0U);
}

/// What the rest of the window will cost.
void WindowSearch::estimate(State& state) const {
    std::uint64_t needed = 0;
    std::uint64_t kept_size = 0;
    std::uint64_t kept_cost = 0;
    const NearWindow::Frame* before = nullptr;  // the last that is needed
    for (std::size_t f = 0; f < window_.frames().size(); ++f) {
        const NearWindow::Frame& frame = window_.frames()[f];
        if ((frame.uses & later_) == 0) continue;
        const std::uint32_t cost = window_.media()[frame.medium].frame_cost;
        if (is_in_a_cursor(state, frame)) continue;
        bool is_needed = false;
        std::uint64_t size = 0;
        for (std::size_t i = frame.first; i < frame.end; ++i) {
            const NearWindow::Item& item = window_.items()[i];
            if ((item.uses & later_) == 0) continue;
            is_needed = is_needed || state.since[i] == not_at_hand;
            if (((item.uses | item.leased) & NearWindow::one(output_)) == 0) size += item.size;
        }
        if (!is_needed) {
            kept_size += size;
            if (size > 0) kept_cost += cost;
            continue;
        }
        needed += cost;
        if (before != nullptr && before->medium != frame.medium) before = nullptr;
        if (before == nullptr || before->keyframe != frame.keyframe)
            needed += std::uint64_t{cost} * lead_in(state, frame, before);
        before = &frame;
    }
    state.least = state.cost + needed;
    // Not all that is at hand can be kept. (What is not may be on the way to what is needed.)
    const std::uint64_t room = window_.room(output_);
    if (kept_size > room) needed += kept_cost * (kept_size - room) / kept_size;
    state.score = state.cost + needed;
}

/// It was decoded last, and comes again for nothing.
bool WindowSearch::is_in_a_cursor(const State& state, const NearWindow::Frame& frame) {
    const auto end = state.cursors.begin() + state.cursor_count;
    return std::any_of(state.cursors.begin(), end, [&](const Cursor& cursor) {
        return cursor.medium == frame.medium && cursor.position == frame.frame + 1;
    });
}

/// Frames to be decoded to get there, which is the first that is needed of its GOP. `before`: the
/// needed one before it, from which some cursor may come.
std::uint32_t WindowSearch::lead_in(const State& state, const NearWindow::Frame& needed,
                                    const NearWindow::Frame* before) {
    std::uint32_t least = needed.frame - needed.keyframe + seek_cost_frames;
    if (before != nullptr) least = std::min(least, needed.frame - before->frame - 1);
    for (std::size_t c = 0; c < state.cursor_count; ++c) {
        if (state.cursors[c].medium != needed.medium) continue;
        const std::uint32_t position = state.cursors[c].position;
        if (position <= needed.frame) least = std::min(least, needed.frame - position);
    }
    return least;
}

std::uint64_t WindowSearch::hash(const State& state) const {
    // Which cursor stands where is all the same.
    std::array<std::uint64_t, most_cursors> positions{};
    for (std::size_t c = 0; c < state.cursor_count; ++c)
        positions[c] = std::uint64_t{state.cursors[c].medium + 1} << 32 | state.cursors[c].position;
    std::sort(positions.begin(), positions.begin() + state.cursor_count);
    std::uint64_t result = 0;
    for (std::size_t c = 0; c < state.cursor_count; ++c) result = mixed(result, positions[c]);
    for (std::uint32_t n = 0; n <= output_; ++n) result = mixed(result, state.claimed[n]);
    for (std::size_t i = 0; i < window_.items().size(); ++i) result = mixed(result, state.since[i]);
    return result;
}

WindowPlan WindowSearch::plan_of(const State& state) const {
    const std::uint32_t begin = window_.begin();
    WindowPlan plan{.begin = begin, .end = begin + window_.size(), .moves = {}, .claims = {}};
    for (Index i = state.last_action; i != no_index; i = actions_[i].before) {
        const Action& done = actions_[i];
        const FrameKey& key = window_.items()[done.item].key;
        if (done.is_claim)
            plan.claims.push_back({key, begin + done.since, begin + done.output});
        else
            plan.moves.push_back({.output = begin + done.output,
                                  .media = key.media,
                                  .kind = done.kind,
                                  .stands_at = done.stands_at,
                                  .start = FrameIndex{done.start},
                                  .frame = key.frame,
                                  .cost = done.cost});
    }
    std::reverse(plan.moves.begin(), plan.moves.end());
    std::sort(plan.claims.begin(), plan.claims.end(), [](const auto& a, const auto& b) {
        return std::tie(a.key, a.use) < std::tie(b.key, b.use);
    });
    return plan;
}

}  // namespace reelpool::plan
