#include "orchestrator/model/masks.hpp"

#include <algorithm>
#include <cmath>

namespace reelpool::model {
namespace {

/// Eases that overshoot go no further. Units: mask pixels; far beyond what a clip may say.
constexpr double farthest = 1e8;

double bounded(double value) {
    return std::clamp(value, -farthest, farthest);
}

MaskPoint point_of(const Value& value) {
    return {bounded(value[0]), bounded(value[1])};
}

/// Around the shape, in mask pixels.
Rect bounds_of(const Mask& mask) {
    if (mask.shape != MaskShape::path) {
        return {.left = mask.center.x - mask.size.x / 2,
                .top = mask.center.y - mask.size.y / 2,
                .right = mask.center.x + mask.size.x / 2,
                .bottom = mask.center.y + mask.size.y / 2};
    }
    // A Bezier curve stays inside the hull of its points.
    const MaskPoint& first = mask.vertices.front().point;
    Rect bounds{first.x, first.y, first.x, first.y};
    for (const MaskVertex& vertex : mask.vertices) {
        for (const MaskPoint& handle : {MaskPoint{}, vertex.in, vertex.out}) {
            bounds.left = std::min(bounds.left, vertex.point.x + handle.x);
            bounds.top = std::min(bounds.top, vertex.point.y + handle.y);
            bounds.right = std::max(bounds.right, vertex.point.x + handle.x);
            bounds.bottom = std::max(bounds.bottom, vertex.point.y + handle.y);
        }
    }
    return bounds;
}

Rect united(const Rect& a, const Rect& b) {
    return {.left = std::min(a.left, b.left),
            .top = std::min(a.top, b.top),
            .right = std::max(a.right, b.right),
            .bottom = std::max(a.bottom, b.bottom)};
}

Rect grown_by(const Rect& rect, double margin) {
    return {.left = rect.left - margin,
            .top = rect.top - margin,
            .right = rect.right + margin,
            .bottom = rect.bottom + margin};
}

}  // namespace

std::vector<Mask> masks_at(const Clip& clip, const SourceShape& shape, const Time& local) {
    std::vector<Mask> masks;
    for (const ClipMask& from : clip.masks) {
        Mask& mask = masks.emplace_back();
        mask.shape = from.shape;
        mask.mode = from.mode;
        mask.is_inverted = from.is_inverted;
        mask.feather = std::max(0.0, bounded(from.feather.at(local)[0]));
        mask.expansion = bounded(from.expansion.at(local)[0]);
        mask.opacity = std::clamp(from.opacity.at(local)[0], 0.0, 1.0);
        if (from.shape == MaskShape::path) {
            for (const ClipMaskVertex& vertex : from.vertices)
                mask.vertices.push_back({point_of(vertex.point.at(local)),
                                         point_of(vertex.in.at(local)),
                                         point_of(vertex.out.at(local))});
            continue;
        }
        mask.center = from.center ? point_of(from.center->at(local))
                                  : MaskPoint{shape.upright.width / 2, shape.upright.height / 2};
        mask.size = from.size ? point_of(from.size->at(local))
                              : MaskPoint{shape.upright.width, shape.upright.height};
        mask.size = {std::max(0.0, mask.size.x), std::max(0.0, mask.size.y)};
    }
    return masks;
}

Matrix mask_matrix(const SourceShape& shape, const Matrix& to_output) {
    return to_output * shape.to_upright.inverse();
}

std::optional<Rect> shown_by(const std::vector<Mask>& masks, const Matrix& to_output) {
    if (masks.empty() || masks.front().mode != MaskMode::add) return std::nullopt;
    const Matrix to_mask = to_output.inverse();
    const double pixel =
        std::hypot(std::hypot(to_mask.xx, to_mask.xy), std::hypot(to_mask.yx, to_mask.yy));
    std::optional<Rect> all;
    for (const Mask& mask : masks) {
        if (mask.mode != MaskMode::add) continue;  // takes away
        if (mask.is_inverted) return std::nullopt;
        const double margin = std::max(0.0, mask.expansion) + std::max(mask.feather, pixel) / 2;
        const Rect bounds = grown_by(bounds_of(mask), margin);
        all = all ? united(*all, bounds) : bounds;
    }
    return model::bounds_of(corners_of(*all, to_output));
}

}  // namespace reelpool::model
