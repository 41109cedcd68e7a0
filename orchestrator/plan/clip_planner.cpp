#include "orchestrator/plan/clip_planner.hpp"

#include <algorithm>

#include "ipc/base/result.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/plan/cursor_set.hpp"

namespace reelpool::plan {
namespace {

/// Small slots share a segment, as in the other engine.
constexpr std::uint64_t shared_segment_bytes = std::uint64_t{2} << 20;
constexpr CursorId only_cursor{1};

}  // namespace

ClipPlanner::ClipPlanner(const std::vector<MediaSource>& media, Wants wants,
                         const std::vector<Lifetime>& lifetimes, ClipOptions options)
    : options_(options), wants_(std::move(wants)), catalog_(media) {
    REELPOOL_CHECK(lifetimes.size() == media.size() && options.ring_slots >= 2);
    for (std::uint32_t id = 0; id < catalog_.size(); ++id) {
        const MediaSource& source = catalog_.at(MediaId{id});
        readers_.push_back(
            {.source = source, .counter = WantCounter(source), .lifetime = lifetimes[id]});
        beginning_.emplace(lifetimes[id].first, source.id);
        ending_.emplace(lifetimes[id].last + 1, source.id);
        giving_back_.emplace(lifetimes[id].last + 1 + options.ring_slots, source.id);
    }
}

PlannedFrame ClipPlanner::next() {
    REELPOOL_CHECK(has_next());
    PlannedFrame planned;
    planned.output = now_;
    end_readers(planned.commands);
    begin_readers(planned.commands);
    for (const FrameKey& key : wants_.of(now_))
        if (!planned.reads.contains(key)) planned.reads[key] = serve(key, planned.commands);
    ++now_;
    return planned;
}

void ClipPlanner::begin_readers(Commands& commands) {
    const auto [first, end] = beginning_.equal_range(now_);
    for (auto entry = first; entry != end; ++entry) {
        ++alive_;
        ++readers_[entry->second.value].counter.statistics().workers_started;
        commands.emplace_back(StartWorker{entry->second, alive_});
    }
    statistics_.workers_peak = std::max(statistics_.workers_peak, alive_);
    statistics_.cursors_peak = statistics_.workers_peak;
}

void ClipPlanner::end_readers(Commands& commands) {
    const auto [first, end] = ending_.equal_range(now_);
    for (auto entry = first; entry != end; ++entry) {
        --alive_;
        commands.emplace_back(RetireWorker{entry->second});
    }
    const auto [first_ring, end_ring] = giving_back_.equal_range(now_);
    for (auto entry = first_ring; entry != end_ring; ++entry)
        drop_ring(readers_[entry->second.value].ring, commands);
}

PlannedRead ClipPlanner::serve(const FrameKey& key, Commands& commands) {
    Reader& reader = readers_[key.media.value];
    reader.counter.want(key.frame);
    const std::uint32_t slot_bytes = catalog_.slot_bytes(key.media, key.level);
    if (reader.ring.slot_bytes < slot_bytes) {
        drop_ring(reader.ring, commands);
        make_ring(reader, slot_bytes, commands);
    }
    if (find(reader.ring, key) == nullptr) order(reader, key, commands);
    RingSlot& read = *find(reader.ring, key);
    read.free_from = now_ + 1;
    read.last_touch = ++clock_;
    reader.last_frame = key.frame.value;
    return {read.ref, never};
}

void ClipPlanner::make_ring(Reader& reader, std::uint32_t slot_bytes, Commands& commands) {
    Ring& ring = reader.ring;
    ring.slot_bytes = slot_bytes;
    const std::uint32_t in_segment =
        std::uint64_t{slot_bytes} * options_.ring_slots <= shared_segment_bytes
            ? options_.ring_slots
            : 1;
    for (std::uint32_t made = 0; made < options_.ring_slots; made += in_segment) {
        const SegmentId id{next_segment_++};
        ring.segments.push_back({.kind = FrameCache::Change::Kind::create_segment,
                                 .segment = id,
                                 .media = reader.source.id,
                                 .slot_bytes = slot_bytes,
                                 .slot_count = in_segment,
                                 .free_from = 0});
        commands.emplace_back(ring.segments.back());
        for (std::uint32_t slot = 0; slot < in_segment; ++slot)
            ring.slots.push_back({.ref = {id, slot}, .key = {}});
    }
    used_bytes_ += std::uint64_t{slot_bytes} * options_.ring_slots;
    statistics_.peak_bytes = std::max(statistics_.peak_bytes, used_bytes_);
}

void ClipPlanner::drop_ring(Ring& ring, Commands& commands) {
    for (FrameCache::Change& segment : ring.segments) {
        segment.kind = FrameCache::Change::Kind::drop_segment;
        for (const RingSlot& slot : ring.slots)
            if (slot.ref.segment == segment.segment)
                segment.free_from = std::max(segment.free_from, slot.free_from);
        used_bytes_ -= std::uint64_t{segment.slot_bytes} * segment.slot_count;
        commands.emplace_back(segment);
    }
    ring = {};
}

ClipPlanner::RingSlot* ClipPlanner::find(Ring& ring, const FrameKey& key) {
    const auto slot = std::find_if(ring.slots.begin(), ring.slots.end(),
                                   [&](const RingSlot& one) { return one.key == key; });
    return slot == ring.slots.end() ? nullptr : &*slot;
}

void ClipPlanner::order(Reader& reader, const FrameKey& key, Commands& commands) {
    const std::uint32_t frame = key.frame.value;
    const std::uint32_t keyframe = reader.source.table.keyframe_at(key.frame).value;
    const bool decodes_on = reader.has_cursor && reader.position <= frame + 1 &&
                            frame + 1 - reader.position <= frame + 1 - keyframe + seek_cost_frames;
    const std::uint32_t start = decodes_on ? reader.position : keyframe;
    if (!reader.has_cursor)
        commands.emplace_back(OpenCursorAt{
            key.media, only_cursor, std::clamp(options_.cores / std::max(1U, alive_), 1U, 8U)});
    const bool goes_back = reader.has_cursor && frame < reader.last_frame;
    std::uint32_t first = frame;
    if (goes_back && !reader.source.is_sequence)
        first = std::clamp(frame - std::min(frame, options_.ring_slots / 2 - 1),
                           std::min(start, frame), frame);
    DecodeAt decode{.media = key.media,
                    .cursor = only_cursor,
                    .seek_to = decodes_on ? wire::no_seek : keyframe,
                    .steps = {},
                    .first_decoded = start};
    for (std::uint32_t passed = first; passed <= frame; ++passed) {
        const FrameKey kept{key.media, FrameIndex{passed}, key.level};
        if (passed != frame && find(reader.ring, kept) != nullptr) continue;
        reader.counter.deliver();
        decode.steps.push_back({.frame = kept.frame, .grants = {take_oldest(reader.ring, kept)}});
    }
    if (reader.source.is_sequence)
        reader.counter.statistics().frames_decoded += decode.steps.size();
    else
        reader.counter.decode(start, frame, !decodes_on);
    reader.has_cursor = true;
    reader.position = frame + 1;
    commands.emplace_back(std::move(decode));
}

PlannedGrant ClipPlanner::take_oldest(Ring& ring, const FrameKey& key) {
    RingSlot& oldest = *std::min_element(
        ring.slots.begin(), ring.slots.end(),
        [](const RingSlot& a, const RingSlot& b) { return a.last_touch < b.last_touch; });
    oldest.key = key;
    oldest.last_touch = ++clock_;
    return {.level = key.level,
            .slot = oldest.ref,
            .slot_bytes = ring.slot_bytes,
            .free_from = oldest.free_from,
            .next_use = now_};
}

MediaStatistics ClipPlanner::statistics(MediaId media) const {
    MediaStatistics result = readers_[media.value].counter.statistics();
    result.cursors_peak = readers_[media.value].has_cursor ? 1 : 0;
    return result;
}

}  // namespace reelpool::plan
