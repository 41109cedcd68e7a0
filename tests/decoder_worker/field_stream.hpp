#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace reelpool::worker::test {

/// A PAFF stream: its pictures are coded now as frames, now as pairs of fields.
struct FieldStream {
    int width = 160;  ///< a multiple of 16
    int height = 96;  ///< a multiple of 32
    int frames = 120;
    int gop = 12;
    std::function<std::vector<std::byte>(int)> luma;  ///< of frame n, row by row
};

/// The stream as H.264 (Annex B), which no encoder at hand makes. Its samples are I_PCM, so what
/// comes out is exactly what goes in. Frame n is a pair of fields unless n % 5 == 3. Every `gop`
/// frames a picture is coded whole, and begins with an IDR; all others carry the columns from a
/// fifth to four fifths of the width and leave the rest as it was.
/// Source: ITU-T H.264 (08/2021), 7.3.
[[nodiscard]] std::string field_stream(const FieldStream& stream);

}  // namespace reelpool::worker::test
