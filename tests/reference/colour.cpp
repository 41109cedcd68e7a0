#include "colour.hpp"

#include <cmath>

namespace reelpool::reference {

Rgba over(const Rgba& backdrop, const Rgba& source, double weight) {
    const double rest = 1 - source.a * weight;
    return {source.r * weight + backdrop.r * rest, source.g * weight + backdrop.g * rest,
            source.b * weight + backdrop.b * rest, source.a * weight + backdrop.a * rest,
            backdrop.unsure || source.unsure};
}

LumaWeights luma_weights(Matrix matrix) {
    double red = 0;
    double blue = 0;
    switch (matrix) {
        case Matrix::bt601:
            red = 0.299;
            blue = 0.114;
            break;
        case Matrix::bt709:
            red = 0.2126;
            blue = 0.0722;
            break;
        case Matrix::bt2020:
            red = 0.2627;
            blue = 0.0593;
            break;
        case Matrix::smpte240:
            red = 0.212;
            blue = 0.087;
            break;
        case Matrix::fcc:
            red = 0.30;
            blue = 0.11;
            break;
    }
    return {.red = red, .green = 1 - red - blue, .blue = blue};
}

CodeRange luma_range(int depth, bool full_range) {
    if (full_range) return {.zero = 0, .extent = std::ldexp(1.0, depth) - 1};
    return {.zero = std::ldexp(16.0, depth - 8), .extent = std::ldexp(219.0, depth - 8)};
}

CodeRange chroma_range(int depth, bool full_range) {
    const double zero = std::ldexp(128.0, depth - 8);
    if (full_range) return {.zero = zero, .extent = std::ldexp(1.0, depth) - 1};
    return {.zero = zero, .extent = std::ldexp(224.0, depth - 8)};
}

Triple yuv_to_rgb(Matrix matrix, const Triple& yuv) {
    const LumaWeights k = luma_weights(matrix);
    const double red = yuv.first + 2 * (1 - k.red) * yuv.third;
    const double blue = yuv.first + 2 * (1 - k.blue) * yuv.second;
    const double green = (yuv.first - k.red * red - k.blue * blue) / k.green;
    return {red, green, blue};
}

Triple rgb_to_yuv(Matrix matrix, const Triple& rgb) {
    const LumaWeights k = luma_weights(matrix);
    const double luma = k.red * rgb.first + k.green * rgb.second + k.blue * rgb.third;
    return {luma, (rgb.third - luma) / (2 * (1 - k.blue)), (rgb.first - luma) / (2 * (1 - k.red))};
}

}  // namespace reelpool::reference
