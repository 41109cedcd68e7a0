#include "ipc/frame/frame_table.hpp"

#include <algorithm>
#include <limits>

namespace reelpool {

Time FrameTable::duration() const {
    if (pts.empty()) return 0;
    return Rational(Int128{end_pts} - pts.front(), 1) * time_base;
}

FrameIndex FrameTable::keyframe_at(FrameIndex frame) const {
    const auto next = std::upper_bound(keyframes.begin(), keyframes.end(), frame.value);
    return next == keyframes.begin() ? FrameIndex{0} : FrameIndex{*(next - 1)};
}

FrameIndex FrameTable::next_keyframe(FrameIndex frame) const {
    const auto next = std::upper_bound(keyframes.begin(), keyframes.end(), frame.value);
    return next == keyframes.end() ? FrameIndex{frame_count()} : FrameIndex{*next};
}

FrameIndex FrameTable::frame_at(const Time& t) const {
    REELPOOL_CHECK(!pts.empty());
    const Time half_tick = min(time_base / 2, Rational(1, 2000));
    // ticks <= (t + e) / tb, an integer comparison after one exact floor
    const Rational exact_ticks = (t + half_tick) / time_base;
    const bool fits = exact_ticks.is_valid();
    const std::int64_t ticks = fits ? exact_ticks.to_integer(Rounding::floor) : 0;
    const auto next = std::partition_point(pts.begin(), pts.end(), [&](std::int64_t p) {
        const Int128 distance = Int128{p} - pts.front();
        // Beyond 126 bits `t` itself is still comparable, only more slowly.
        return fits ? distance <= ticks : Rational(distance, 1) * time_base - half_tick <= t;
    });
    if (next == pts.begin()) return FrameIndex{0};
    return FrameIndex{static_cast<std::uint32_t>(next - pts.begin() - 1)};
}

Status validate(const FrameTable& table) {
    const auto bad = [](const char* what) {
        return unexpected({.code = ErrorCode::decode,
                           .component = Component::worker,
                           .subject = {},
                           .what = what,
                           .cause = {},
                           .hint = {}});
    };
    if (!table.time_base.is_valid() || table.time_base <= Rational(0))
        return bad("the frame table's time base is not a positive fraction");
    constexpr Int128 max_term = std::numeric_limits<std::int32_t>::max();
    if (table.time_base.num() > max_term || table.time_base.den() > max_term)
        return bad("the frame table's time base is absurd");
    if (table.pts.empty()) return bad("the frame table has no frames");
    if (table.pts.size() > std::numeric_limits<std::uint32_t>::max() / 2)
        return bad("the frame table has too many frames");
    constexpr std::int64_t far = std::int64_t{1} << 61;
    if (table.pts.front() < -far || table.end_pts > far) return bad("a time stamp is absurd");
    if (std::adjacent_find(table.pts.begin(), table.pts.end(), std::greater_equal<>()) !=
        table.pts.end())
        return bad("the frame table's time stamps do not increase");
    if (table.end_pts <= table.pts.back()) return bad("the frame table ends before its last frame");
    if (table.keyframes.empty() || table.keyframes.front() != 0)
        return bad("the frame table's first frame is no keyframe");
    if (std::adjacent_find(table.keyframes.begin(), table.keyframes.end(),
                           std::greater_equal<>()) != table.keyframes.end() ||
        table.keyframes.back() >= table.pts.size())
        return bad("the frame table's keyframes are not in order");
    return ok();
}

}  // namespace reelpool
