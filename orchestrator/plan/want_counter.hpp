#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/planner.hpp"

namespace reelpool::plan {

/// Counts what a file is asked for, and what that would cost a perfect reader.
class WantCounter {
  public:
    explicit WantCounter(const MediaSource& source)
        : source_(source), wanted_(source.table.frame_count()) {}

    void want(FrameIndex frame);
    /// Frames [first, last] come out of a cursor; `seeks`: it goes there first.
    void decode(std::uint32_t first, std::uint32_t last, bool seeks);
    /// A frame is decoded because it is wanted.
    void deliver() { ++statistics_.deliveries; }

    [[nodiscard]] MediaStatistics& statistics() { return statistics_; }
    [[nodiscard]] const MediaStatistics& statistics() const { return statistics_; }

  private:
    const MediaSource& source_;
    std::map<std::uint32_t, std::uint32_t> touched_gops_;  ///< keyframe -> last needed frame
    std::vector<bool> wanted_;
    MediaStatistics statistics_;
};

}  // namespace reelpool::plan
