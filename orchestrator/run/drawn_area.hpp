#pragma once

#include "ipc/frame/draw_list.hpp"

namespace reelpool::run {

/// Output pixels that a layer is drawn on, roughly: those of its bounds.
[[nodiscard]] double drawn_px(const DrawLayer& layer, double output_width_px,
                              double output_height_px);

/// CPU time of compositing a frame on the software driver, roughly; 0 where a single layer fills
/// it unscaled, because that is handed through. Units: ns.
[[nodiscard]] double composite_ns(const DrawList& list, double output_width_px,
                                  double output_height_px);

}  // namespace reelpool::run
