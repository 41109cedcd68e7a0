#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "compositor/picture.hpp"
#include "compositor/render/renderer.hpp"
#include "ipc/frame/draw_list.hpp"
#include "ipc/shm/segment.hpp"

namespace reelpool::testing {

inline constexpr ColorDescription bt709_limited{.matrix = ColorMatrix::bt709,
                                                .primaries = ColorPrimaries::bt709,
                                                .transfer = ColorTransfer::bt709,
                                                .range = ColorRange::limited,
                                                .siting = ChromaSiting::left};
inline constexpr ColorDescription srgb_full{.matrix = ColorMatrix::rgb,
                                            .primaries = ColorPrimaries::bt709,
                                            .transfer = ColorTransfer::srgb,
                                            .range = ColorRange::full,
                                            .siting = ChromaSiting::left};

[[nodiscard]] ColorDescription with(ColorDescription color, ColorMatrix matrix, ColorRange range,
                                    ChromaSiting siting);

/// Random pictures in one sealed segment, as workers would leave them.
class Footage {
  public:
    explicit Footage(SegmentId segment, std::uint32_t seed = 1);

    /// Adds a picture of random samples.
    FrameSource add(const PixelFormat& format, const ColorDescription& color, std::uint32_t width,
                    std::uint32_t height, Level level = {});

    /// Maps what was added so far into the renderer.
    void map_into(compositor::Renderer& renderer);

    [[nodiscard]] const std::byte* slot(const FrameSource& frame) const;
    /// The writable bytes of a slot, as its worker sees them.
    [[nodiscard]] std::byte* writable_slot(const FrameSource& frame);

  private:
    SegmentId segment_;
    UniqueFd fd_;
    Mapping mapping_;
    std::uint64_t used_ = 0;
    std::mt19937 random_;
};

/// A layer that shows a frame or a group whole.
[[nodiscard]] DrawLayer frame_layer(const FrameSource& frame, const Matrix& matrix = {},
                                    double opacity = 1);
[[nodiscard]] DrawLayer solid_layer(const Color& color, double width, double height,
                                    const Matrix& matrix = {}, double opacity = 1);
[[nodiscard]] DrawLayer group_layer(std::uint32_t group, double width, double height,
                                    const Matrix& matrix = {}, double opacity = 1);
/// A layer that shows a canvas whole.
[[nodiscard]] DrawLayer canvas_layer(const DrawList& list, std::uint32_t canvas,
                                     const Matrix& matrix = {}, double opacity = 1,
                                     Level level = {});
[[nodiscard]] DrawList list_of(std::vector<DrawLayer> layers);
/// Scaled, then turned, about (x, y) in the output; the source's point (ax, ay) lands there.
[[nodiscard]] Matrix placed(double scale_x, double scale_y, double degrees, double x, double y,
                            double ax, double ay);

/// A picture's sample as a number.
[[nodiscard]] int sample_of(const compositor::Picture& picture, const PixelFormat& format,
                            int plane, std::uint32_t x, std::uint32_t y);

}  // namespace reelpool::testing
