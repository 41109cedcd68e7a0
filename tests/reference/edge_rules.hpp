#pragma once

#include <vector>

#include "scene.hpp"

namespace reelpool::reference {

/// A layer's rectangle in the pixels of its comp, for the rules about coinciding edges.
struct PlacedLayer {
    Layer* layer = nullptr;
    Affine to_comp;  ///< source pixels to comp pixels
};

/// Marks the edges without coverage of their own: those on or beyond the canvas of their comp,
/// and those along which an upper layer begins (a split screen). Layers go from bottom to top.
void apply_edge_rules(const std::vector<PlacedLayer>& layers, double canvas_width,
                      double canvas_height);

}  // namespace reelpool::reference
