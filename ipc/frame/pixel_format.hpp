#pragma once

#include <cstdint>
#include <string>

#include "ipc/base/result.hpp"

namespace reelpool {

enum class ColorModel : std::uint8_t { yuv = 0, rgb = 1, gray = 2 };

/// A planar sample layout. Planes in order: yuv Y, Cb, Cr; rgb R, G, B; gray Y; alpha last.
/// Samples of up to 8 bits are bytes, deeper ones 16-bit little endian with the value in the low
/// bits. Chroma planes are ceil(w / 2^chroma_shift_x) by ceil(h / 2^chroma_shift_y).
struct PixelFormat {
    ColorModel model = ColorModel::yuv;
    std::uint8_t bit_depth = 8;       ///< 8..16
    std::uint8_t chroma_shift_x = 0;  ///< 0..2, yuv only
    std::uint8_t chroma_shift_y = 0;  ///< 0..2, yuv only
    bool has_alpha = false;

    friend bool operator==(const PixelFormat&, const PixelFormat&) = default;

    [[nodiscard]] int color_plane_count() const { return model == ColorModel::gray ? 1 : 3; }
    [[nodiscard]] int plane_count() const { return color_plane_count() + (has_alpha ? 1 : 0); }
    [[nodiscard]] int sample_bytes() const { return bit_depth > 8 ? 2 : 1; }
    [[nodiscard]] bool is_chroma_plane(int plane) const {
        return model == ColorModel::yuv && (plane == 1 || plane == 2);
    }
};

inline constexpr PixelFormat yuv420p{.chroma_shift_x = 1, .chroma_shift_y = 1};
inline constexpr PixelFormat yuv422p{.chroma_shift_x = 1};
inline constexpr PixelFormat yuv444p{};
inline constexpr PixelFormat planar_rgb{.model = ColorModel::rgb};

/// Refuses what no writer may send: unknown model, depth outside 8..16, chroma shifts that do not
/// belong to the model.
[[nodiscard]] Status validate(const PixelFormat& format);

/// FFmpeg's word for it, such as "yuv420p10" or "gbrap".
[[nodiscard]] std::string to_text(const PixelFormat& format);

}  // namespace reelpool
