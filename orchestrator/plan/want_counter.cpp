#include "orchestrator/plan/want_counter.hpp"

#include <algorithm>

#include "ipc/base/result.hpp"

namespace reelpool::plan {

void WantCounter::want(FrameIndex frame) {
    REELPOOL_CHECK(frame.value < wanted_.size());
    ++statistics_.wants;
    if (wanted_[frame.value]) return;
    wanted_[frame.value] = true;
    ++statistics_.frames_unique;
    const std::uint32_t keyframe = source_.table.keyframe_at(frame).value;
    const auto [gop, is_new] = touched_gops_.try_emplace(keyframe, frame.value);
    // Counted in decodes: keyframes begin one, and of two fields the second comes free.
    const std::uint32_t part = source_.frames_per_decode;
    const std::uint32_t before = (is_new ? keyframe : gop->second + part) / part;
    gop->second = std::max(gop->second, frame.value);
    statistics_.frames_ideal += gop->second / part + 1 - before;
}

void WantCounter::decode(std::uint32_t first, std::uint32_t last, bool seeks) {
    const std::uint32_t part = source_.frames_per_decode;
    if (seeks) {
        statistics_.frames_decoded += last / part - first / part + 1;
        ++statistics_.seeks;
    } else {
        // Where a field was the last, the other one is there already.
        statistics_.frames_decoded += (last + part) / part - (first + part - 1) / part;
    }
}

}  // namespace reelpool::plan
