#pragma once

#include <cstdint>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/base/rational.hpp"
#include "ipc/base/result.hpp"

namespace reelpool {

/// Every frame of one video stream in presentation order.
/// Frames are named by their index here and by nothing else; times are exact.
struct FrameTable {
    Rational time_base{1};          ///< seconds per tick
    std::vector<std::int64_t> pts;  ///< ticks, strictly increasing, as presented (edit lists done)
    std::int64_t end_pts = 0;       ///< last pts + last duration, > pts.back()
    std::vector<std::uint32_t>
        keyframes;  ///< indices at which decoding may start, ascending; [0] == 0

    friend bool operator==(const FrameTable&, const FrameTable&) = default;

    [[nodiscard]] std::uint32_t frame_count() const {
        return static_cast<std::uint32_t>(pts.size());
    }
    /// Seconds from the first presented frame to the end of the last.
    [[nodiscard]] Time duration() const;
    /// The last keyframe at or before `frame`.
    [[nodiscard]] FrameIndex keyframe_at(FrameIndex frame) const;
    /// The first keyframe after `frame`, or frame_count() if there is none.
    [[nodiscard]] FrameIndex next_keyframe(FrameIndex frame) const;

    /// What source time `t` shows: the last frame with (PTS - PTS0) x tb <= t + e,
    /// e = min(tb / 2, 1/2000 s); the first frame before 0, the last one at and after the end.
    [[nodiscard]] FrameIndex frame_at(const Time& t) const;
};

/// Refuses a table that breaks the promises above; frame tables come from untrusted workers.
[[nodiscard]] Status validate(const FrameTable& table);

}  // namespace reelpool
