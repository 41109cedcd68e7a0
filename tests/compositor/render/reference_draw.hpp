#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "ipc/frame/draw_list.hpp"

namespace reelpool::testing {

/// The first byte of a frame's slot.
using SlotBytes = std::function<const std::byte*(const FrameSource&)>;

/// One output plane before rounding: code values, row by row.
struct ReferencePlane {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::vector<double> codes;
    std::vector<bool> unsure;  ///< rounding decides on which side of a step a sample lies
};

/// Draws a list sample by sample in double precision, straight from the format's formulas: each
/// output sample is the composite in R'G'B' at its own site. Slow and obviously right.
[[nodiscard]] std::vector<ReferencePlane> draw_reference(const DrawList& list,
                                                         const OutputFormat& output,
                                                         const SlotBytes& slot_bytes);

/// floor(v + 1/2), clamped to the code range.
[[nodiscard]] int rounded(double code, int bit_depth);

}  // namespace reelpool::testing
