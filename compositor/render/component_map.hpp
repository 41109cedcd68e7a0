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

/// Whose code values are meant, and what they mean.
struct CodeSpace {
    ColorModel model = ColorModel::yuv;
    ColorMatrix matrix = ColorMatrix::bt709;
    Coding coding;
    int bit_depth = 8;
};
[[nodiscard]] CodeSpace space_of(const PixelFormat& format, const ColorDescription& color);

/// The codes of canvases: 16 bits, in the components of the output that they are drawn for. Codes
/// of the output are whole codes of a canvas, except of 16 bits. R'G'B' reaches from -1.5 to 2.5,
/// luma from -0.5 to 1.5, chroma from -1 to 1 (and a little farther where the range is limited):
/// all that R'G'B' of -0.5..1.5 can be, and all that any picture's codes can say.
[[nodiscard]] CodeSpace canvas_space(const OutputFormat& output);

/// Zero-based output codes from an input's codes:
/// out[c] = sum over planes p of gain[c][p] * (code[p] - zero[p]).
/// Everything is linear because black and neutral are zero on both sides.
struct ComponentMap {
    std::array<std::array<double, 3>, 3> gain{};
    std::array<double, 3> zero{};
    double alpha_gain = 0;  ///< 1 / highest alpha code

    friend bool operator==(const ComponentMap&, const ComponentMap&) = default;
};

/// Refuses colour descriptions that are incomplete, impossible, or not supported, by name.
[[nodiscard]] Status check_color(const PixelFormat& format, const ColorDescription& color);

/// Between matrices that are the same, exactly diagonal. Expects what check_color accepts.
[[nodiscard]] ComponentMap component_map(const PixelFormat& format, const ColorDescription& color,
                                         const OutputFormat& output);

[[nodiscard]] ComponentMap component_map(const CodeSpace& in, const CodeSpace& out);

/// R'G'B' from zero-based codes of the three components, and back; rows.
struct RgbMap {
    std::array<std::array<double, 3>, 3> to_rgb{};
    std::array<std::array<double, 3>, 3> from_rgb{};
};
[[nodiscard]] RgbMap rgb_map(const CodeSpace& space);

/// A straight colour's R'G'B' as zero-based output codes.
[[nodiscard]] std::array<double, 3> output_codes(const Color& color, const CodeSpace& out);
[[nodiscard]] std::array<double, 3> output_codes(const Color& color, const OutputFormat& output);

}  // namespace reelpool::compositor
