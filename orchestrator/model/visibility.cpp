#include "orchestrator/model/visibility.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace reelpool::model {

Rect intersection(const Rect& a, const Rect& b) {
    return {.left = std::max(a.left, b.left),
            .top = std::max(a.top, b.top),
            .right = std::min(a.right, b.right),
            .bottom = std::min(a.bottom, b.bottom)};
}

bool is_empty(const Rect& rect) {
    return !(rect.left < rect.right) || !(rect.top < rect.bottom);
}

Rect grown(const Rect& rect, double margin) {
    return {.left = rect.left - margin,
            .top = rect.top - margin,
            .right = rect.right + margin,
            .bottom = rect.bottom + margin};
}

bool covers(const DrawLayer& layer, const Rect& region) {
    const Matrix& m = layer.matrix;
    const double det = m.determinant();
    const double stretch_x = std::abs(det) / std::hypot(m.xy, m.yy);
    const double stretch_y = std::abs(det) / std::hypot(m.xx, m.yx);
    const Rect spacious = grown(region, 1);
    std::array<double, 4> nearest;
    nearest.fill(std::numeric_limits<double>::infinity());
    for (const double px : {spacious.left, spacious.right}) {
        for (const double py : {spacious.top, spacious.bottom}) {
            const double x = (m.yy * (px - m.tx) - m.xy * (py - m.ty)) / det;
            const double y = (m.xx * (py - m.ty) - m.yx * (px - m.tx)) / det;
            nearest[0] = std::min(nearest[0], (x - layer.rect.left) * stretch_x);
            nearest[1] = std::min(nearest[1], (y - layer.rect.top) * stretch_y);
            nearest[2] = std::min(nearest[2], (layer.rect.right - x) * stretch_x);
            nearest[3] = std::min(nearest[3], (layer.rect.bottom - y) * stretch_y);
        }
    }
    for (std::size_t side = 0; side < 4; ++side)
        if (layer.edges[side] != EdgeRule::none && !(nearest[side] >= 0.5)) return false;
    return true;
}

bool is_opaque(const DrawLayer& layer, bool group_is_opaque) {
    if (layer.opacity < 1 || !layer.masks.empty()) return false;
    switch (layer.kind) {
        case LayerKind::frame:
            return !layer.frame.format.has_alpha;
        case LayerKind::solid:
            return layer.solid.a >= 1;
        case LayerKind::adjustment:
            return false;
        case LayerKind::group:
        case LayerKind::canvas:
        case LayerKind::mix:
            return group_is_opaque;
    }
    return false;
}

}  // namespace reelpool::model
