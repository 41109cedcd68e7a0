#pragma once

#include <cstdint>
#include <vector>

#include "orchestrator/plan/media_catalog.hpp"

namespace reelpool::plan::test {

/// Layers of a few small files, thrown by dice: forwards, faster, still and backwards, at several
/// levels.
struct RandomTimeline {
    explicit RandomTimeline(std::uint64_t seed);

    std::vector<MediaSource> media;
    std::vector<std::vector<FrameKey>> wants;  ///< by output frame
    std::uint64_t least_bytes = 0;             ///< of a cache that can show it
};

}  // namespace reelpool::plan::test
