#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace reelpool {

/// A number that names one thing of one kind; ids of different kinds do not mix.
template <class Tag, class Rep = std::uint32_t>
struct Id {
    Rep value = 0;
    friend auto operator<=>(const Id&, const Id&) = default;
};

using MediaId = Id<struct MediaTag>;       ///< one unique file (by content identity) of a project
using WorkerId = Id<struct WorkerTag>;     ///< one started worker process; never used again
using SegmentId = Id<struct SegmentTag>;   ///< one memfd of a ring; never used again
using SlotIndex = Id<struct SlotTag>;      ///< a slot inside its segment
using CursorId = Id<struct CursorTag>;     ///< a codec context inside a worker
using FrameIndex = Id<struct FrameTag>;    ///< presentation order in a medium, 0-based
using OutputIndex = Id<struct OutputTag>;  ///< frame number of the export, 0-based
using Generation = Id<struct GenTag>;      ///< how often a slot has been granted

}  // namespace reelpool

template <class Tag, class Rep>
struct std::hash<reelpool::Id<Tag, Rep>> {
    std::size_t operator()(const reelpool::Id<Tag, Rep>& id) const noexcept {
        return std::hash<Rep>{}(id.value);
    }
};
