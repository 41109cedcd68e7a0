#pragma once

#include <cstdint>

#include "ipc/frame/draw_list.hpp"

namespace reelpool::run {

/// Output pixels that a layer is drawn on, roughly: those of its bounds.
[[nodiscard]] double drawn_px(const DrawLayer& layer, double output_width_px,
                              double output_height_px);

/// CPU time of compositing a frame on the software driver, roughly; 0 where a single layer fills
/// it unscaled, because that is handed through. Units: ns.
[[nodiscard]] double composite_ns(const DrawList& list, double output_width_px,
                                  double output_height_px);

/// What a frame asks of a software driver's compiler beside opaque layers: every kind is code of
/// its own, and the driver keeps what it compiled it from. A set of bits.
enum KernelKinds : std::uint32_t {
    no_kernels = 0,
    alpha_kernels = 1,
    smooth_kernels = 2,
    isolated_kernels = 4,
    canvas_kernels = 8,
    kept_masks = 16,  ///< no code: values of masks, which the compositor keeps
};
[[nodiscard]] std::uint32_t kernel_kinds(const DrawList& list, double output_width_px,
                                         double output_height_px);

}  // namespace reelpool::run
