#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "ipc/base/ids.hpp"

namespace reelpool::plan {

/// Where in the compositor's range of addresses segments lie. The cache may be larger than that
/// range, so a segment is placed when a frame is about to be drawn from it, and makes room again
/// for one that is needed sooner.
class View {
  public:
    /// `bytes`: of the range. `gap_bytes` stay empty after each segment.
    View(std::uint64_t bytes, std::uint64_t gap_bytes) : bytes_(bytes), gap_bytes_(gap_bytes) {}

    struct Place {
        std::uint64_t offset_bytes = 0;
        std::vector<SegmentId> evicted;  ///< to be taken out first
    };
    /// When a segment is needed next; nothing if it must stay.
    using NextUse = std::function<std::optional<std::uint32_t>(SegmentId)>;

    [[nodiscard]] bool holds(SegmentId segment) const { return offsets_.contains(segment); }
    /// Puts a segment where there is room, or where those were that are needed last. Nothing, and
    /// nothing has changed, if those that must stay leave no room.
    [[nodiscard]] std::optional<Place> place(SegmentId segment, std::uint64_t bytes,
                                             const NextUse& next_use);
    void remove(SegmentId segment);
    /// Takes everything out: what was placed.
    [[nodiscard]] std::vector<SegmentId> clear();

  private:
    struct Placed {
        SegmentId segment;
        std::uint64_t bytes = 0;
    };
    [[nodiscard]] std::optional<std::uint64_t> find_gap(std::uint64_t bytes) const;

    std::uint64_t bytes_;
    std::uint64_t gap_bytes_;
    std::map<std::uint64_t, Placed> placed_;  ///< by offset
    std::map<SegmentId, std::uint64_t> offsets_;
};

}  // namespace reelpool::plan
