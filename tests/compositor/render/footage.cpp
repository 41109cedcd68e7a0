#include "tests/compositor/render/footage.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>

namespace reelpool::testing {
namespace {

constexpr std::uint64_t segment_bytes = 4ULL << 20;

}  // namespace

ColorDescription with(ColorDescription color, ColorMatrix matrix, ColorRange range,
                      ChromaSiting siting) {
    color.matrix = matrix;
    color.range = range;
    color.siting = siting;
    return color;
}

Footage::Footage(SegmentId segment, std::uint32_t seed) : segment_(segment), random_(seed) {
    auto fd = create_segment("render-test", segment_bytes);
    REQUIRE(fd);
    fd_ = std::move(fd).value();
    auto mapping = Mapping::map(fd_, segment_bytes, Access::read_write);
    REQUIRE(mapping);
    mapping_ = std::move(mapping).value();
}

FrameSource Footage::add(const PixelFormat& format, const ColorDescription& color,
                         std::uint32_t width, std::uint32_t height, Level level) {
    const auto layout = slot_layout(format, width, height, level);
    REQUIRE(layout);
    REQUIRE(used_ + layout->bytes <= segment_bytes);
    FrameSource frame{.media = {},
                      .frame = {},
                      .level = level,
                      .format = format,
                      .width = width,
                      .height = height,
                      .color = color,
                      .slot = {segment_, static_cast<std::uint32_t>(used_)}};
    const unsigned top = (1U << format.bit_depth) - 1;
    std::byte* slot = mapping_.data() + used_;
    for (int p = 0; p < layout->plane_count; ++p) {
        const PlaneLayout& plane = layout->planes[static_cast<std::size_t>(p)];
        for (std::uint32_t y = 0; y < plane.height; ++y)
            for (std::uint32_t x = 0; x < plane.width; ++x) {
                const unsigned value = static_cast<unsigned>(random_()) & top;
                std::byte* at = slot + plane.offset_bytes + std::size_t{y} * plane.stride_bytes +
                                std::size_t{x} * static_cast<unsigned>(format.sample_bytes());
                if (format.sample_bytes() == 1) {
                    *at = static_cast<std::byte>(value);
                } else {
                    const auto wide = static_cast<std::uint16_t>(value);
                    std::memcpy(at, &wide, 2);
                }
            }
    }
    used_ += layout->bytes;
    return frame;
}

void Footage::map_into(compositor::Renderer& renderer) {
    auto read_only = reopen_read_only(fd_);
    REQUIRE(read_only);
    const Status mapped = renderer.map_segment({.segment = segment_, .bytes = segment_bytes},
                                               std::move(read_only).value());
    REQUIRE_MESSAGE(mapped, (mapped ? "" : to_string(mapped.error())));
}

const std::byte* Footage::slot(const FrameSource& frame) const {
    return mapping_.data() + frame.slot.offset_bytes;
}

std::byte* Footage::writable_slot(const FrameSource& frame) {
    return mapping_.data() + frame.slot.offset_bytes;
}

DrawLayer frame_layer(const FrameSource& frame, const Matrix& matrix, double opacity) {
    DrawLayer layer;
    layer.kind = LayerKind::frame;
    layer.frame = frame;
    layer.matrix = matrix;
    layer.opacity = opacity;
    layer.rect = {0, 0, static_cast<double>(frame.width), static_cast<double>(frame.height)};
    return layer;
}

DrawLayer solid_layer(const Color& color, double width, double height, const Matrix& matrix,
                      double opacity) {
    DrawLayer layer;
    layer.kind = LayerKind::solid;
    layer.solid = color;
    layer.matrix = matrix;
    layer.opacity = opacity;
    layer.rect = {0, 0, width, height};
    return layer;
}

DrawLayer group_layer(std::uint32_t group, double width, double height, const Matrix& matrix,
                      double opacity) {
    DrawLayer layer;
    layer.kind = LayerKind::group;
    layer.group = group;
    layer.matrix = matrix;
    layer.opacity = opacity;
    layer.rect = {0, 0, width, height};
    return layer;
}

DrawLayer canvas_layer(const DrawList& list, std::uint32_t canvas, const Matrix& matrix,
                       double opacity, Level level) {
    const DrawCanvas& shown = list.canvases.at(canvas);
    DrawLayer layer = group_layer(0, shown.width, shown.height, matrix, opacity);
    layer.kind = LayerKind::canvas;
    layer.canvas = canvas;
    layer.level = level;
    return layer;
}

DrawList list_of(std::vector<DrawLayer> layers) {
    DrawList list;
    list.groups.resize(1);
    list.groups[0].layers = std::move(layers);
    return list;
}

Matrix placed(double scale_x, double scale_y, double degrees, double x, double y, double ax,
              double ay) {
    const double angle = degrees * std::numbers::pi / 180;
    const double c = degrees == 0 ? 1 : std::cos(angle);
    const double s = degrees == 0 ? 0 : std::sin(angle);
    const Matrix place{.xx = c * scale_x,
                       .xy = -s * scale_y,
                       .yx = s * scale_x,
                       .yy = c * scale_y,
                       .tx = x,
                       .ty = y};
    return place * Matrix{.tx = -ax, .ty = -ay};
}

int sample_of(const compositor::Picture& picture, const PixelFormat& format, int plane,
              std::uint32_t x, std::uint32_t y) {
    const auto p = static_cast<std::size_t>(plane);
    const std::byte* row = picture.planes[p] + std::size_t{y} * picture.strides_bytes[p];
    if (format.sample_bytes() == 1) return std::to_integer<int>(row[x]);
    std::uint16_t value = 0;
    std::memcpy(&value, row + 2 * std::size_t{x}, 2);
    return value;
}

}  // namespace reelpool::testing
