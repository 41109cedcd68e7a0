#include "orchestrator/run/rings.hpp"

#include <algorithm>
#include <array>

#include "ipc/shm/segment.hpp"

namespace reelpool::run {

void Rings::drop(SegmentId id, MediaId media) {
    // One that is still opening its file has not been given it.
    if (workers_.is_running(media)) workers_.send(media, wire::DropSegment{id});
    if (view_ && view_->holds(id)) {
        compositor_.send(wire::UnmapSegment{id});
        view_->remove(id);
    }
    segments_.erase(id);
}

Status Rings::create(const plan::FrameCache::Change& change) {
    const std::uint64_t bytes = std::uint64_t{change.slot_bytes} * change.slot_count;
    REELPOOL_TRY(fd, create_segment("reelpool-ring", bytes));
    if (workers_.is_running(change.media)) {
        const std::array writable{fd.get()};
        workers_.send(change.media, wire::AddSegment{change.segment, bytes}, writable);
    }
    segments_.emplace(change.segment,
                      Held{std::make_shared<const UniqueFd>(std::move(fd)), change.media, bytes});
    return ok();
}

Result<bool> Rings::show(const std::set<SegmentId>& segments, const plan::SlotTable& slots) {
    REELPOOL_CHECK(view_.has_value());
    const auto next_use = [&](SegmentId id) -> std::optional<std::uint32_t> {
        if (segments.contains(id)) return std::nullopt;
        return slots.next_use(id);
    };
    for (const SegmentId id : segments) {
        if (view_->holds(id)) continue;
        const auto place = view_->place(id, segments_.at(id).bytes, next_use);
        if (!place) return false;
        for (const SegmentId gone : place->evicted) compositor_.send(wire::UnmapSegment{gone});
        REELPOOL_TRY_STATUS(send_to_view(id, place->offset_bytes));
    }
    return true;
}

Result<bool> Rings::show_alone(const std::set<SegmentId>& segments) {
    REELPOOL_CHECK(view_.has_value());
    for (const SegmentId id : view_->clear()) compositor_.send(wire::UnmapSegment{id});
    std::vector<SegmentId> largest_first(segments.begin(), segments.end());
    std::stable_sort(largest_first.begin(), largest_first.end(), [&](SegmentId a, SegmentId b) {
        return segments_.at(a).bytes > segments_.at(b).bytes;
    });
    const auto must_stay = [](SegmentId) -> std::optional<std::uint32_t> { return std::nullopt; };
    for (const SegmentId id : largest_first) {
        const auto place = view_->place(id, segments_.at(id).bytes, must_stay);
        if (!place) return false;
        REELPOOL_TRY_STATUS(send_to_view(id, place->offset_bytes));
    }
    return true;
}

Status Rings::send_to_view(SegmentId id, std::uint64_t offset_bytes) {
    Held& held = segments_.at(id);
    REELPOOL_TRY(read_only, reopen_read_only(*held.memory));
    const std::array readable{read_only.get()};
    compositor_.send(wire::MapSegment{id, held.bytes, offset_bytes}, readable);
    if (held.was_shown) ++shown_again_;
    held.was_shown = true;
    return ok();
}

void Rings::adopt(MediaId media) {
    for (const auto& [id, held] : segments_) {
        if (held.media != media) continue;
        const std::array writable{held.memory->get()};
        workers_.send(media, wire::AddSegment{id, held.bytes}, writable);
    }
}

}  // namespace reelpool::run
