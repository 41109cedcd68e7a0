#include "orchestrator/model/color_rules.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace reelpool::model {
namespace {

Error not_built(std::string what, std::string hint) {
    return {.code = ErrorCode::media,
            .component = Component::project,
            .subject = {},
            .what = std::move(what) + " is not built yet in this version of Reelpool",
            .cause = {},
            .hint = std::move(hint)};
}

bool is_jpeg(std::string_view codec) {
    return codec == "mjpeg" || codec == "mjpegb" || codec == "jpegls" || codec == "ljpeg";
}

/// Codecs whose gray pictures are full range although nothing says so.
bool is_picture_codec(std::string_view codec) {
    constexpr std::string_view codecs[] = {"png",   "apng",   "tiff",   "bmp",   "pgm",  "pam",
                                           "gif",   "psd",    "sgi",    "targa", "webp", "jpeg2000",
                                           "mjpeg", "mjpegb", "jpegls", "ljpeg"};
    return std::find(std::begin(codecs), std::end(codecs), codec) != std::end(codecs);
}

ColorRange range_of(const MediaInfo& info, const ColorOverrides& overrides) {
    if (overrides.range != ColorRange::unspecified) return overrides.range;
    if (info.format.model == ColorModel::rgb) return ColorRange::full;
    if (info.tagged.range != ColorRange::unspecified) return info.tagged.range;
    const bool is_full = is_jpeg(info.codec) ||
                         (info.format.model == ColorModel::gray && is_picture_codec(info.codec));
    return is_full ? ColorRange::full : ColorRange::limited;
}

Result<ColorMatrix> matrix_of(const MediaInfo& info, const ColorOverrides& overrides) {
    const bool is_rgb = info.format.model == ColorModel::rgb;
    if (is_rgb) {
        if (overrides.matrix == ColorMatrix::unspecified) return ColorMatrix::rgb;
        return unexpected({.code = ErrorCode::media,
                           .component = Component::project,
                           .subject = {},
                           .what = "the project gives it a matrix, but it is RGB and has none",
                           .cause = {},
                           .hint = "remove \"matrix\" from its \"color\""});
    }
    const ColorMatrix matrix =
        overrides.matrix != ColorMatrix::unspecified ? overrides.matrix : info.tagged.matrix;
    const char* hint = "name another with \"color\": {\"matrix\": \"bt709\"}, or convert the file";
    switch (matrix) {
        case ColorMatrix::bt709:
        case ColorMatrix::bt2020_ncl:
        case ColorMatrix::fcc:
        case ColorMatrix::smpte240m:
        case ColorMatrix::ycgco:
            return matrix;
        case ColorMatrix::bt470bg:
        case ColorMatrix::smpte170m:
            return ColorMatrix::smpte170m;
        case ColorMatrix::unspecified: {
            const bool is_full = info.tagged.range == ColorRange::full &&
                                 info.format.model == ColorModel::yuv && info.format.bit_depth == 8;
            const bool is_601 = is_full || is_jpeg(info.codec) || info.height <= 576;
            return is_601 ? ColorMatrix::smpte170m : ColorMatrix::bt709;
        }
        case ColorMatrix::rgb:
            return unexpected(not_built("RGB tagged in a YUV picture", hint));
        case ColorMatrix::bt2020_cl:
            return unexpected(not_built("BT.2020 with constant luminance", hint));
    }
    return unexpected(not_built("its colour matrix", hint));
}

Result<ColorPrimaries> primaries_of(ColorPrimaries tagged, ColorTransfer transfer) {
    switch (tagged) {
        case ColorPrimaries::unspecified: {
            const bool is_hdr = transfer == ColorTransfer::pq || transfer == ColorTransfer::hlg;
            return is_hdr ? ColorPrimaries::bt2020 : ColorPrimaries::bt709;
        }
        case ColorPrimaries::bt709:
        case ColorPrimaries::bt470bg:
        case ColorPrimaries::smpte170m:
        case ColorPrimaries::smpte240m:
            return ColorPrimaries::bt709;
        case ColorPrimaries::bt2020:
        case ColorPrimaries::smpte431:
        case ColorPrimaries::smpte432:
            return tagged;
        case ColorPrimaries::bt470m:
        case ColorPrimaries::film:
        case ColorPrimaries::smpte428:
        case ColorPrimaries::ebu3213:
            break;
    }
    return unexpected(
        not_built("a medium with primaries other than those of BT.709, BT.601, BT.2020 and P3",
                  "convert the file, or say \"color\": {\"primaries\": \"bt709\"} to show its "
                  "codes as BT.709"));
}

Result<ColorTransfer> transfer_of(const MediaInfo& info) {
    switch (info.tagged.transfer) {
        case ColorTransfer::unspecified:
            return info.format.model == ColorModel::rgb ? ColorTransfer::srgb
                                                        : ColorTransfer::bt709;
        case ColorTransfer::srgb:
        case ColorTransfer::linear:
        case ColorTransfer::pq:
        case ColorTransfer::hlg:
            return info.tagged.transfer;
        case ColorTransfer::bt709:
        case ColorTransfer::gamma22:
        case ColorTransfer::gamma28:
        case ColorTransfer::smpte170m:
        case ColorTransfer::smpte240m:
        case ColorTransfer::iec61966_2_4:
        case ColorTransfer::bt1361:
        case ColorTransfer::bt2020_10:
        case ColorTransfer::bt2020_12:
            return ColorTransfer::bt709;
        case ColorTransfer::log100:
        case ColorTransfer::log316:
        case ColorTransfer::smpte428:
            break;
    }
    return unexpected(
        not_built("a medium with a logarithmic or cinema transfer",
                  "convert the file, or say \"color\": {\"transfer\": \"bt709\"} to show its "
                  "codes as they are"));
}

}  // namespace

Result<ColorDescription> effective_color(const MediaInfo& info, const ColorOverrides& overrides) {
    ColorDescription color;
    REELPOOL_TRY(matrix, matrix_of(info, overrides));
    color.matrix = matrix;
    color.range = range_of(info, overrides);
    if (info.format.model == ColorModel::rgb && color.range == ColorRange::limited)
        return unexpected(not_built("limited-range RGB", "remove \"range\" from its \"color\""));
    color.transfer = overrides.transfer;
    if (color.transfer == ColorTransfer::unspecified) {
        REELPOOL_TRY(transfer, transfer_of(info));
        color.transfer = transfer;
    }
    color.primaries = overrides.primaries;
    if (color.primaries == ColorPrimaries::unspecified) {
        REELPOOL_TRY(primaries, primaries_of(info.tagged.primaries, color.transfer));
        color.primaries = primaries;
    }
    const bool is_subsampled = info.format.chroma_shift_x > 0 || info.format.chroma_shift_y > 0;
    const bool has_siting = is_subsampled && info.tagged.siting != ChromaSiting::unspecified;
    color.siting = has_siting ? info.tagged.siting : ChromaSiting::left;
    return color;
}

}  // namespace reelpool::model
