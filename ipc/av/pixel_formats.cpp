#include "ipc/av/pixel_formats.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <bit>

namespace reelpool::av {
namespace {

static_assert(std::endian::native == std::endian::little, "slots hold little-endian samples");

/// All components of one depth of 8..16 bits, each readable as one byte or one 16-bit word.
bool has_even_samples(const AVPixFmtDescriptor& descriptor) {
    constexpr auto strange = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                             AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER |
                             AV_PIX_FMT_FLAG_FLOAT;
    if ((descriptor.flags & strange) != 0 || descriptor.nb_components == 0) return false;
    const int depth = descriptor.comp[0].depth;
    if (depth < 8 || depth > 16) return false;
    for (int i = 0; i < descriptor.nb_components; ++i)
        if (descriptor.comp[i].depth != depth ||
            descriptor.comp[i].depth + descriptor.comp[i].shift > 16)
            return false;
    return true;
}

}  // namespace

std::optional<PixelFormat> sample_format(AVPixelFormat format) {
    // X'Y'Z' is no R'G'B'; in UYYVYY411 the luma samples are not evenly spaced.
    if (format == AV_PIX_FMT_XYZ12LE || format == AV_PIX_FMT_XYZ12BE ||
        format == AV_PIX_FMT_UYYVYY411)
        return std::nullopt;
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
    if (descriptor == nullptr || !has_even_samples(*descriptor)) return std::nullopt;
    PixelFormat shape;
    shape.has_alpha = (descriptor->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    shape.bit_depth = static_cast<std::uint8_t>(descriptor->comp[0].depth);
    const int colors = descriptor->nb_components - (shape.has_alpha ? 1 : 0);
    if (colors == 1) {
        shape.model = ColorModel::gray;
    } else if (colors == 3) {
        const bool is_rgb = (descriptor->flags & AV_PIX_FMT_FLAG_RGB) != 0;
        shape.model = is_rgb ? ColorModel::rgb : ColorModel::yuv;
        shape.chroma_shift_x = is_rgb ? std::uint8_t{0} : descriptor->log2_chroma_w;
        shape.chroma_shift_y = is_rgb ? std::uint8_t{0} : descriptor->log2_chroma_h;
    } else {
        return std::nullopt;
    }
    if (!validate(shape)) return std::nullopt;
    return shape;
}

AVPixelFormat planar_av_format(const PixelFormat& format) {
    if (format.model == ColorModel::gray && format.has_alpha) return AV_PIX_FMT_NONE;
    std::string name = to_text(format);
    if (format.bit_depth > 8) name += "le";
    const AVPixelFormat found = av_get_pix_fmt(name.c_str());
    if (found == AV_PIX_FMT_NONE || sample_format(found) != format) return AV_PIX_FMT_NONE;
    return found;
}

int av_plane(const PixelFormat& format, int plane) {
    if (format.model != ColorModel::rgb) return plane;
    constexpr int planes[4] = {2, 0, 1, 3};
    return planes[plane];
}

std::string format_name(AVPixelFormat format) {
    const char* name = av_get_pix_fmt_name(format);
    return name == nullptr ? "unknown" : name;
}

}  // namespace reelpool::av
