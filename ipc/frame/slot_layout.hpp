#pragma once

#include <array>
#include <cstdint>

#include "ipc/base/result.hpp"
#include "ipc/frame/pixel_format.hpp"

namespace reelpool {

/// A picture halved x times across and y times down (PROJECT: right-sized frames).
struct Level {
    std::uint8_t x = 0;
    std::uint8_t y = 0;
    friend auto operator<=>(const Level&, const Level&) = default;
};

/// The largest halving anybody may ask for, per axis.
inline constexpr int max_level = 15;
/// The widest and highest picture, in samples.
inline constexpr std::uint32_t max_picture_side = 16384;

/// n halved `times` times, an odd last sample paired with itself; stops at 1.
[[nodiscard]] constexpr std::uint32_t halved(std::uint32_t n, int times) {
    for (int i = 0; i < times && n > 1; ++i) n = n / 2 + n % 2;
    return n;
}

struct PlaneLayout {
    std::uint32_t offset_bytes = 0;  ///< from the slot's first byte; a multiple of 64
    std::uint32_t stride_bytes = 0;  ///< a multiple of 64
    std::uint32_t width = 0;         ///< in samples
    std::uint32_t height = 0;        ///< in samples
    std::uint32_t lines = 0;         ///< that there is room for, at least `height`
    friend bool operator==(const PlaneLayout&, const PlaneLayout&) = default;
};

/// Where the planes of a picture lie in its slot.
/// Both sides compute it from (format, size, level) with `slot_layout`; nobody is told it.
/// A full picture has the room around its planes that FFmpeg's codecs want of a buffer, so that
/// they can decode into the slot: strides of chroma planes are the luma's, shifted.
struct SlotLayout {
    std::array<PlaneLayout, 4> planes{};
    int plane_count = 0;
    std::uint32_t bytes = 0;  ///< whole slot, a multiple of 4096, >= 64 readable bytes at the end
    friend bool operator==(const SlotLayout&, const SlotLayout&) = default;
};

/// Shape: `width` x `height` is the full coded picture; every plane is halved in its own grid.
/// Errors: a size of 0 or beyond max_picture_side, a level beyond max_level, a bad format.
[[nodiscard]] Result<SlotLayout> slot_layout(const PixelFormat& format, std::uint32_t width,
                                             std::uint32_t height, Level level);

}  // namespace reelpool
