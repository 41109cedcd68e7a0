#include "compositor/render/plane_sample.hpp"

#include <algorithm>
#include <cmath>

namespace reelpool::compositor {
namespace {

/// A position function counts as whole if it strays less than this over the whole grid.
constexpr double whole_tolerance = 1e-5;

double residual_half_width(double column_length, int level) {
    const double residual = std::ldexp(column_length, level);
    // The tolerance is that of the level's own rule, so that an exact power of two is bilinear.
    return residual >= 1 - 1e-6 ? 1 : 1 / residual;
}

struct Axis {
    Linear position;
    double low = 0;
    double high = 0;
};

/// One axis of a plane: index = ((source / 2^shift + siting) / 2^level) - 1/2, clamped half a
/// level sample inside the crop on cropped sides, and to the plane.
struct AxisSource {
    Linear source;  ///< coded position on the grid
    double crop_low = 0, crop_high = 0, size = 0;
    int shift = 0;
    double siting = 0;
    int level = 0;
    double samples = 1;
    double margin = 0;  ///< how far positions may leave the plane: a filter's half-width
};

Axis axis_of(const AxisSource& in) {
    const auto to_index = [&](double coded) {
        return std::ldexp(std::ldexp(coded, -in.shift) + in.siting, -in.level) - 0.5;
    };
    const double per_coded = std::ldexp(1.0, -in.shift - in.level);
    Axis axis;
    axis.position = {in.source.x * per_coded, in.source.y * per_coded, to_index(in.source.c)};
    axis.low = -in.margin;
    axis.high = in.samples - 1 + in.margin;
    const double half_sample = std::ldexp(0.5, in.level);
    double low = in.crop_low != 0 ? in.crop_low + half_sample : -1e9;
    double high = in.crop_high != in.size ? in.crop_high - half_sample : 1e9;
    if (low > high) low = high = (in.crop_low + in.crop_high) / 2;
    axis.low = std::clamp(to_index(low), axis.low, axis.high);
    axis.high = std::clamp(to_index(high), axis.low, axis.high);
    return axis;
}

bool is_whole_axis(double unit, double zero, double c, double extent, double other_extent) {
    return std::abs(unit - 1) * extent < whole_tolerance &&
           std::abs(zero) * other_extent < whole_tolerance &&
           std::abs(c - std::round(c)) < whole_tolerance;
}

}  // namespace

FilterSize filter_size(const DrawLayer& layer) {
    if (layer.sampling == Sampling::nearest) return {layer.sampling, 1, 1};
    if (layer.sampling == Sampling::bicubic) return {layer.sampling, 2, 2};
    if (layer.sampling != Sampling::smooth) return {};
    const Matrix& m = layer.matrix;
    return {Sampling::smooth, residual_half_width(std::hypot(m.xx, m.yx), layer.frame.level.x),
            residual_half_width(std::hypot(m.xy, m.yy), layer.frame.level.y)};
}

PlaneView plane_view(const DrawLayer& layer, const Matrix& to_source, int plane,
                     const PlaneLayout& layout, const Grid& grid, const FilterSize& filter) {
    const FrameSource& frame = layer.frame;
    const bool chroma = frame.format.is_chroma_plane(plane);
    const int shift_x = chroma ? frame.format.chroma_shift_x : 0;
    const int shift_y = chroma ? frame.format.chroma_shift_y : 0;
    const bool filtered = !filter.is_bilinear();
    const Axis x = axis_of({.source = on_grid({to_source.xx, to_source.xy, to_source.tx}, grid),
                            .crop_low = layer.rect.left,
                            .crop_high = layer.rect.right,
                            .size = static_cast<double>(frame.width),
                            .shift = shift_x,
                            .siting = siting_offset_x(frame.color.siting, shift_x),
                            .level = frame.level.x,
                            .samples = static_cast<double>(layout.width),
                            .margin = filtered ? filter.across + 1 : 0});
    const Axis y = axis_of({.source = on_grid({to_source.yx, to_source.yy, to_source.ty}, grid),
                            .crop_low = layer.rect.top,
                            .crop_high = layer.rect.bottom,
                            .size = static_cast<double>(frame.height),
                            .shift = shift_y,
                            .siting = siting_offset_y(frame.color.siting, shift_y),
                            .level = frame.level.y,
                            .samples = static_cast<double>(layout.height),
                            .margin = filtered ? filter.down + 1 : 0});
    PlaneView view{.column = x.position,
                   .row = y.position,
                   .column_low = x.low,
                   .column_high = x.high,
                   .row_low = y.low,
                   .row_high = y.high,
                   .layout = layout};
    const double width = grid.width;
    const double height = grid.height;
    view.is_whole = is_whole_axis(view.column.x, view.column.y, view.column.c, width, height) &&
                    is_whole_axis(view.row.y, view.row.x, view.row.c, height, width) &&
                    std::abs(view.column.c) < 1e6 && std::abs(view.row.c) < 1e6;
    if (view.is_whole) {
        view.dx = static_cast<std::int32_t>(std::lround(view.column.c));
        view.dy = static_cast<std::int32_t>(std::lround(view.row.c));
        view.column = {1, 0, static_cast<double>(view.dx)};
        view.row = {0, 1, static_cast<double>(view.dy)};
    }
    return view;
}

shaders::Sample sample_block(const PlaneView& view, const PixelFormat& format,
                             std::uint32_t plane_byte, const FilterSize& filter) {
    const auto f = [](double value) { return static_cast<float>(value); };
    const auto bytes = static_cast<std::uint32_t>(format.sample_bytes());
    // A plane of one sample gives that sample whatever the filter.
    const double across = view.layout.width == 1 ? 1 : filter.across;
    const double down = view.layout.height == 1 ? 1 : filter.down;
    const bool nearest = filter.sampling == Sampling::nearest;
    const std::uint32_t cubic_taps = nearest ? 1 : 4;
    const float cubic_half_width = nearest ? 0 : 1;
    const bool cubic = filter.is_cubic();
    return {.identity_base = plane_byte +
                             static_cast<std::uint32_t>(view.dy) * view.layout.stride_bytes +
                             static_cast<std::uint32_t>(view.dx) * bytes,
            .stride = view.layout.stride_bytes | (bytes - 1),
            .scale = 0,
            .offset = 0,
            .base = plane_byte,
            .alpha = one_sample,
            .column_low = f(view.column_low),
            .column_high = f(view.column_high),
            .column_x = f(view.column.x),
            .column_y = f(view.column.y),
            .column_0 = f(view.column.c),
            .row_x = f(view.row.x),
            .row_y = f(view.row.y),
            .row_0 = f(view.row.c),
            .row_low = f(view.row_low),
            .row_high = f(view.row_high),
            .half_width = cubic ? cubic_half_width : f(across),
            .half_height = cubic ? cubic_half_width : f(down),
            .taps_x = cubic ? cubic_taps : static_cast<std::uint32_t>(std::ceil(2 * across)),
            .taps_y = cubic ? cubic_taps : static_cast<std::uint32_t>(std::ceil(2 * down)),
            .last_column = f(view.layout.width - 1.0),
            .last_row = f(view.layout.height - 1.0),
            .least = -1e9F,
            .most = 1e9F};
}

}  // namespace reelpool::compositor
