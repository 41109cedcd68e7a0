#pragma once

#include <array>

#include "ipc/frame/draw_list.hpp"

namespace reelpool::model {

/// The overlap of two rectangles; empty ones have no positive width or height.
[[nodiscard]] Rect intersection(const Rect& a, const Rect& b);
[[nodiscard]] bool is_empty(const Rect& rect);
[[nodiscard]] Rect grown(const Rect& rect, double margin);

/// Whether the layer's coverage is 1 at every point of `region` (output pixels), with a pixel to
/// spare.
[[nodiscard]] bool covers(const DrawLayer& layer, const Rect& region);

/// Whether the layer shows nothing but itself where its coverage is 1. Groups and canvases:
/// as told.
[[nodiscard]] bool is_opaque(const DrawLayer& layer, bool group_is_opaque);

}  // namespace reelpool::model
