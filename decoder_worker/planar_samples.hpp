#pragma once

#include <vector>

#include "ipc/av/handles.hpp"

namespace reelpool::worker {

/// Samples by channel, all channels as long.
using PlanarSamples = std::vector<std::vector<float>>;

/// A decoded frame's samples as 32-bit float, full scale at 1: any of FFmpeg's formats, planar or
/// not, its channels in their order. As libswresample converts them.
/// False: the frame has a format that there is not, or misses channels.
[[nodiscard]] bool to_planar_float(const AVFrame& frame, PlanarSamples& samples);

}  // namespace reelpool::worker
