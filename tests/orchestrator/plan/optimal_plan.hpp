#pragma once

#include <cstdint>
#include <vector>

namespace reelpool::plan::test {

/// A case small enough to look at every plan there is: one file, frames of one size.
struct SmallCase {
    std::uint32_t frames = 0;  ///< of the file, 30 at the most
    std::uint32_t keyframe_interval = 0;
    std::uint32_t slots = 0;
    std::uint32_t cursors = 0;  ///< 3 at the most
    /// What output frame n reads, ascending, without duplicates.
    std::vector<std::vector<std::uint32_t>> wants;
};

/// The least decoded + seek_weight x seeks of all plans that keep the planner's rules: what an
/// output frame reads is in the cache together; what it lacks is decoded for it and not before, by
/// a cursor that decodes on or goes to a keyframe; frames on the way may be kept, others may go,
/// and also be decoded again for those that come by with them.
/// A cursor gives the frame that it has decoded last once more for nothing.
/// `at_most`: the cost of a plan that is known. It is returned where none is cheaper.
[[nodiscard]] std::uint32_t least_cost(const SmallCase& small, std::uint32_t seek_weight,
                                       std::uint32_t at_most);

}  // namespace reelpool::plan::test
