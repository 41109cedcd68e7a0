#pragma once

#include "pixel_format.hpp"
#include "project.hpp"

namespace reelpool::reference {

/// Premultiplied R'G'B' and alpha; colour may leave 0..1.
struct Rgba {
    double r = 0, g = 0, b = 0, a = 0;
    bool unsure = false;  ///< see Layered
};

/// Source over backdrop, the source weighted with `weight` first.
[[nodiscard]] Rgba over(const Rgba& backdrop, const Rgba& source, double weight);

/// Luma weights of a matrix. Source: ITU-T H.273.
struct LumaWeights {
    double red = 0, green = 0, blue = 0;
};
[[nodiscard]] LumaWeights luma_weights(Matrix matrix);

/// How integer codes stand for 0..1 (luma, R, G, B) or -0.5..0.5 (chroma).
struct CodeRange {
    double zero = 0;    ///< the code of 0
    double extent = 1;  ///< codes between 0 and 1

    [[nodiscard]] double value(double code) const { return (code - zero) / extent; }
    [[nodiscard]] double code(double value_) const { return value_ * extent + zero; }
};
[[nodiscard]] CodeRange luma_range(int depth, bool full_range);
[[nodiscard]] CodeRange chroma_range(int depth, bool full_range);

/// Y'CbCr (0..1, -0.5..0.5) to R'G'B' and back.
struct Triple {
    double first = 0, second = 0, third = 0;
};
[[nodiscard]] Triple yuv_to_rgb(Matrix matrix, const Triple& yuv);
[[nodiscard]] Triple rgb_to_yuv(Matrix matrix, const Triple& rgb);

}  // namespace reelpool::reference
