#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace reelpool::test_media {

/// The barcode: 8 x 6 cells over the central half of a frame (a quarter of its area).
///
/// Every third cell is a reference cell, alternately bright and dark, so that a reader needs to
/// know nothing about opacity, range or tint. The other 32 cells hold the media id (8 bits), the
/// frame number (16 bits) and a CRC-8, most significant bit first, whitened by a fixed pattern.
inline constexpr int barcode_columns = 8;
inline constexpr int barcode_rows = 6;
inline constexpr int barcode_cells = barcode_columns * barcode_rows;

/// What a barcode says.
struct BarcodeReading {
    int media_id = 0;  ///< 0..255
    int frame = 0;     ///< 0..65535

    friend bool operator==(const BarcodeReading&, const BarcodeReading&) = default;
};

/// The cells of one frame, row by row; true is bright.
[[nodiscard]] std::array<bool, barcode_cells> encode_barcode(const BarcodeReading& reading);

/// One plane of luma (or gray) samples of any depth, rows one after another.
struct LumaView {
    std::span<const std::uint16_t> samples;
    int width = 0;
    int height = 0;
};

/// Where the whole frame of a clip is shown: the point (u, v), with 0..1 across the frame,
/// lies at picture position (x + u ux + v vx, y + u uy + v vy), in pixels.
struct Placement {
    double x = 0, y = 0;
    double ux = 0, uy = 0;
    double vx = 0, vy = 0;
};

/// The placement of an upright rectangle.
[[nodiscard]] Placement placed_at(double left, double top, double width, double height);

/// The placement of a rectangle with the given centre, turned clockwise.
[[nodiscard]] Placement placed_around(double centre_x, double centre_y, double width, double height,
                                      double degrees);

/// Reads the barcode; nothing when contrast, margins or the checksum say that there is none.
[[nodiscard]] std::optional<BarcodeReading> read_barcode(const LumaView& luma,
                                                         const Placement& placement);

}  // namespace reelpool::test_media
