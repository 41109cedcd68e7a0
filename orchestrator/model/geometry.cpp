#include "orchestrator/model/geometry.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace reelpool::model {
namespace {

Matrix translation(double x, double y) {
    return {.tx = x, .ty = y};
}

/// Clockwise on a picture whose y points down. Multiples of 90 degrees are exact.
Matrix rotation(double degrees) {
    const double turn = std::fmod(degrees, 360.0);
    const double quarters = turn / 90;
    if (quarters == std::floor(quarters)) {
        switch ((static_cast<int>(quarters) + 4) % 4) {
            case 1:
                return {.xx = 0, .xy = -1, .yx = 1, .yy = 0};
            case 2:
                return {.xx = -1, .xy = 0, .yx = 0, .yy = -1};
            case 3:
                return {.xx = 0, .xy = 1, .yx = -1, .yy = 0};
            default:
                return {};
        }
    }
    const double angle = turn * (std::numbers::pi / 180);
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    return {.xx = c, .xy = -s, .yx = s, .yy = c};
}

Value fit_scale(Fit fit, Extent comp, Extent source) {
    const double x = comp.width / source.width;
    const double y = comp.height / source.height;
    switch (fit) {
        case Fit::contain:
            return {std::min(x, y), std::min(x, y)};
        case Fit::cover:
            return {std::max(x, y), std::max(x, y)};
        case Fit::fill:
            return {x, y};
        case Fit::none:
            break;
    }
    return {1, 1};
}

std::uint8_t halvings(double column_length) {
    const double steps = std::floor(std::log2(1 / column_length) + 1e-6);
    return static_cast<std::uint8_t>(std::clamp(steps, 0.0, double{max_level}));
}

}  // namespace

SourceShape shape_of(Extent size) {
    return {.own = size, .upright = size, .to_upright = {}};
}

SourceShape shape_of(const MediaInfo& info) {
    const double aspect = info.sample_aspect.to_double();
    SourceShape shape;
    shape.own = {double(info.width), double(info.height)};
    const Extent stretched{shape.own.width * aspect, shape.own.height};
    Matrix matrix{.xx = aspect};
    if (info.orientation.mirrored_horizontally) {
        matrix.xx = -aspect;
        matrix.tx = stretched.width;
    }
    const double w = stretched.width;
    const double h = stretched.height;
    shape.upright = stretched;
    switch (info.orientation.quarter_turns_clockwise % 4) {
        case 1:
            matrix = Matrix{0, -1, 1, 0, h, 0} * matrix;
            break;
        case 2:
            matrix = Matrix{-1, 0, 0, -1, w, h} * matrix;
            break;
        case 3:
            matrix = Matrix{0, 1, -1, 0, 0, w} * matrix;
            break;
        default:
            break;
    }
    if (info.orientation.quarter_turns_clockwise % 2 == 1)
        std::swap(shape.upright.width, shape.upright.height);
    shape.to_upright = matrix;
    return shape;
}

std::optional<Rect> cropped_rect(const SourceShape& shape, const Crop& crop) {
    if (!(crop.left + crop.right < shape.upright.width) ||
        !(crop.top + crop.bottom < shape.upright.height))
        return std::nullopt;
    const Matrix& m = shape.to_upright;
    // Which upright side each side of the source shows on, and how long its unit is there.
    const bool swapped = m.xx == 0;
    const double across = swapped ? m.yx : m.xx;
    const double down = swapped ? m.xy : m.yy;
    const double low_x = swapped ? crop.top : crop.left;
    const double high_x = swapped ? crop.bottom : crop.right;
    const double low_y = swapped ? crop.left : crop.top;
    const double high_y = swapped ? crop.right : crop.bottom;
    const double near_x = (across > 0 ? low_x : high_x) / std::abs(across);
    const double far_x = (across > 0 ? high_x : low_x) / std::abs(across);
    const double near_y = (down > 0 ? low_y : high_y) / std::abs(down);
    const double far_y = (down > 0 ? high_y : low_y) / std::abs(down);
    return Rect{.left = near_x,
                .top = near_y,
                .right = shape.own.width - far_x,
                .bottom = shape.own.height - far_y};
}

Matrix clip_matrix(const SourceShape& shape, const Crop& crop, Fit fit, Extent comp,
                   const Placement& placement) {
    const Extent shown{shape.upright.width - crop.left - crop.right,
                       shape.upright.height - crop.top - crop.bottom};
    const Value base = fit_scale(fit, comp, shown);
    const Matrix scale{.xx = placement.scale[0] * base[0], .yy = placement.scale[1] * base[1]};
    Matrix matrix = rotation(placement.rotation_degrees) * scale *
                    translation(-(crop.left + placement.anchor[0] * shown.width),
                                -(crop.top + placement.anchor[1] * shown.height));
    matrix.tx += placement.position[0];
    matrix.ty += placement.position[1];
    return matrix * shape.to_upright;
}

bool is_singular(const Matrix& matrix, const Rect& rect) {
    // The area on screen bounds the coverage from above: less than this is invisible at any depth.
    constexpr double smallest_area = 1e-7;
    const double area =
        std::abs(matrix.determinant()) * (rect.right - rect.left) * (rect.bottom - rect.top);
    return !(area > smallest_area) || !std::isfinite(area) || !std::isfinite(matrix.tx) ||
           !std::isfinite(matrix.ty);
}

Level level_for(const Matrix& m, Sampling sampling) {
    if (sampling == Sampling::nearest) return {};
    return {.x = halvings(std::hypot(m.xx, m.yx)), .y = halvings(std::hypot(m.xy, m.yy))};
}

std::array<Value, 4> corners_of(const Rect& rect, const Matrix& m) {
    const auto map = [&](double x, double y) {
        return Value{m.xx * x + m.xy * y + m.tx, m.yx * x + m.yy * y + m.ty};
    };
    return {map(rect.left, rect.top), map(rect.right, rect.top), map(rect.right, rect.bottom),
            map(rect.left, rect.bottom)};
}

Rect bounds_of(const std::array<Value, 4>& corners) {
    Rect bounds{corners[0][0], corners[0][1], corners[0][0], corners[0][1]};
    for (const Value& corner : corners) {
        bounds.left = std::min(bounds.left, corner[0]);
        bounds.top = std::min(bounds.top, corner[1]);
        bounds.right = std::max(bounds.right, corner[0]);
        bounds.bottom = std::max(bounds.bottom, corner[1]);
    }
    return bounds;
}

}  // namespace reelpool::model
