#include "orchestrator/plan/cursor_set.hpp"

#include <algorithm>

#include "orchestrator/plan/frame_key.hpp"

namespace reelpool::plan {

std::optional<Route> CursorSet::route(const FrameTable& table, const Question& question) const {
    const std::uint32_t frame = question.frame.value;
    const FrameIndex keyframe = table.keyframe_at(question.frame);
    const std::uint32_t from_keyframe = frame - keyframe.value + 1;

    // A cursor that is on its way there already.
    std::optional<std::uint32_t> nearest;
    for (std::uint32_t i = 0; i < cursors_.size(); ++i) {
        if (cursors_[i].position > frame) continue;
        if (!nearest || cursors_[i].position > cursors_[*nearest].position) nearest = i;
    }
    if (nearest && frame - cursors_[*nearest].position + 1 <= from_keyframe + seek_cost_frames) {
        const Cursor& cursor = cursors_[*nearest];
        if (cursor.outstanding() >= question.max_outstanding) return std::nullopt;
        return Route{Route::Kind::decode_on, *nearest, FrameIndex{cursor.position}};
    }

    // Otherwise the keyframe: with the cursor that is missed least, or with a new one.
    std::optional<std::uint32_t> spare;
    std::uint32_t spare_need = 0;
    bool any_busy = false;
    for (std::uint32_t i = 0; i < cursors_.size(); ++i) {
        if (cursors_[i].outstanding() > 0) {
            any_busy = true;
            continue;
        }
        const std::uint32_t need = question.next_need(question.context, cursors_[i]);
        if (!spare || need > spare_need ||
            (need == spare_need && cursors_[i].last_served < cursors_[*spare].last_served)) {
            spare = i;
            spare_need = need;
        }
    }
    if (spare && spare_need == never) return Route{Route::Kind::seek, *spare, keyframe};
    if (cursors_.size() < max_cursors_ && (question.may_open || cursors_.empty()))
        return Route{Route::Kind::open, static_cast<std::uint32_t>(cursors_.size()), keyframe};
    if (spare && (spare_need > question.needed_by || !any_busy))
        return Route{Route::Kind::seek, *spare, keyframe};
    return std::nullopt;
}

Cursor& CursorSet::open() {
    cursors_.push_back({.id = CursorId{next_id_++}});
    peak_ = std::max(peak_, static_cast<std::uint32_t>(cursors_.size()));
    return cursors_.back();
}

Cursor* CursorSet::find(CursorId id) {
    const auto entry = std::find_if(cursors_.begin(), cursors_.end(),
                                    [&](const Cursor& cursor) { return cursor.id == id; });
    return entry == cursors_.end() ? nullptr : &*entry;
}

void CursorSet::close(CursorId id) {
    std::erase_if(cursors_, [&](const Cursor& cursor) { return cursor.id == id; });
}

}  // namespace reelpool::plan
