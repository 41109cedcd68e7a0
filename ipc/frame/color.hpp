#pragma once

#include <cstdint>

namespace reelpool {

// Code points of ITU-T H.273, which FFmpeg and the containers share.
enum class ColorMatrix : std::uint8_t {
    rgb = 0,
    bt709 = 1,
    unspecified = 2,
    fcc = 4,
    bt470bg = 5,
    smpte170m = 6,
    smpte240m = 7,
    ycgco = 8,
    bt2020_ncl = 9,
    bt2020_cl = 10,
};
enum class ColorPrimaries : std::uint8_t {
    bt709 = 1,
    unspecified = 2,
    bt470m = 4,
    bt470bg = 5,
    smpte170m = 6,
    smpte240m = 7,
    film = 8,
    bt2020 = 9,
    smpte428 = 10,
    smpte431 = 11,
    smpte432 = 12,
    ebu3213 = 22,
};
enum class ColorTransfer : std::uint8_t {
    bt709 = 1,
    unspecified = 2,
    gamma22 = 4,
    gamma28 = 5,
    smpte170m = 6,
    smpte240m = 7,
    linear = 8,
    log100 = 9,
    log316 = 10,
    iec61966_2_4 = 11,
    bt1361 = 12,
    srgb = 13,
    bt2020_10 = 14,
    bt2020_12 = 15,
    pq = 16,
    smpte428 = 17,
    hlg = 18,
};
enum class ColorRange : std::uint8_t { unspecified = 0, limited = 1, full = 2 };
/// Where a subsampled chroma sample lies against its luma samples.
enum class ChromaSiting : std::uint8_t { unspecified = 0, left = 1, center = 2, top_left = 3 };

/// What the code values of a picture mean.
struct ColorDescription {
    ColorMatrix matrix = ColorMatrix::unspecified;
    ColorPrimaries primaries = ColorPrimaries::unspecified;
    ColorTransfer transfer = ColorTransfer::unspecified;
    ColorRange range = ColorRange::unspecified;
    ChromaSiting siting = ChromaSiting::unspecified;

    friend bool operator==(const ColorDescription&, const ColorDescription&) = default;
};

}  // namespace reelpool
