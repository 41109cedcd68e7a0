#include "orchestrator/plan/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace reelpool::plan {
namespace {

/// The next output frames, whose sources are decoded whatever must go for them.
constexpr std::uint32_t urgent_frames = 3;
/// A frame that is read again so soon is kept without asking what that costs.
constexpr std::uint32_t repeat_frames = 3;
/// A cursor that has had nothing to do for so many output frames is closed.
constexpr std::uint32_t spare_cursor_frames = 60;

Unexpected protocol_violation(const char* what) {
    return unexpected({.code = ErrorCode::decode,
                       .component = Component::worker,
                       .subject = {},
                       .what = "the worker broke the protocol",
                       .cause = what,
                       .hint = {}});
}

}  // namespace

Scheduler::Scheduler(std::vector<MediaSource> media, SchedulerOptions options)
    : options_(options),
      catalog_(std::move(media)),
      cache_({.budget_bytes = options.cache_bytes}),
      retention_(catalog_, future_, cache_) {
    for (std::uint32_t id = 0; id < catalog_.size(); ++id) {
        const MediaSource& source = catalog_.at(MediaId{id});
        const std::uint32_t frames = source.table.frame_count();
        // A still never needs a second cursor, a sequence has no state to keep.
        const std::uint32_t cursors =
            source.info.is_still || source.is_sequence ? 1 : options_.max_cursors_per_worker;
        media_.push_back({.source = source,
                          .cursors = CursorSet(cursors),
                          .touched_gops = {},
                          .wanted = std::vector<bool>(frames),
                          .delivered = std::vector<bool>(frames),
                          .statistics = {}});
    }
}

void Scheduler::append(std::vector<FrameKey> wants) {
    const std::uint32_t n = future_.end();
    future_.append(std::move(wants));
    count_wants(future_.wants(n));
    // While memory is short, what is kept for a far future is not decided by chance.
    if (retention_.price() > 0) return;
    for (const FrameKey& key : future_.wants(n))
        if (future_.next_use(key) == n) cache_.set_next_use(key, n);
}

void Scheduler::count_wants(const std::vector<FrameKey>& wants) {
    for (const FrameKey& key : wants) {
        PerMedia& media = media_[key.media.value];
        REELPOOL_CHECK(key.frame.value < media.wanted.size());
        ++media.statistics.wants;
        if (media.wanted[key.frame.value]) continue;
        media.wanted[key.frame.value] = true;
        ++media.statistics.frames_unique;
        const std::uint32_t keyframe = media.source.table.keyframe_at(key.frame).value;
        const auto [gop, is_new] = media.touched_gops.try_emplace(keyframe, key.frame.value);
        // Counted in decodes: keyframes begin one, and of two fields the second comes free.
        const std::uint32_t part = media.source.frames_per_decode;
        const std::uint32_t before = (is_new ? keyframe : gop->second + part) / part;
        gop->second = std::max(gop->second, key.frame.value);
        media.statistics.frames_ideal += gop->second / part + 1 - before;
    }
}

bool Scheduler::is_front_ready() const {
    if (future_.begin() == future_.end()) return false;
    const auto& wants = future_.wants(future_.begin());
    return std::all_of(wants.begin(), wants.end(),
                       [&](const FrameKey& key) { return cache_.is_ready(key); });
}

std::map<FrameKey, FrameCache::SlotRef> Scheduler::take_front() {
    REELPOOL_CHECK(is_front_ready());
    const std::uint32_t now = future_.begin();
    const std::vector<FrameKey> wants = future_.wants(now);
    future_.retire();
    std::map<FrameKey, FrameCache::SlotRef> slots;
    for (const FrameKey& key : wants) {
        const FrameCache::SlotRef ref = *cache_.find(key);
        cache_.lease(ref);
        slots.emplace(key, ref);
        keep_if_worth_it(key, now);
    }
    return slots;
}

void Scheduler::keep_if_worth_it(const FrameKey& key, std::uint32_t now) {
    cache_.set_next_use(key, retention_.kept_for(key, now, now + repeat_frames, [&](Level level) {
        return cache_.find({key.media, key.frame, level}).has_value();
    }));
}

void Scheduler::release(const std::map<FrameKey, FrameCache::SlotRef>& slots) {
    for (const auto& [key, ref] : slots) cache_.release(ref);
}

std::vector<Command> Scheduler::schedule(std::uint32_t window_end,
                                         const std::set<MediaId>& running) {
    std::vector<Command> commands;
    const std::uint32_t end = std::min(window_end, future_.end());
    choose_kept(window_end - future_.begin());
    const std::uint32_t urgent_end = std::min(end, future_.begin() + urgent_frames);
    for (std::uint32_t n = future_.begin(); n < urgent_end; ++n)
        for (const FrameKey& key : future_.wants(n)) keep_for(key, n);
    order_window(end, running, commands);
    for (PerMedia& media : media_)
        if (running.contains(media.source.id)) close_spare_cursors(media, commands);
    return commands;
}

bool Scheduler::keep_for(const FrameKey& key, std::uint32_t n) {
    const auto held = cache_.find(key);
    if (!held) return false;
    // It was not worth keeping for this use, but here it still is.
    if (cache_.slot(*held).next_use == never) cache_.set_next_use(key, n);
    return true;
}

void Scheduler::order_window(std::uint32_t end, const std::set<MediaId>& running,
                             std::vector<Command>& commands) {
    // What is decoded ahead must fit beside everything that is needed before it; else it would be
    // thrown away again for something more urgent.
    std::set<FrameKey> counted;
    std::uint64_t ahead_bytes = cache_.leased_bytes();
    for (std::uint32_t n = future_.begin(); n < end; ++n) {
        for (const FrameKey& key : future_.wants(n))
            if (counted.insert(key).second) ahead_bytes += slot_bytes(key);
        if (n > future_.begin() && ahead_bytes > cache_.budget_bytes()) break;
        for (const FrameKey& key : future_.wants(n)) {
            if (keep_for(key, n) || !running.contains(key.media)) continue;
            // No room for this frame: none for those that are needed later.
            if (order(key, n, end, commands)) continue;
            if (n == future_.begin()) close_idle_cursors(commands);
            return;
        }
    }
}

void Scheduler::choose_kept(std::uint32_t ahead) {
    constexpr std::uint32_t interval_frames = 32;
    const bool has_moved =
        chosen_at_begin_ == never || future_.begin() >= chosen_at_begin_ + interval_frames;
    const bool has_grown = future_.end() >= chosen_at_end_ + 4 * interval_frames;
    if (!has_moved && !has_grown) return;
    chosen_at_begin_ = future_.begin();
    chosen_at_end_ = future_.end();
    const auto positions = [&](MediaId id) {
        std::vector<std::uint32_t> result;
        for (const Cursor& cursor : media_[id.value].cursors.cursors())
            result.push_back(cursor.position);
        std::sort(result.begin(), result.end());
        return result;
    };
    retention_.choose(positions, ahead);
}

bool Scheduler::order(const FrameKey& key, std::uint32_t needed_by, std::uint32_t window_end,
                      std::vector<Command>& commands) {
    PerMedia& media = media_[key.media.value];
    struct Context {
        const Scheduler* scheduler;
        const PerMedia* media;
    };
    const Context context{this, &media};
    const auto route = media.cursors.route(
        media.source.table, {.frame = key.frame,
                             .needed_by = needed_by,
                             .max_outstanding = options_.max_outstanding_steps,
                             .next_need =
                                 [](const void* opaque, const Cursor& cursor) {
                                     const auto& asked = *static_cast<const Context*>(opaque);
                                     return asked.scheduler->next_need(*asked.media, cursor);
                                 },
                             .context = &context,
                             .may_open = open_cursor_count() < options_.max_cursors});
    if (!route) return true;
    std::vector<wire::DecodeStep> steps =
        grant_steps(media, key, route->start, needed_by, window_end);
    if (steps.empty()) return false;
    issue(media, *route, key.frame, std::move(steps), needed_by, commands);
    return true;
}

std::vector<wire::DecodeStep> Scheduler::grant_steps(PerMedia& media, const FrameKey& key,
                                                     FrameIndex start, std::uint32_t needed_by,
                                                     std::uint32_t window_end) {
    struct Offer {
        std::uint32_t next_use;
        FrameKey key;
    };
    // Every frame on the way that is worth it may be kept, the soonest wanted first.
    std::vector<Offer> offers;
    for (std::uint32_t frame = start.value; frame <= key.frame.value; ++frame) {
        for (const auto& use :
             retention_.worth_keeping(key.media, FrameIndex{frame}, needed_by, needed_by + 1,
                                      [](Level) { return true; })) {
            const FrameKey passed{key.media, FrameIndex{frame}, use.level};
            if (passed != key && !cache_.find(passed)) offers.push_back({use.next_use, passed});
        }
    }
    std::stable_sort(offers.begin(), offers.end(),
                     [](const Offer& a, const Offer& b) { return a.next_use < b.next_use; });
    offers.insert(offers.begin(), {needed_by, key});

    std::map<std::uint32_t, wire::DecodeStep> steps;
    std::vector<FrameCache::SlotRef> granted;
    const bool is_urgent = needed_by < future_.begin() + urgent_frames;
    for (const Offer& offer : offers) {
        const std::uint32_t bytes = slot_bytes(offer.key);
        // What is only decoded ahead of time can wait; what would have to be decoded again cannot.
        const bool is_ahead = !is_urgent || (offer.next_use < window_end &&
                                             offer.next_use >= future_.begin() + urgent_frames);
        const std::uint32_t spare_until = is_ahead ? future_.begin() + foreseen_frames : 0;
        const auto ref = cache_.grant(offer.key, bytes, offer.next_use, spare_until);
        if (!ref) {
            // Passing a frame that is worth keeping costs decoding it again, one that is needed
            // soon a seek. So wait for room, but for the very next output frames, that there is
            // progress.
            const bool is_front = needed_by == future_.begin();
            if (offer.key != key && (is_front || (is_urgent && offer.next_use >= window_end)))
                break;
            for (const FrameCache::SlotRef& taken : granted) cache_.withdraw(taken);
            return {};
        }
        granted.push_back(*ref);
        wire::DecodeStep& step = steps[offer.key.frame.value];
        step.frame = offer.key.frame;
        step.grants.push_back(
            {.level = offer.key.level,
             .segment = ref->segment,
             .offset_bytes = ref->slot * bytes,
             .slot_bytes = bytes,
             .generation = cache_.slot(*ref).generation,
             .may_be_direct = offer.key.level == Level{} && cache_.entangle(*ref)});
    }
    std::vector<wire::DecodeStep> ordered;
    for (auto& [frame, step] : steps) {
        if (media.delivered[frame]) ++media.statistics.deliveries_again;
        media.delivered[frame] = true;
        ordered.push_back(std::move(step));
    }
    return ordered;
}

void Scheduler::issue(PerMedia& media, const Route& route, FrameIndex last,
                      std::vector<wire::DecodeStep> steps, std::uint32_t needed_by,
                      std::vector<Command>& commands) {
    if (route.kind == Route::Kind::open) {
        const Cursor& opened = media.cursors.open();
        const std::uint32_t open = open_cursor_count();
        cursors_peak_ = std::max(cursors_peak_, open);
        const std::uint32_t threads = std::clamp(options_.cores / open, 1U, 8U);
        commands.push_back(OpenCursorAt{media.source.id, {opened.id, threads}});
    }
    Cursor& cursor = media.cursors.cursors()[route.cursor];
    const bool decode_on = route.kind == Route::Kind::decode_on;
    const auto count = static_cast<std::uint32_t>(steps.size());
    cursor.position = last.value + 1;
    cursor.steps_ordered += count;
    cursor.last_served = needed_by;
    // One message per cursor and stretch: a step that follows on joins the last one.
    if (decode_on && !commands.empty()) {
        auto* const previous = std::get_if<DecodeAt>(&commands.back());
        if (previous != nullptr && previous->media == media.source.id &&
            previous->message.cursor == cursor.id) {
            auto& joined = previous->message.steps;
            joined.insert(joined.end(), std::make_move_iterator(steps.begin()),
                          std::make_move_iterator(steps.end()));
            return;
        }
    }
    commands.push_back(DecodeAt{media.source.id,
                                {.cursor = cursor.id,
                                 .seek_to = decode_on ? wire::no_seek : route.start.value,
                                 .steps = std::move(steps)}});
}

std::uint32_t Scheduler::next_need(const PerMedia& media, const Cursor& cursor) const {
    // The first frame ahead that is wanted and not kept: is decoding on to it cheaper than a seek?
    const FrameTable& table = media.source.table;
    const std::uint32_t end =
        std::min(table.frame_count(),
                 table.next_keyframe(FrameIndex{cursor.position}).value + seek_cost_frames);
    for (std::uint32_t frame = cursor.position; frame < end; ++frame) {
        for (const auto& use : future_.levels(media.source.id, FrameIndex{frame}))
            if (!cache_.find({media.source.id, FrameIndex{frame}, use.level})) return use.next_use;
    }
    return never;
}

void Scheduler::close_spare_cursors(PerMedia& media, std::vector<Command>& commands) {
    std::vector<CursorId> spare;
    for (const Cursor& cursor : media.cursors.cursors()) {
        if (cursor.outstanding() == 0 &&
            cursor.last_served + spare_cursor_frames < future_.begin() &&
            next_need(media, cursor) == never)
            spare.push_back(cursor.id);
    }
    for (const CursorId id : spare) {
        media.cursors.close(id);
        commands.push_back(CloseCursorAt{media.source.id, {id}});
    }
}

// There is no room for the very next frame although nothing is read or written: codecs refer to
// what could go. An idle one lets go only when its cursor is closed.
void Scheduler::close_idle_cursors(std::vector<Command>& commands) {
    if (cache_.entangled_bytes() == 0 || cache_.leased_bytes() > 0) return;
    for (const PerMedia& media : media_)
        if (!is_idle(media.source.id)) return;
    for (PerMedia& media : media_) {
        for (const Cursor& cursor : media.cursors.cursors())
            commands.push_back(CloseCursorAt{media.source.id, {cursor.id}});
        media.statistics.cursors_peak =
            std::max(media.statistics.cursors_peak, media.cursors.peak());
        media.cursors.clear();
    }
}

Status Scheduler::publish(MediaId media, const wire::SlotReady& ready) {
    const FrameKey key{media, ready.frame, ready.level};
    const auto ref = cache_.find(key);
    if (!ref || ref->segment != ready.segment)
        return protocol_violation("it reported a frame that it was not granted");
    const FrameCache::Slot& slot = cache_.slot(*ref);
    const std::uint64_t offset = std::uint64_t{cache_.segment(ref->segment).slot_bytes} * ref->slot;
    if (slot.state != SlotState::granted || slot.generation != ready.generation ||
        offset != ready.offset_bytes)
        return protocol_violation("it reported a slot that was not lent to it");
    if (ready.is_held && !slot.is_entangled)
        return protocol_violation("it holds a slot that was not granted to its codec");
    if (!ready.is_held) cache_.disentangle(*ref);
    cache_.publish(*ref, ready.is_concealed);
    return ok();
}

Status Scheduler::disentangle(MediaId media, const wire::SlotReleased& released) {
    const auto refusal = [] {
        return protocol_violation("it released a slot that it did not hold");
    };
    if (!cache_.has_segment(released.segment)) return refusal();
    const FrameCache::Segment& segment = cache_.segment(released.segment);
    const FrameCache::SlotRef ref{released.segment, released.offset_bytes / segment.slot_bytes};
    if (segment.media != media || released.offset_bytes % segment.slot_bytes != 0 ||
        ref.slot >= segment.slots.size())
        return refusal();
    const FrameCache::Slot& slot = cache_.slot(ref);
    if (!slot.is_entangled || slot.generation != released.generation ||
        slot.state == SlotState::granted)
        return refusal();
    cache_.disentangle(ref);
    return ok();
}

Status Scheduler::on_slots_ready(MediaId media_id, const wire::SlotsReady& report) {
    PerMedia& media = media_[media_id.value];
    Cursor* const cursor = media.cursors.find(report.cursor);
    // A cursor's last words come after it was closed.
    if (cursor == nullptr && !report.slots.empty())
        return protocol_violation("it reported from a cursor it was not given");
    if (cursor != nullptr) {
        if (report.steps_done < cursor->steps_done || report.steps_done > cursor->steps_ordered)
            return protocol_violation("it reported more steps than were ordered");
        cursor->steps_done = report.steps_done;
    }
    for (const wire::SlotReady& ready : report.slots) REELPOOL_TRY_STATUS(publish(media_id, ready));
    for (const wire::SlotReleased& released : report.released)
        REELPOOL_TRY_STATUS(disentangle(media_id, released));
    return ok();
}

void Scheduler::on_worker_gone(MediaId media_id) {
    PerMedia& media = media_[media_id.value];
    media.statistics.cursors_peak = std::max(media.statistics.cursors_peak, media.cursors.peak());
    media.cursors.clear();
    cache_.withdraw_all(media_id);
}

bool Scheduler::is_idle(MediaId media) const {
    const auto& cursors = media_[media.value].cursors.cursors();
    return std::all_of(cursors.begin(), cursors.end(),
                       [](const Cursor& cursor) { return cursor.outstanding() == 0; });
}

std::uint32_t Scheduler::open_cursors(MediaId media) const {
    return static_cast<std::uint32_t>(media_[media.value].cursors.cursors().size());
}

std::uint32_t Scheduler::open_cursor_count() const {
    std::uint32_t count = 0;
    for (const PerMedia& media : media_)
        count += static_cast<std::uint32_t>(media.cursors.cursors().size());
    return count;
}

MediaStatistics Scheduler::statistics(MediaId media) const {
    MediaStatistics result = media_[media.value].statistics;
    result.cursors_peak = std::max(result.cursors_peak, media_[media.value].cursors.peak());
    return result;
}

std::uint64_t Scheduler::needed_bytes(const std::vector<FrameKey>& wants,
                                      std::uint64_t gap_bytes) const {
    const std::set<FrameKey> different(wants.begin(), wants.end());
    std::uint64_t bytes = 0;
    for (const FrameKey& key : different)
        bytes += cache_.segment_bytes(slot_bytes(key)) + gap_bytes;
    return bytes;
}

}  // namespace reelpool::plan
