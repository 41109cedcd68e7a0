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
/// Of a group that is drawn by itself first, beside what lies in it.
constexpr double isolated_ns = 12;
/// Of a layer with a blend mode, beside what it shows and what lies below it.
constexpr double blended_ns = 40;
/// Of a layer with masks, whose outlines run through a part of it; most of it on the CPU.
constexpr double masked_ns = 25;
/// Of a layer in linear light, there and back.
constexpr double linear_ns = 60;
/// Of a picture whose colours are converted.
constexpr double converted_ns = 30;
/// Of a layer with effects: all three components of what it shows, and the first of its effects;
/// of each further one.
constexpr double effects_ns = 40;
constexpr double effect_ns = 2;
/// Times this much.
constexpr double smooth_factor = 2;
constexpr double bicubic_factor = 10;
constexpr double alpha_factor = 2;
constexpr double other_colors_factor = 3;

bool is_unscaled(const DrawLayer& layer) {
    const double level_x = std::exp2(layer.frame.level.x);
    const double level_y = std::exp2(layer.frame.level.y);
    const Matrix& m = layer.matrix;
    return m.xy == 0 && m.yx == 0 && m.xx * level_x == 1 && m.yy * level_y == 1;
}

bool is_upright(const DrawLayer& layer) {
    const Matrix& m = layer.matrix;
    return (m.xy == 0 && m.yx == 0) || (m.xx == 0 && m.yy == 0);
}

/// A group that fades cannot be folded into its parent where what it shows has alpha or slanted
/// edges.
bool is_isolated(const DrawLayer& layer, const std::vector<DrawGroup>& groups) {
    if (layer.kind != LayerKind::group || layer.opacity == 1) return false;
    const std::vector<DrawLayer>& inside = groups[layer.group].layers;
    return std::any_of(inside.begin(), inside.end(), [](const DrawLayer& one) {
        return !is_upright(one) || one.kind == LayerKind::group ||
               (one.kind == LayerKind::frame && one.frame.format.has_alpha);
    });
}

/// Along its edges, a comp of several layers that does not fill the picture is drawn by itself,
/// too.
bool has_isolated_edges(const DrawLayer& layer, const std::vector<DrawGroup>& groups, double px,
                        double output_px) {
    return layer.kind == LayerKind::group && px < output_px &&
           groups[layer.group].layers.size() > 1;
}

/// Whether its colours are converted for an output of the usual kind; of others it is not known here.
bool is_converted(const DrawLayer& layer) {
    const ColorDescription& color = layer.frame.color;
    const bool is_usual_transfer = color.transfer == ColorTransfer::bt709 ||
                                   color.transfer == ColorTransfer::srgb ||
                                   color.transfer == ColorTransfer::unspecified;
    const bool is_usual = is_usual_transfer && (color.primaries == ColorPrimaries::bt709 ||
                                                color.primaries == ColorPrimaries::unspecified);
    return layer.kind == LayerKind::frame && !is_usual;
}

double pixel_ns(const DrawLayer& layer) {
    if (layer.kind == LayerKind::canvas) return scaled_ns;
    if (layer.kind != LayerKind::frame) return copied_ns;
    double ns = is_unscaled(layer) ? copied_ns : is_upright(layer) ? scaled_ns : turned_ns;
    const FrameSource& frame = layer.frame;
    if (layer.sampling == Sampling::bicubic) ns *= bicubic_factor;
    if (layer.sampling == Sampling::smooth || layer.sampling == Sampling::nearest)
        ns *= smooth_factor;
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
            const double px = drawn_px(layer, output_width_px, output_height_px);
            if (is_isolated(layer, list.groups)) ns += px * isolated_ns;
            if (layer.blend != BlendMode::normal) ns += px * blended_ns;
            if (!layer.masks.empty()) ns += px * masked_ns;
            if (!layer.effects.empty())
                ns += px * (effects_ns + effect_ns * static_cast<double>(layer.effects.size()));
            if (group.light != Light::codes) ns += px * linear_ns;
            if (layer.kind == LayerKind::mix) ns += px * isolated_ns;
            if (is_converted(layer)) ns += px * converted_ns;
            if (layer.kind == LayerKind::group || layer.kind == LayerKind::mix ||
                layer.kind == LayerKind::adjustment)
                continue;
            ns += px * pixel_ns(layer);
            ++layers;
            is_handed_through = layer.blend == BlendMode::normal && is_unscaled(layer) &&
                                layer.masks.empty() && layer.effects.empty() &&
                                !is_converted(layer) &&
                                layer.kind == LayerKind::frame &&
                                px >= output_width_px * output_height_px;
        }
    }
    return layers == 1 && is_handed_through ? 0 : ns;
}

std::uint32_t kernel_kinds(const DrawList& list, double output_width_px, double output_height_px) {
    std::uint32_t kinds = list.canvases.empty() ? no_kernels : canvas_kernels;
    const auto add = [&](const std::vector<DrawGroup>& groups) {
        for (const DrawGroup& group : groups) {
            for (const DrawLayer& layer : group.layers) {
                const double px = drawn_px(layer, output_width_px, output_height_px);
                if (px == 0) continue;
                if (is_isolated(layer, groups) || layer.blend != BlendMode::normal ||
                    layer.kind == LayerKind::mix || !layer.masks.empty() ||
                    !layer.effects.empty() || group.light != Light::codes || is_converted(layer) ||
                    has_isolated_edges(layer, groups, px, output_width_px * output_height_px))
                    kinds |= isolated_kernels;
                if (!layer.masks.empty()) kinds |= kept_masks;
                if (layer.kind != LayerKind::frame) continue;
                if (layer.frame.format.has_alpha) kinds |= alpha_kernels;
                if (layer.sampling != Sampling::bilinear) kinds |= smooth_kernels;
            }
        }
    };
    add(list.groups);
    for (const DrawCanvas& canvas : list.canvases) add(canvas.groups);
    return kinds;
}

}  // namespace reelpool::run
