#include "compositor/render/mix_weight.hpp"

#include <algorithm>
#include <cmath>

namespace reelpool::compositor {
namespace {

double at(const Linear& f, double x, double y) {
    return f.x * x + f.y * y + f.c;
}

Linear scaled(const Linear& f, double factor, double more) {
    return {f.x * factor, f.y * factor, f.c * factor + more};
}

/// Distance from the edge's start along its travel, 0..1, at output positions.
Linear travel(MixKind kind, const Rect& rect, const Matrix& m) {
    const double per_x = 1 / (rect.right - rect.left);
    const double per_y = 1 / (rect.bottom - rect.top);
    const Linear across{m.xx * per_x, m.xy * per_x, (m.tx - rect.left) * per_x};
    const Linear down{m.yx * per_y, m.yy * per_y, (m.ty - rect.top) * per_y};
    switch (kind) {
        case MixKind::wipe_left:
            return scaled(across, -1, 1);
        case MixKind::wipe_up:
            return scaled(down, -1, 1);
        case MixKind::wipe_down:
            return down;
        case MixKind::wipe_right:
        case MixKind::dissolve:
        case MixKind::iris:
            break;
    }
    return across;
}

}  // namespace

Reach MixWeight::reach(const TileSites& tile) const {
    if (!is_radial) {
        if (constant <= 0) return Reach::none;
        const Reach of_ramp = ramp.reach(tile);
        return of_ramp == Reach::full && constant < 1 ? Reach::partial : of_ramp;
    }
    // The distance is greatest in a corner, and grows from the middle no faster than to there.
    const double x = (tile.left + tile.right) / 2;
    const double y = (tile.top + tile.bottom) / 2;
    const auto distance = [this](double px, double py) {
        return std::hypot(at(from_centre_x, px, py), at(from_centre_y, px, py));
    };
    double farthest = 0;
    double radius = 0;
    for (const double px : {tile.left, tile.right})
        for (const double py : {tile.top, tile.bottom}) {
            farthest = std::max(farthest, distance(px, py));
            radius =
                std::max(radius, std::hypot(at(from_centre_x, px, py) - at(from_centre_x, x, y),
                                            at(from_centre_y, px, py) - at(from_centre_y, x, y)));
        }
    const double nearest = std::max(0.0, distance(x, y) - radius);
    if (start - slope * nearest <= 0) return Reach::none;
    return start - slope * farthest >= 1 - 1e-9 ? Reach::full : Reach::partial;
}

shaders::Coverage MixWeight::block() const {
    if (!is_radial) return ramp.block();
    const auto f = [](double value) { return static_cast<float>(value); };
    shaders::Coverage block{};
    block.left_x = f(from_centre_x.x);
    block.left_y = f(from_centre_x.y);
    block.left_c = f(from_centre_x.c);
    block.right_x = f(from_centre_y.x);
    block.right_y = f(from_centre_y.y);
    block.right_c = f(from_centre_y.c);
    block.top_x = f(slope);
    block.top_c = f(start);
    return block;
}

MixWeight mix_weight(const DrawLayer& layer, const Matrix& to_source, const Grid& grid) {
    const Mix& mix = layer.mix;
    MixWeight weight;
    weight.ramp = full_coverage();
    if (mix.kind == MixKind::dissolve) {
        weight.constant = mix.progress;
        return weight;
    }
    const double reached = mix.progress * (1 + mix.softness);
    if (mix.kind == MixKind::iris) {
        const Rect& r = layer.rect;
        const double per = 2 / std::hypot(r.right - r.left, r.bottom - r.top);
        const Matrix& m = to_source;
        weight.is_radial = true;
        weight.from_centre_x =
            on_grid({m.xx * per, m.xy * per, (m.tx - (r.left + r.right) / 2) * per}, grid);
        weight.from_centre_y =
            on_grid({m.yx * per, m.yy * per, (m.ty - (r.top + r.bottom) / 2) * per}, grid);
        const double pixel = per * std::sqrt(std::abs(m.determinant()));
        weight.slope = 1 / std::max(mix.softness, pixel);
        weight.start = reached * weight.slope;
        return weight;
    }
    const Linear q = travel(mix.kind, layer.rect, to_source);
    const double per = 1 / std::max(mix.softness, std::hypot(q.x, q.y));
    const Linear ramp = on_grid(scaled(q, -per, reached * per), grid);
    // Where the kernels of upright pictures look for edges that run down, or across.
    weight.ramp.edges[q.x == 0 ? 1 : 0] = ramp;
    return weight;
}

}  // namespace reelpool::compositor
