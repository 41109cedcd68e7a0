#include "orchestrator/plan/cursor_set.hpp"

#include <algorithm>

#include "orchestrator/plan/frame_key.hpp"

namespace reelpool::plan {

Route CursorSet::route(const FrameTable& table, const Question& question) const {
    const std::uint32_t frame = question.frame.value;
    const FrameIndex keyframe = table.keyframe_at(question.frame);
    const std::uint32_t from_keyframe = frame - keyframe.value + 1;

    // A cursor that stands there, or is on its way there already.
    std::optional<std::uint32_t> nearest;
    for (std::uint32_t i = 0; i < cursors_.size(); ++i) {
        if (cursors_[i].position > frame + 1) continue;
        if (!nearest || cursors_[i].position > cursors_[*nearest].position) nearest = i;
    }
    if (nearest && frame + 1 - cursors_[*nearest].position <= from_keyframe + seek_cost_frames) {
        return {Route::Kind::decode_on, *nearest, FrameIndex{cursors_[*nearest].position}};
    }

    // Otherwise the keyframe: with the cursor that is missed least, or with a new one.
    std::optional<std::uint32_t> spare;
    std::uint32_t spare_need = 0;
    for (std::uint32_t i = 0; i < cursors_.size(); ++i) {
        const std::uint32_t need = question.next_need(question.context, cursors_[i]);
        if (!spare || need > spare_need ||
            (need == spare_need && cursors_[i].last_served < cursors_[*spare].last_served)) {
            spare = i;
            spare_need = need;
        }
    }
    const bool may_open = cursors_.empty() || (cursors_.size() < max_cursors_ && question.may_open);
    if (!spare || (spare_need != never && may_open))
        return {Route::Kind::open, static_cast<std::uint32_t>(cursors_.size()), keyframe};
    return {Route::Kind::seek, *spare, keyframe};
}

Cursor& CursorSet::open() {
    cursors_.push_back({.id = CursorId{next_id_++}});
    peak_ = std::max(peak_, static_cast<std::uint32_t>(cursors_.size()));
    return cursors_.back();
}

void CursorSet::close(CursorId id) {
    std::erase_if(cursors_, [&](const Cursor& cursor) { return cursor.id == id; });
}

}  // namespace reelpool::plan
