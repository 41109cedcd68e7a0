#pragma once

#include <array>
#include <vector>

#include "ipc/frame/draw_list.hpp"
#include "orchestrator/model/geometry.hpp"

namespace reelpool::model {

/// A layer's rectangle in the pixels of its comp.
struct LayerOutline {
    std::array<Value, 4> corners{};  ///< left top, right top, right bottom, left bottom
    bool is_cut = false;  ///< masks or a matte take parts of it away: its edges hide no others
};

/// Which edges of the layers of one comp have coverage of their own.
/// An edge that lies on or beyond the canvas's edge and faces outward has none: the canvas has it.
/// Where whole edges of two layers coincide and the layers lie on opposite sides (a split
/// screen), the lower layer's edge is a seam, unless the upper one is cut. Both within 1/1024 comp
/// pixel.
/// `layers` is bottom to top; the result has their order.
[[nodiscard]] std::vector<std::array<EdgeRule, 4>> edge_rules(
    const std::vector<LayerOutline>& layers, Extent canvas);

}  // namespace reelpool::model
