#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace reelpool::reference {

/// One plane of samples, rows one after another without padding.
struct Plane {
    int width = 0;
    int height = 0;
    std::vector<std::uint16_t> samples;

    [[nodiscard]] std::uint16_t at(int x, int y) const {
        return samples[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                       static_cast<std::size_t>(x)];
    }
    [[nodiscard]] std::uint16_t& at(int x, int y) {
        return samples[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                       static_cast<std::size_t>(x)];
    }
};

/// Planes in this order: Y Cb Cr, or R G B, or gray alone; then alpha where there is one.
struct PlanarFrame {
    std::vector<Plane> planes;
};

enum class Family { yuv, rgb, gray };

/// How a medium's samples are stored, once ffmpeg has written them as raw video.
struct PixelFormat {
    std::string raw_name;  ///< the pixel format that ffmpeg is asked for
    Family family = Family::yuv;
    int depth = 8;
    int shift_x = 0;  ///< chroma subsampling, as a power of two
    int shift_y = 0;
    bool alpha = false;
    bool full_range_name = false;  ///< a yuvj name, which means full range
    bool packed = false;           ///< components side by side instead of planes
    bool big_endian = false;
    std::vector<int> order;  ///< stored component -> plane of PlanarFrame (-1: padding)

    [[nodiscard]] int colour_planes() const { return family == Family::gray ? 1 : 3; }
    [[nodiscard]] int plane_count() const { return colour_planes() + (alpha ? 1 : 0); }
    [[nodiscard]] bool subsampled(int plane) const {
        return family == Family::yuv && (plane == 1 || plane == 2);
    }
    [[nodiscard]] int plane_width(int plane, int width) const {
        return subsampled(plane) ? (width + (1 << shift_x) - 1) >> shift_x : width;
    }
    [[nodiscard]] int plane_height(int plane, int height) const {
        return subsampled(plane) ? (height + (1 << shift_y) - 1) >> shift_y : height;
    }
    [[nodiscard]] std::size_t frame_bytes(int width, int height) const;
};

/// Understands ffmpeg's name of a pixel format; throws ReferenceError for unknown ones.
[[nodiscard]] PixelFormat pixel_format_named(const std::string& name);

/// Unpacks one raw frame.
[[nodiscard]] PlanarFrame unpack_frame(const PixelFormat& format, int width, int height,
                                       std::span<const std::byte> bytes);

}  // namespace reelpool::reference
