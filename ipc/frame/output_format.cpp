#include <algorithm>
#include <optional>
#include <string>

#include "ipc/frame/codec_rules.hpp"
#include "ipc/frame/hdr_transfer.hpp"
#include "ipc/frame/output_settings.hpp"
#include "ipc/frame/refused_setting.hpp"
#include "ipc/frame/slot_layout.hpp"

namespace reelpool {
namespace {

std::string size_text(std::uint32_t width, std::uint32_t height) {
    return std::to_string(width) + "x" + std::to_string(height);
}

/// PQ and HLG have too few steps with 8 bits.
Result<PixelFormat> hdr_format_for(const CodecRules& rules,
                                   const std::optional<PixelFormat>& wanted) {
    if (wanted && wanted->bit_depth >= 10) return *wanted;
    const auto deep_one =
        std::find_if(rules.formats.begin(), rules.formats.end(),
                     [](const PixelFormat& format) { return format.bit_depth >= 10; });
    const bool has_one = deep_one != rules.formats.end();
    if (has_one && !wanted) return *deep_one;
    return refused_setting(
        "pq and hlg need at least 10 bits, and " +
            (wanted ? to_text(*wanted) + " has 8" : std::string(rules.name) + " has none"),
        has_one ? "use --pixel-format " + to_text(*deep_one) : "use another codec");
}

Result<PixelFormat> format_for(const CodecRules& rules, const std::optional<PixelFormat>& wanted) {
    if (!wanted) return rules.formats.front();
    if (std::find(rules.formats.begin(), rules.formats.end(), *wanted) != rules.formats.end())
        return *wanted;
    return refused_setting(std::string(rules.name) + " does not take " + to_text(*wanted),
                           "it takes " + format_names(rules));
}

Status check_size(const CodecRules& rules, const PixelFormat& format, std::uint32_t width,
                  std::uint32_t height) {
    const std::string codec = codec_name(rules.codec);
    if (width < rules.min_width_px || height < rules.min_height_px || width > max_picture_side ||
        height > rules.max_height_px)
        return refused_setting(codec + " cannot code pictures of " + size_text(width, height),
                               "between " + size_text(rules.min_width_px, rules.min_height_px) +
                                   " and " + size_text(max_picture_side, rules.max_height_px) +
                                   " is possible");
    // Files of one picture may end in the middle of a chroma sample.
    if (*picture_ending(rules.codec) != '\0') return ok();
    const bool odd_width = format.chroma_shift_x > 0 && width % 2 != 0;
    const bool odd_height = format.chroma_shift_y > 0 && height % 2 != 0;
    if (!odd_width && !odd_height) return ok();
    return refused_setting(codec + " (" + to_text(format) + ") needs an even " +
                               (odd_width ? "width" : "height") + ", not " +
                               size_text(width, height),
                           "use " + size_text(width + width % 2, height + (odd_height ? 1 : 0)) +
                               ", or a PNG sequence");
}

ColorDescription completed(ColorDescription color) {
    if (color.transfer == ColorTransfer::unspecified) color.transfer = ColorTransfer::bt709;
    if (color.primaries == ColorPrimaries::unspecified)
        color.primaries = is_hdr(color.transfer) ? ColorPrimaries::bt2020 : ColorPrimaries::bt709;
    if (color.matrix == ColorMatrix::unspecified)
        color.matrix = color.primaries == ColorPrimaries::bt2020 ? ColorMatrix::bt2020_ncl
                                                                 : ColorMatrix::bt709;
    if (color.range == ColorRange::unspecified) color.range = ColorRange::limited;
    if (color.siting == ChromaSiting::unspecified) color.siting = ChromaSiting::left;
    return color;
}

/// Of those that are tagged, the ones that colours can be converted to.
Status check_encoding(const ColorDescription& color) {
    switch (color.transfer) {
        case ColorTransfer::bt709:
        case ColorTransfer::smpte170m:
        case ColorTransfer::srgb:
        case ColorTransfer::bt2020_10:
        case ColorTransfer::bt2020_12:
        case ColorTransfer::pq:
        case ColorTransfer::hlg:
            break;
        case ColorTransfer::unspecified:
        case ColorTransfer::gamma22:
        case ColorTransfer::gamma28:
        case ColorTransfer::smpte240m:
        case ColorTransfer::linear:
        case ColorTransfer::log100:
        case ColorTransfer::log316:
        case ColorTransfer::iec61966_2_4:
        case ColorTransfer::bt1361:
        case ColorTransfer::smpte428:
            return refused_setting("the output's transfer is none that can be written",
                                   "bt709, srgb, pq and hlg are possible");
    }
    switch (color.primaries) {
        case ColorPrimaries::bt709:
        case ColorPrimaries::bt470bg:
        case ColorPrimaries::smpte170m:
        case ColorPrimaries::bt2020:
        case ColorPrimaries::smpte431:
        case ColorPrimaries::smpte432:
            return ok();
        case ColorPrimaries::unspecified:
        case ColorPrimaries::bt470m:
        case ColorPrimaries::smpte240m:
        case ColorPrimaries::film:
        case ColorPrimaries::smpte428:
        case ColorPrimaries::ebu3213:
            break;
    }
    return refused_setting(
        "the output's primaries are none that can be written",
        "bt709, bt601-525, bt601-625, bt2020, dci-p3 and display-p3 are possible");
}

/// Of R'G'B'. Picture files and QuickTime's RLE carry no tags of other colours.
Result<ColorDescription> rgb_color_for(const CodecRules& rules, ColorDescription color) {
    color.matrix = ColorMatrix::rgb;
    color.range = ColorRange::full;
    color.siting = ChromaSiting::left;
    if (!is_hdr(color.transfer)) color.transfer = ColorTransfer::srgb;
    const bool is_usual =
        color.transfer == ColorTransfer::srgb && color.primaries == ColorPrimaries::bt709;
    if (is_usual || rules.codec == Codec::ffv1) return color;
    return refused_setting(std::string(rules.name) + " cannot say that its colours are not sRGB",
                           "leave --transfer and --primaries out, or use another codec");
}

/// Of Y'CbCr in picture files, which say nothing, so that everybody takes it for this.
Result<ColorDescription> still_color_for(const CodecRules& rules, ColorDescription color) {
    const bool is_jpeg = rules.codec == Codec::jpeg;
    color.matrix = ColorMatrix::smpte170m;
    color.range = is_jpeg ? ColorRange::full : ColorRange::limited;
    color.siting = ChromaSiting::center;
    if (!is_hdr(color.transfer)) color.transfer = ColorTransfer::srgb;
    if (color.transfer == ColorTransfer::srgb && color.primaries == ColorPrimaries::bt709)
        return color;
    return refused_setting(std::string(rules.name) + " cannot say that its colours are not sRGB",
                           "leave --transfer and --primaries out, or use another codec");
}

Result<ColorDescription> color_for(const CodecRules& rules, const PixelFormat& format,
                                   const ColorDescription& wanted) {
    const ColorDescription color = completed(wanted);
    REELPOOL_TRY_STATUS(check_encoding(color));
    if (format.model == ColorModel::rgb) return rgb_color_for(rules, color);
    if (rules.codec == Codec::jpeg || rules.codec == Codec::webp)
        return still_color_for(rules, color);
    const bool matrix_ok =
        color.matrix == ColorMatrix::bt709 || color.matrix == ColorMatrix::bt470bg ||
        color.matrix == ColorMatrix::smpte170m || color.matrix == ColorMatrix::bt2020_ncl;
    if (!matrix_ok)
        return refused_setting("the output's colour matrix is none that can be written",
                               "bt709, bt601 (bt470bg or smpte170m) and bt2020 are possible");
    if (color.range == ColorRange::full && !rules.takes_full_range)
        return refused_setting(std::string(codec_name(rules.codec)) + " has no full range",
                               "use limited range");
    return color;
}

}  // namespace

Result<OutputFormat> output_format_for(Codec codec, Container container, std::uint32_t width,
                                       std::uint32_t height, const ColorDescription& color,
                                       std::optional<PixelFormat> wanted) {
    REELPOOL_TRY(rules, rules_for(codec, container));
    REELPOOL_TRY(usual, format_for(*rules, wanted));
    PixelFormat format = usual;
    if (is_hdr(color.transfer)) {
        REELPOOL_TRY(deep_one, hdr_format_for(*rules, wanted));
        format = deep_one;
    }
    if (codec == Codec::vp9 && format.has_alpha && container == Container::mp4)
        return refused_setting("mp4 has no place for the alpha of vp9", "use webm or mkv");
    REELPOOL_TRY_STATUS(check_size(*rules, format, width, height));
    REELPOOL_TRY(complete_color, color_for(*rules, format, color));
    return OutputFormat{
        .width = width, .height = height, .format = format, .color = complete_color};
}

}  // namespace reelpool
