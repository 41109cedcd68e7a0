#include "orchestrator/run/drawn_area.hpp"

#include <algorithm>
#include <cmath>

#include "orchestrator/model/geometry.hpp"
#include "orchestrator/model/visibility.hpp"

namespace reelpool::run {
namespace {

/// ns for a pixel, by what the shader does there (docs/performance.md, "Compositor").
constexpr double copied_ns = 1;
constexpr double scaled_ns = 4.5;
constexpr double turned_ns = 5;
/// Of a canvas of 16 bits, once for each output frame.
constexpr double canvas_ns = 13;
/// Times this much.
constexpr double smooth_factor = 2;
constexpr double alpha_factor = 2;
constexpr double other_colors_factor = 3;

bool is_unscaled(const DrawLayer& layer) {
    const double level_x = std::exp2(layer.frame.level.x);
    const double level_y = std::exp2(layer.frame.level.y);
    const Matrix& m = layer.matrix;
    return m.xy == 0 && m.yx == 0 && m.xx * level_x == 1 && m.yy * level_y == 1;
}

double pixel_ns(const DrawLayer& layer) {
    if (layer.kind == LayerKind::canvas) return scaled_ns;
    if (layer.kind != LayerKind::frame) return copied_ns;
    const Matrix& m = layer.matrix;
    const bool is_upright = (m.xy == 0 && m.yx == 0) || (m.xx == 0 && m.yy == 0);
    double ns = is_unscaled(layer) ? copied_ns : is_upright ? scaled_ns : turned_ns;
    const FrameSource& frame = layer.frame;
    if (layer.sampling == Sampling::smooth) ns *= smooth_factor;
    if (frame.format.has_alpha) ns *= alpha_factor;
    if (frame.format.model == ColorModel::rgb || frame.color.matrix != ColorMatrix::bt709 ||
        frame.color.range != ColorRange::limited)
        ns *= other_colors_factor;
    return ns;
}

}  // namespace

double drawn_px(const DrawLayer& layer, double output_width_px, double output_height_px) {
    const Rect bounds = model::bounds_of(model::corners_of(layer.rect, layer.matrix));
    const Rect shown = model::intersection(bounds, {0, 0, output_width_px, output_height_px});
    return std::max(0.0, shown.right - shown.left) * std::max(0.0, shown.bottom - shown.top);
}

double composite_ns(const DrawList& list, double output_width_px, double output_height_px) {
    double ns = 0;
    for (const DrawCanvas& canvas : list.canvases)
        ns += canvas_ns * static_cast<double>(canvas.width) * canvas.height;
    std::size_t layers = 0;
    bool is_handed_through = false;
    for (const DrawGroup& group : list.groups) {
        for (const DrawLayer& layer : group.layers) {
            if (layer.kind == LayerKind::group) continue;
            const double px = drawn_px(layer, output_width_px, output_height_px);
            ns += px * pixel_ns(layer);
            ++layers;
            is_handed_through = is_unscaled(layer) && layer.kind == LayerKind::frame &&
                                px >= output_width_px * output_height_px;
        }
    }
    return layers == 1 && is_handed_through ? 0 : ns;
}

}  // namespace reelpool::run
