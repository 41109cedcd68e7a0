#include "compositor/render/component_map.hpp"

#include <cmath>
#include <optional>
#include <string>

#include "compositor/render/color_conversion.hpp"
#include "compositor/render/matrix3.hpp"
#include "compositor/vk/status.hpp"

namespace reelpool::compositor {
namespace {

struct LumaWeights {
    double red = 0;
    double blue = 0;
    friend bool operator==(const LumaWeights&, const LumaWeights&) = default;
};

/// KR and KB; none for matrices that are not made of them.
/// Source: ITU-T H.273, table 4.
std::optional<LumaWeights> luma_weights(ColorMatrix matrix) {
    switch (matrix) {
        case ColorMatrix::bt709:
            return LumaWeights{0.2126, 0.0722};
        case ColorMatrix::fcc:
            return LumaWeights{0.30, 0.11};
        case ColorMatrix::bt470bg:
        case ColorMatrix::smpte170m:
            return LumaWeights{0.299, 0.114};
        case ColorMatrix::smpte240m:
            return LumaWeights{0.212, 0.087};
        case ColorMatrix::bt2020_ncl:
            return LumaWeights{0.2627, 0.0593};
        case ColorMatrix::rgb:
        case ColorMatrix::unspecified:
        case ColorMatrix::ycgco:
        case ColorMatrix::bt2020_cl:
            break;
    }
    return std::nullopt;
}

/// Components from R'G'B'.
Matrix3 from_rgb(ColorModel model, ColorMatrix matrix) {
    if (model == ColorModel::rgb) return identity3;
    if (matrix == ColorMatrix::ycgco)
        return {{{0.25, 0.5, 0.25}, {-0.25, 0.5, -0.25}, {0.5, 0, -0.5}}};
    const LumaWeights k = luma_weights(matrix).value_or(LumaWeights{0.2126, 0.0722});
    const double green = 1 - k.red - k.blue;
    const double cb = 0.5 / (1 - k.blue);
    const double cr = 0.5 / (1 - k.red);
    return {{{k.red, green, k.blue},
             {-k.red * cb, -green * cb, 0.5},
             {0.5, -green * cr, -k.blue * cr}}};
}

/// R'G'B' from components.
Matrix3 to_rgb(ColorModel model, ColorMatrix matrix) {
    if (model == ColorModel::gray) return {{{1, 0, 0}, {1, 0, 0}, {1, 0, 0}}};
    return model == ColorModel::rgb ? identity3 : inverse(from_rgb(model, matrix));
}

bool is_same_matrix(ColorMatrix a, ColorMatrix b) {
    const auto weights = luma_weights(a);
    return a == b || (weights && weights == luma_weights(b));
}

/// Output components from input components.
Matrix3 between(const CodeSpace& in, const CodeSpace& out) {
    if (in.model == ColorModel::gray && out.model != ColorModel::rgb) return {{{1, 0, 0}, {}, {}}};
    const bool same = in.model == out.model &&
                      (in.model == ColorModel::rgb || is_same_matrix(in.matrix, out.matrix));
    if (same) return identity3;
    return multiply(from_rgb(out.model, out.matrix), to_rgb(in.model, in.matrix));
}

Unexpected refused(const std::string& what, int code_point) {
    return vk::refuse(ErrorCode::render,
                      what + " (H.273 value " + std::to_string(code_point) + ")");
}

}  // namespace

Coding coding_of(const PixelFormat& format, ColorRange range) {
    const double step = std::ldexp(1.0, format.bit_depth - 8);
    Coding coding;
    coding.max_code = std::ldexp(1.0, format.bit_depth) - 1;
    const bool full = range == ColorRange::full;
    for (std::size_t i = 0; i < 3; ++i) {
        const bool chroma = format.is_chroma_plane(static_cast<int>(i));
        if (full) {
            coding.zero[i] = chroma ? 128 * step : 0;
            coding.unit[i] = coding.max_code;
        } else {
            coding.zero[i] = (chroma ? 128 : 16) * step;
            coding.unit[i] = (chroma ? 224 : 219) * step;
        }
    }
    return coding;
}

Status check_color(const PixelFormat& format, const ColorDescription& color) {
    if (color.range != ColorRange::limited && color.range != ColorRange::full)
        return vk::refuse(ErrorCode::internal, "a picture without a colour range was sent");
    if (format.model == ColorModel::yuv) {
        if (!luma_weights(color.matrix) && color.matrix != ColorMatrix::ycgco)
            return refused("this colour matrix is not supported", static_cast<int>(color.matrix));
        const bool subsampled = format.chroma_shift_x != 0 || format.chroma_shift_y != 0;
        const bool sited = color.siting == ChromaSiting::left ||
                           color.siting == ChromaSiting::center ||
                           color.siting == ChromaSiting::top_left;
        if (subsampled && !sited)
            return vk::refuse(ErrorCode::internal, "a picture without chroma siting was sent");
    }
    // What is wrong with an encoding: its transfer, unless it would do with other primaries.
    if (encoding_of(color)) return ok();
    ColorDescription other = color;
    other.primaries = ColorPrimaries::bt709;
    if (!encoding_of(other))
        return refused("this colour transfer is not supported", static_cast<int>(color.transfer));
    return refused("these colour primaries are not supported", static_cast<int>(color.primaries));
}

CodeSpace space_of(const PixelFormat& format, const ColorDescription& color) {
    return {.model = format.model,
            .matrix = color.matrix,
            .coding = coding_of(format, color.range),
            .bit_depth = format.bit_depth};
}

CodeSpace canvas_space(const OutputFormat& output) {
    CodeSpace space = space_of(output.format, output.color);
    const bool is_rgb = space.model == ColorModel::rgb;
    const double step = std::ldexp(1.0, (is_rgb ? 14 : 15) - space.bit_depth);
    for (std::size_t i = 0; i < 3; ++i) {
        const bool chroma = output.format.is_chroma_plane(static_cast<int>(i));
        space.coding.zero[i] = is_rgb ? 24576 : chroma ? 32768 : 16384;
        space.coding.unit[i] *= step;
    }
    space.coding.max_code = 65535;
    space.bit_depth = 16;
    return space;
}

ComponentMap component_map(const CodeSpace& in, const CodeSpace& out) {
    const Matrix3 matrix = between(in, out);
    ComponentMap map;
    map.zero = in.coding.zero;
    map.alpha_gain = 1 / in.coding.max_code;
    const std::size_t planes = in.model == ColorModel::gray ? 1 : 3;
    for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t p = 0; p < planes; ++p) {
            const double gain = out.coding.unit[c] / in.coding.unit[p] * matrix[c][p];
            // What cannot move a code by 1/1000 is a rounding residue of the inverse.
            if (std::abs(gain) * in.coding.max_code > 1e-3) map.gain[c][p] = gain;
        }
    return map;
}

ComponentMap component_map(const PixelFormat& format, const ColorDescription& color,
                           const OutputFormat& output) {
    return component_map(space_of(format, color), space_of(output.format, output.color));
}

RgbMap rgb_map(const CodeSpace& space) {
    RgbMap map{.to_rgb = identity3, .from_rgb = from_rgb(space.model, space.matrix)};
    if (space.model != ColorModel::rgb) map.to_rgb = inverse(map.from_rgb);
    for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t p = 0; p < 3; ++p) {
            map.to_rgb[p][c] /= space.coding.unit[c];
            map.from_rgb[c][p] *= space.coding.unit[c];
        }
    return map;
}

std::array<double, 3> output_codes(const Color& color, const CodeSpace& out) {
    const Matrix3 matrix = from_rgb(out.model, out.matrix);
    std::array<double, 3> codes{};
    for (std::size_t c = 0; c < 3; ++c)
        codes[c] = out.coding.unit[c] *
                   (matrix[c][0] * color.r + matrix[c][1] * color.g + matrix[c][2] * color.b);
    return codes;
}

std::array<double, 3> output_codes(const Color& color, const OutputFormat& output) {
    return output_codes(color, space_of(output.format, output.color));
}

}  // namespace reelpool::compositor
