#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pixel_format.hpp"
#include "scene.hpp"

namespace reelpool::reference {

/// A finished picture in the output's pixel format: planes in ffmpeg's order for that format.
struct OutputPicture {
    int width = 0;
    int height = 0;
    int depth = 8;
    std::vector<Plane> planes;
    /// Not 0 where rounding decides on which side of a step a sample lies; as planes, or empty.
    std::vector<Plane> unsure = {};
};

/// What an output stores. YUV is BT.709, limited, sited left; RGB is full range.
struct OutputFormat {
    std::string name;  ///< ffmpeg's name: yuv420p, yuv422p10le, yuv444p, gbrp
    int depth = 8;
    int shift_x = 0;
    int shift_y = 0;
    bool rgb = false;
};

/// Understands yuv420p, yuv422p, yuv444p with 10, 12 (and le), and gbrp likewise.
[[nodiscard]] OutputFormat output_format_named(const std::string& name);

/// Draws a bound group: each plane evaluated at its own sites, rounded floor(v + 1/2), clamped.
[[nodiscard]] OutputPicture draw(const Group& group, int width, int height,
                                 const OutputFormat& format);

/// The planes as raw video, one or two bytes (little endian) per sample.
void write_raw(const OutputPicture& picture, const std::filesystem::path& file);

}  // namespace reelpool::reference
