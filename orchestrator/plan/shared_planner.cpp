#include "orchestrator/plan/shared_planner.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include "ipc/base/result.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::plan {
namespace {

/// How far the future is known exactly, in output frames: a minute at 30 fps.
constexpr std::uint32_t horizon_frames = 1800;
/// A frame that is read again so soon is kept without asking what that costs.
constexpr std::uint32_t repeat_frames = 3;
/// A cursor that has had nothing to do for so many output frames is closed.
constexpr std::uint32_t spare_cursor_frames = 60;
/// So many output frames keep their slots at most, and as many as a share of the budget holds, if
/// these are more than must.
constexpr std::size_t most_leases = 24;
constexpr std::uint64_t lease_share = 4;

}  // namespace

SharedPlanner::SharedPlanner(const std::vector<MediaSource>& media, Wants wants,
                             SharedOptions options)
    : options_(options),
      wants_(std::move(wants)),
      catalog_(media),
      cache_({.budget_bytes = options.cache_bytes}),
      retention_(catalog_, future_, cache_, options.lag_frames),
      tactics_(catalog_, future_, cache_,
               {.max_cursors_per_worker = options.max_cursors_per_worker,
                .max_cursors = options.max_cursors,
                .max_workers = options.max_workers,
                .lag_frames = options.lag_frames}),
      disk_(catalog_, future_, cache_, options.disk_bytes) {
    statistics_.budget_bytes = options.cache_bytes;
    for (std::uint32_t id = 0; id < catalog_.size(); ++id) {
        const MediaSource& source = catalog_.at(MediaId{id});
        // A still never needs a second cursor, a sequence has no state to keep.
        const std::uint32_t cursors =
            source.info.is_still || source.is_sequence ? 1 : options_.max_cursors_per_worker;
        media_.push_back(
            {.source = source, .cursors = CursorSet(cursors), .counter = WantCounter(source)});
    }
}

PlannedFrame SharedPlanner::next() {
    REELPOOL_CHECK(has_next());
    extend_future();
    PlannedFrame planned;
    planned.output = future_.begin();
    trim_leases();
    choose_kept();
    for (const FrameKey& key : future_.wants(planned.output)) {
        PerMedia& media = media_[key.media.value];
        media.counter.want(key.frame);
        media.last_wanted = planned.output;
    }
    retire_unneeded(planned.commands);
    provide_workers(planned.commands);
    look_close();
    for (const FrameKey& key : future_.wants(planned.output)) {
        // It may not have been worth keeping for this use, but here it still is.
        if (cache_.find(key)) cache_.set_next_use(key, planned.output);
    }
    if (tactics_.is_in_charge()) {
        ++statistics_.outputs_searched;
        make_moves(planned.commands);
    }
    for (const FrameKey& key : future_.wants(planned.output))
        if (!is_at_hand(key)) order(key, planned.commands);
    // What comes by while others are decoded need not be loaded.
    for (const FrameKey& key : future_.wants(planned.output))
        if (!cache_.find(key)) load(key, planned.commands);
    for (const MediaId id : live_) close_spare_cursors(media_[id.value], planned.commands);
    planned.reads = read_wants();
    return planned;
}

void SharedPlanner::extend_future() {
    const std::uint32_t end = std::min(wants_.frame_count, future_.begin() + horizon_frames);
    while (future_.end() < end) {
        const std::uint32_t n = future_.end();
        future_.append(wants_.of(n));
        // While memory is short, what is kept for a far future is not decided by chance.
        if (keeps_spares()) continue;
        for (const FrameKey& key : future_.wants(n))
            if (future_.next_use(key) == n) cache_.set_next_use(key, n);
    }
}

void SharedPlanner::choose_kept() {
    constexpr std::uint32_t interval_frames = 32;
    const bool has_moved =
        chosen_at_begin_ == never || future_.begin() >= chosen_at_begin_ + interval_frames;
    const bool has_grown = future_.end() >= chosen_at_end_ + 4 * interval_frames;
    if (!has_moved && !has_grown) return;
    chosen_at_begin_ = future_.begin();
    chosen_at_end_ = future_.end();
    retention_.choose([&](MediaId id) { return positions(id); });
    mark_all();
}

/// Where its cursors stand, ascending.
std::vector<std::uint32_t> SharedPlanner::positions(MediaId id) const {
    std::vector<std::uint32_t> result;
    for (const Cursor& cursor : media_[id.value].cursors.cursors())
        result.push_back(cursor.position);
    std::sort(result.begin(), result.end());
    return result;
}

/// What was kept for a use that is given up makes way first.
void SharedPlanner::mark_all() {
    for (const FrameKey& key : cache_.keys()) static_cast<void>(mark_use(key, future_.begin()));
}

void SharedPlanner::look_close() {
    if (options_.disk_bytes > 0) return;  // the search knows no disk
    Tactics::Situation situation{.positions = [&](MediaId id) { return positions(id); },
                                 .open_cursors = open_cursor_count(),
                                 .leased = {}};
    for (const auto& leased : leases_) {
        auto& keys = situation.leased.emplace_back();
        for (const SlotRef& ref : leased) keys.push_back(cache_.slot(ref).key);
    }
    if (tactics_.look(situation) == Tactics::Outcome::changed) mark_all();
}

/// What the tactics have planned for this output frame.
void SharedPlanner::make_moves(Commands& commands) {
    const std::uint32_t now = future_.begin();
    for (const WindowPlan::Move& move : tactics_.moves(now)) {
        const auto& cursors = media_[move.media.value].cursors.cursors();
        auto cursor = cursors.end();
        if (move.kind != Route::Kind::open) {
            cursor = std::find_if(cursors.begin(), cursors.end(), [&](const Cursor& one) {
                return one.position == move.stands_at;
            });
            if (cursor == cursors.end()) continue;
        }
        const Route route{move.kind, static_cast<std::uint32_t>(cursor - cursors.begin()),
                          move.start};
        for (const FrameKey& key : future_.wants(now)) {
            if (key.media != move.media || key.frame != move.frame) continue;
            if (tactics_.is_claimed(key, now) || !drop(key)) continue;
            go(route, key, commands);
            break;
        }
    }
}

/// A frame is decoded again although it is there, for those on the way to it. False if it is read.
bool SharedPlanner::drop(const FrameKey& key) {
    const auto ref = cache_.find(key);
    if (!ref) return true;
    while (cache_.slot(*ref).leases > 0 && leases_.size() > options_.lag_frames) release_oldest();
    if (cache_.slot(*ref).leases > 0) return false;
    cache_.withdraw(*ref);
    return true;
}

bool SharedPlanner::keeps_spares() const {
    return tactics_.is_in_charge() || retention_.price() > 0;
}

/// The levels of a frame that comes by which are worth keeping, each with its next use.
std::vector<Future::LevelUse> SharedPlanner::worth_keeping(MediaId media, FrameIndex frame) const {
    const std::uint32_t now = future_.begin();
    if (!tactics_.is_in_charge())
        return retention_.worth_keeping(media, frame, now, now + 1, [](Level) { return true; });
    std::vector<Future::LevelUse> kept = future_.levels(media, frame);
    for (Future::LevelUse& use : kept)
        if (use.next_use != now) use.next_use = tactics_.kept_until({media, frame, use.level}, now);
    std::erase_if(kept, [](const Future::LevelUse& use) { return use.next_use == never; });
    return kept;
}

/// For what a frame that is at hand is kept after output frame `now`; what is not worth its place
/// is a spare.
std::uint32_t SharedPlanner::mark_use(const FrameKey& key, std::uint32_t now) {
    const auto is_cached = [&](Level level) {
        return cache_.find({key.media, key.frame, level}).has_value();
    };
    std::uint32_t next = tactics_.is_in_charge()
                             ? tactics_.kept_until(key, now)
                             : retention_.kept_for(key, now, now + repeat_frames, is_cached);
    const bool is_spare = next == never && keeps_spares();
    if (is_spare) next = future_.next_use(key);
    cache_.set_next_use(key, next, is_spare ? Claim::spare : Claim::kept);
    return next;
}

bool SharedPlanner::is_at_hand(const FrameKey& key) const {
    return cache_.find(key).has_value() || disk_.holds(key);
}

void SharedPlanner::order(const FrameKey& key, Commands& commands) {
    PerMedia& media = media_[key.media.value];
    struct Context {
        const SharedPlanner* planner;
        const PerMedia* media;
    };
    const Context context{this, &media};
    const Route route = media.cursors.route(
        media.source.table, {.frame = key.frame,
                             .next_need =
                                 [](const void* opaque, const Cursor& cursor) {
                                     const auto& asked = *static_cast<const Context*>(opaque);
                                     return asked.planner->next_need(*asked.media, cursor);
                                 },
                             .context = &context,
                             .may_open = open_cursor_count() < options_.max_cursors});
    go(route, key, commands);
}

void SharedPlanner::go(const Route& route, const FrameKey& key, Commands& commands) {
    PerMedia& media = media_[key.media.value];
    std::vector<PlannedStep> steps = grant_steps(key, route.start, commands);
    if (route.kind == Route::Kind::open) {
        const Cursor& opened = media.cursors.open();
        const std::uint32_t open = open_cursor_count();
        statistics_.cursors_peak = std::max(statistics_.cursors_peak, open);
        commands.emplace_back(
            OpenCursorAt{key.media, opened.id, std::clamp(options_.cores / open, 1U, 8U)});
    }
    Cursor& cursor = media.cursors.cursors()[route.cursor];
    const bool decodes_on = route.kind == Route::Kind::decode_on;
    cursor.position = key.frame.value + 1;
    cursor.last_served = future_.begin();
    if (media.source.is_sequence) {
        // Every picture is a file of its own: none is passed on the way.
        media.counter.statistics().frames_decoded += steps.size();
    } else {
        media.counter.decode(route.start.value, key.frame.value, !decodes_on);
    }
    commands.emplace_back(DecodeAt{.media = key.media,
                                   .cursor = cursor.id,
                                   .seek_to = decodes_on ? wire::no_seek : route.start.value,
                                   .steps = std::move(steps),
                                   .first_decoded = route.start.value});
}

/// From disk.
void SharedPlanner::load(const FrameKey& key, Commands& commands) {
    std::map<std::uint32_t, PlannedStep> steps;
    grant_now(key, steps);
    take_changes(commands);
    disk_.load(key, steps.begin()->second.grants.front(), commands);
}

/// A slot for what the current output frame reads.
void SharedPlanner::grant_now(const FrameKey& key, std::map<std::uint32_t, PlannedStep>& steps) {
    while (!grant(key, future_.begin(), Claim::kept, steps)) {
        // The export's first checks have seen that this frame's wants fit.
        REELPOOL_CHECK(!leases_.empty());
        release_oldest();
    }
}

/// A slot for what is needed now, and for every frame on the way that is worth keeping, the soonest
/// wanted first; then for what else will be wanted, if a slot is left over.
std::vector<PlannedStep> SharedPlanner::grant_steps(const FrameKey& key, FrameIndex start,
                                                    Commands& commands) {
    struct Offer {
        std::uint32_t next_use;
        FrameKey key;
        Claim claim;
    };
    const std::uint32_t now = future_.begin();
    std::vector<Offer> offers;
    const std::uint32_t first = std::min(start.value, key.frame.value);
    for (std::uint32_t frame = first; frame <= key.frame.value; ++frame) {
        const auto kept = worth_keeping(key.media, FrameIndex{frame});
        for (const auto& use : kept) {
            const FrameKey passed{key.media, FrameIndex{frame}, use.level};
            if (passed == key) continue;
            const auto ref = cache_.find(passed);
            if (!ref) {
                offers.push_back({use.next_use, passed, Claim::kept});
                continue;
            }
            const FrameCache::Slot& held = cache_.slot(*ref);
            if (use.next_use < held.next_use || held.claim == Claim::spare)
                cache_.set_next_use(passed, use.next_use);  // it was to go, but is still here
        }
        if (!keeps_spares()) continue;
        // What is not worth its place may have one as long as nobody else needs it.
        for (const auto& use : future_.levels(key.media, FrameIndex{frame})) {
            const FrameKey passed{key.media, FrameIndex{frame}, use.level};
            const bool is_kept = std::any_of(
                kept.begin(), kept.end(), [&](const auto& one) { return one.level == use.level; });
            if (passed != key && !is_kept && !cache_.find(passed))
                offers.push_back({use.next_use, passed, Claim::spare});
        }
    }
    std::stable_sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) {
        return std::tie(a.claim, a.next_use) < std::tie(b.claim, b.next_use);
    });
    std::map<std::uint32_t, PlannedStep> steps;
    grant_now(key, steps);
    for (const Offer& offer : offers) {
        bool is_granted = grant(offer.key, offer.next_use, offer.claim, steps);
        while (!is_granted && offer.next_use == now && !leases_.empty()) {
            release_oldest();
            is_granted = grant(offer.key, offer.next_use, offer.claim, steps);
        }
        if (!is_granted && offer.next_use > now) break;
    }
    take_changes(commands);
    std::vector<FrameKey> unkept;
    for (const Offer& offer : offers)
        if (!cache_.find(offer.key)) unkept.push_back(offer.key);
    disk_.pass_through(std::move(unkept), steps);
    std::vector<PlannedStep> ordered;
    for (auto& [frame, step] : steps) {
        media_[key.media.value].counter.deliver();
        ordered.push_back(std::move(step));
    }
    return ordered;
}

bool SharedPlanner::grant(const FrameKey& key, std::uint32_t next_use, Claim claim,
                          std::map<std::uint32_t, PlannedStep>& steps) {
    const std::uint32_t bytes = catalog_.slot_bytes(key.media, key.level);
    std::optional<SlotRef> ref;
    if (claim == Claim::spare) {
        ref = cache_.grant(key, bytes, next_use, claim);
    } else {
        // More than the least lag is taken only from what is left over: it goes before what is
        // kept.
        ref = grant_leftover(key, bytes, next_use);
        while (!ref && leases_.size() > options_.lag_frames) {
            release_oldest();
            ref = grant_leftover(key, bytes, next_use);
        }
        if (!ref) ref = cache_.grant(key, bytes, next_use);
    }
    if (!ref) return false;
    if (is_held_at_another_level(key)) ++statistics_.frames_at_two_levels;
    PlannedStep& step = steps[key.frame.value];
    step.frame = key.frame;
    step.grants.push_back({.level = key.level,
                           .slot = *ref,
                           .slot_bytes = bytes,
                           .free_from = cache_.slot(*ref).free_from,
                           .next_use = next_use});
    return true;
}

/// A slot that is taken from nobody.
std::optional<SlotRef> SharedPlanner::grant_leftover(const FrameKey& key, std::uint32_t bytes,
                                                     std::uint32_t next_use) {
    const auto ref = cache_.grant(key, bytes, never - 1);
    if (ref) cache_.set_next_use(key, next_use);
    return ref;
}

bool SharedPlanner::is_held_at_another_level(const FrameKey& key) const {
    if (future_.level_count(key.media, key.frame) < 2) return false;  // as nearly always
    for (std::uint8_t x = 0; x <= max_level; ++x)
        for (std::uint8_t y = 0; y <= max_level; ++y)
            if (key.level != Level{x, y} && cache_.find({key.media, key.frame, {x, y}}))
                return true;
    return false;
}

void SharedPlanner::take_changes(Commands& commands) {
    disk_.spill_evicted(commands);
    for (const FrameCache::Change& change : cache_.take_changes()) commands.emplace_back(change);
}

std::map<FrameKey, PlannedRead> SharedPlanner::read_wants() {
    const std::uint32_t now = future_.begin();
    const std::vector<FrameKey> wants = future_.wants(now);
    future_.retire();
    std::map<FrameKey, PlannedRead> reads;
    std::vector<SlotRef>& leases = leases_.emplace_back();
    for (const FrameKey& key : wants) {
        const SlotRef ref = *cache_.find(key);
        cache_.lease(ref, now);
        leases.push_back(ref);
        const std::uint32_t next = mark_use(key, now);
        reads.emplace(key, PlannedRead{ref, next});
        disk_.on_read(key);
    }
    return reads;
}

void SharedPlanner::trim_leases() {
    while (leases_.size() > most_leases ||
           (leases_.size() > options_.lag_frames &&
            cache_.leased_bytes() * lease_share > cache_.budget_bytes()))
        release_oldest();
}

void SharedPlanner::release_oldest() {
    for (const SlotRef& ref : leases_.front()) cache_.release(ref);
    leases_.pop_front();
}

std::uint32_t SharedPlanner::next_need(const PerMedia& media, const Cursor& cursor) const {
    // The first frame ahead that is wanted and not kept: is decoding on to it cheaper than a seek?
    const FrameTable& table = media.source.table;
    const std::uint32_t end =
        std::min(table.frame_count(),
                 table.next_keyframe(FrameIndex{cursor.position}).value + seek_cost_frames);
    for (std::uint32_t frame = cursor.position; frame < end; ++frame) {
        for (const auto& use : future_.levels(media.source.id, FrameIndex{frame}))
            if (!is_at_hand({media.source.id, FrameIndex{frame}, use.level})) return use.next_use;
    }
    return never;
}

void SharedPlanner::close_spare_cursors(PerMedia& media, Commands& commands) {
    std::vector<CursorId> spare;
    for (const Cursor& cursor : media.cursors.cursors()) {
        if (cursor.last_served + spare_cursor_frames < future_.begin() &&
            next_need(media, cursor) == never)
            spare.push_back(cursor.id);
    }
    for (const CursorId id : spare) {
        media.cursors.close(id);
        commands.emplace_back(CloseCursorAt{media.source.id, id});
    }
}

std::uint32_t SharedPlanner::open_cursor_count() const {
    std::uint32_t count = 0;
    for (const MediaId id : live_)
        count += static_cast<std::uint32_t>(media_[id.value].cursors.cursors().size());
    return count;
}

MediaStatistics SharedPlanner::statistics(MediaId media) const {
    MediaStatistics result = media_[media.value].counter.statistics();
    result.cursors_peak = media_[media.value].cursors.peak();
    return result;
}

PlanStatistics SharedPlanner::statistics() const {
    PlanStatistics result = statistics_;
    result.peak_bytes = cache_.peak_bytes();
    result.evictions = cache_.evictions();
    disk_.add_to(result);
    return result;
}

}  // namespace reelpool::plan
