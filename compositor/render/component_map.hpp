#pragma once

#include <array>

#include "ipc/base/result.hpp"
#include "ipc/frame/draw_list.hpp"

namespace reelpool::compositor {

/// How code values stand for components: code = zero + unit * component, with R, G, B, Y in 0..1
/// and Cb, Cr in -1/2..1/2.
struct Coding {
    std::array<double, 3> zero{};
    std::array<double, 3> unit{};
    double max_code = 255;
};

/// The coding of a format's colour planes and of its alpha (0..max_code).
/// Source: ITU-T H.273, section 8.3.
[[nodiscard]] Coding coding_of(const PixelFormat& format, ColorRange range);

/// Zero-based output codes from an input's codes:
/// out[c] = sum over planes p of gain[c][p] * (code[p] - zero[p]).
/// Everything is linear because black and neutral are zero on both sides.
struct ComponentMap {
    std::array<std::array<double, 3>, 3> gain{};
    std::array<double, 3> zero{};
    double alpha_gain = 0;  ///< 1 / highest alpha code

    friend bool operator==(const ComponentMap&, const ComponentMap&) = default;
};

/// Refuses colour descriptions that are incomplete, impossible, or not built yet, by name.
[[nodiscard]] Status check_color(const PixelFormat& format, const ColorDescription& color);

/// Between matrices that are the same, exactly diagonal. Expects what check_color accepts.
[[nodiscard]] ComponentMap component_map(const PixelFormat& format, const ColorDescription& color,
                                         const OutputFormat& output);

/// A straight colour's R'G'B' as zero-based output codes.
[[nodiscard]] std::array<double, 3> output_codes(const Color& color, const OutputFormat& output);

}  // namespace reelpool::compositor
