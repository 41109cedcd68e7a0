#pragma once

#include "compositor/render/grid.hpp"
#include "compositor/render/scene.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/draw_list.hpp"
#include "ipc/frame/slot_layout.hpp"

namespace reelpool::compositor {

/// How far a filter reaches, in level samples: of a triangle the half-widths, where 1 and 1 is
/// bilinear.
struct FilterSize {
    Sampling sampling = Sampling::bilinear;
    double across = 1;
    double down = 1;
    /// Catmull-Rom, or the nearest sample.
    [[nodiscard]] bool is_cubic() const {
        return sampling == Sampling::nearest || sampling == Sampling::bicubic;
    }
    [[nodiscard]] bool is_bilinear() const { return !is_cubic() && across <= 1 && down <= 1; }
};

/// Half-width max(1, 1 / residual scale) per source axis for `smooth`.
[[nodiscard]] FilterSize filter_size(const DrawLayer& layer);

/// How a plane of a frame layer appears on a grid.
struct PlaneView {
    Linear column;  ///< unrounded plane sample index; 0 is the centre of the first sample
    Linear row;
    double column_low = 0, column_high = 0, row_low = 0, row_high = 0;  ///< clamps
    PlaneLayout layout;
    bool is_whole = false;  ///< unscaled, on whole samples
    std::int32_t dx = 0, dy = 0;
};

/// `to_source` is the inverse of the layer's matrix.
/// Source: PROJECT_FORMAT, Sampling.
[[nodiscard]] PlaneView plane_view(const DrawLayer& layer, const Matrix& to_source, int plane,
                                   const PlaneLayout& layout, const Grid& grid,
                                   const FilterSize& filter);

/// The shader's block for it. `plane_byte`: where the plane begins in the arena.
[[nodiscard]] shaders::Sample sample_block(const PlaneView& view, const PixelFormat& format,
                                           std::uint32_t plane_byte, const FilterSize& filter);

}  // namespace reelpool::compositor
