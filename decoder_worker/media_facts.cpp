#include "decoder_worker/media_facts.hpp"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "decoder_worker/unpack.hpp"
#include "ipc/av/colors.hpp"

namespace reelpool::worker {
namespace {

constexpr std::uint32_t most_bt601_lines = 576;

Unexpected unusable(std::string what, std::string hint = {}) {
    return unexpected({.code = ErrorCode::media,
                       .component = Component::worker,
                       .subject = {},
                       .what = std::move(what),
                       .cause = {},
                       .hint = std::move(hint)});
}

bool is_jpeg_format(AVPixelFormat format) {
    return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
           format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P ||
           format == AV_PIX_FMT_YUVJ411P;
}

bool is_picture_codec(AVCodecID id) {
    const AVCodecDescriptor* descriptor = avcodec_descriptor_get(id);
    if (descriptor == nullptr) return false;
    constexpr std::string_view pictures[] = {
        "png", "apng", "tiff",     "bmp",    "targa",  "gif",   "pgm",  "pam",
        "pbm", "ppm",  "jpeg2000", "jpegls", "jpegxl", "webp",  "dpx",  "exr",
        "sgi", "psd",  "pcx",      "xbm",    "xpm",    "mjpeg", "ljpeg"};
    return std::find(std::begin(pictures), std::end(pictures), descriptor->name) !=
           std::end(pictures);
}

template <class Enum>
const Enum& first_known(const Enum& of_frame, const Enum& of_stream, Enum unknown) {
    return av::code_of(of_frame) != unknown ? of_frame : of_stream;
}

struct RawTags {
    int matrix_code;
    ColorDescription tagged;
};

/// What the file says: the picture's own word before its container's.
RawTags tags_of(const AVCodecParameters& stream, const AVFrame& frame) {
    RawTags raw{};
    const AVColorSpace& matrix =
        first_known(frame.colorspace, stream.color_space, AVCOL_SPC_UNSPECIFIED);
    raw.matrix_code = av::code_of(matrix);
    raw.tagged.matrix = av::from_av(matrix);
    raw.tagged.primaries = av::from_av(
        first_known(frame.color_primaries, stream.color_primaries, AVCOL_PRI_UNSPECIFIED));
    raw.tagged.transfer =
        av::from_av(first_known(frame.color_trc, stream.color_trc, AVCOL_TRC_UNSPECIFIED));
    raw.tagged.range =
        av::from_av(first_known(frame.color_range, stream.color_range, AVCOL_RANGE_UNSPECIFIED));
    if (raw.tagged.range == ColorRange::unspecified) raw.tagged.range = range_of(frame);
    raw.tagged.siting = av::from_av(
        first_known(frame.chroma_location, stream.chroma_location, AVCHROMA_LOC_UNSPECIFIED));
    return raw;
}

std::string name_of_matrix(int code) {
    const char* const name = code >= 0 && code < AVCOL_SPC_NB
                                 ? av_color_space_name(static_cast<AVColorSpace>(code))
                                 : nullptr;
    return name != nullptr ? name : "number " + std::to_string(code);
}

/// Tags with every gap closed by the stated rules.
ColorDescription complete(ColorDescription color, const MediaInfo& info, bool is_jpeg,
                          bool is_picture) {
    const auto fill = [](auto& field, auto value) {
        if (field == std::remove_reference_t<decltype(field)>::unspecified) field = value;
    };
    switch (info.format.model) {
        case ColorModel::rgb:
            color.matrix = ColorMatrix::rgb;
            fill(color.range, ColorRange::full);
            fill(color.transfer, ColorTransfer::srgb);
            break;
        case ColorModel::gray:
            fill(color.range, is_picture ? ColorRange::full : ColorRange::limited);
            [[fallthrough]];
        case ColorModel::yuv:
            // A picture in Y'CbCr that is tagged "rgb" is tagged wrongly.
            if (color.matrix == ColorMatrix::rgb) color.matrix = ColorMatrix::unspecified;
            fill(color.matrix, is_jpeg || info.height <= most_bt601_lines ? ColorMatrix::smpte170m
                                                                          : ColorMatrix::bt709);
            fill(color.range, is_jpeg ? ColorRange::full : ColorRange::limited);
            fill(color.transfer, ColorTransfer::bt709);
            break;
    }
    fill(color.primaries, ColorPrimaries::bt709);
    fill(color.siting, ChromaSiting::left);
    return color;
}

Rational sample_aspect(AVFormatContext& container, AVStream& stream, AVFrame& frame) {
    const AVRational aspect = av_guess_sample_aspect_ratio(&container, &stream, &frame);
    return aspect.num > 0 && aspect.den > 0 ? Rational(aspect.num, aspect.den) : Rational(1);
}

const std::int32_t* display_matrix(const AVStream& stream, const AVFrame& frame) {
    constexpr std::size_t bytes = 9 * sizeof(std::int32_t);
    const AVFrameSideData* of_frame = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
    if (of_frame != nullptr && of_frame->size >= bytes)
        return reinterpret_cast<const std::int32_t*>(of_frame->data);
    std::size_t size = 0;
    const std::uint8_t* of_stream =
        av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return of_stream != nullptr && size >= bytes ? reinterpret_cast<const std::int32_t*>(of_stream)
                                                 : nullptr;
}

bool is_interlaced(const AVCodecParameters& stream) {
    const int order = av::code_of(stream.field_order);
    return order == AV_FIELD_TT || order == AV_FIELD_BB || order == AV_FIELD_TB ||
           order == AV_FIELD_BT;
}

bool is_top_first(const AVCodecParameters& stream, const AVFrame& frame) {
    if (frame.interlaced_frame != 0) return frame.top_field_first != 0;
    const int order = av::code_of(stream.field_order);
    return order == AV_FIELD_TT || order == AV_FIELD_TB;
}

bool has_stream(const AVFormatContext& container, AVMediaType type) {
    for (unsigned i = 0; i < container.nb_streams; ++i)
        if (container.streams[i]->codecpar->codec_type == type) return true;
    return false;
}

}  // namespace

Error too_large(int width, int height, std::uint32_t max_side_px) {
    return {.code = ErrorCode::limit,
            .component = Component::worker,
            .subject = {},
            .what = "its pictures of " + std::to_string(width) + "x" + std::to_string(height) +
                    " are larger than the limit of " + std::to_string(max_side_px) + " on a side",
            .cause = {},
            .hint = "make a smaller copy of the file with ffmpeg"};
}

ColorRange range_of(const AVFrame& frame) {
    const ColorRange told = av::from_av(frame.color_range);
    if (told != ColorRange::unspecified) return told;
    return is_jpeg_format(static_cast<AVPixelFormat>(frame.format)) ? ColorRange::full
                                                                    : ColorRange::unspecified;
}

// A point (x, y) with y downwards goes to (m[0] x + m[3] y, m[1] x + m[4] y). A turn clockwise by t
// is (cos, sin; -sin, cos) in that order; mirrored first, the upper pair changes its sign.
Orientation orientation_of(const std::int32_t* matrix, std::vector<std::string>& notes) {
    Orientation orientation;
    const double a = matrix[0];
    const double b = matrix[1];
    const double c = matrix[3];
    const double d = matrix[4];
    const double most = std::max({std::abs(a), std::abs(b), std::abs(c), std::abs(d)});
    const double tiny = most / 1000;
    const bool is_straight = std::abs(b) <= tiny && std::abs(c) <= tiny;
    const bool is_turned = std::abs(a) <= tiny && std::abs(d) <= tiny;
    const double determinant = a * d - b * c;
    if (determinant == 0 || is_straight == is_turned) {
        notes.emplace_back(
            "the display matrix is no rotation by a multiple of 90 degrees; the "
            "picture is not turned");
        return orientation;
    }
    orientation.mirrored_horizontally = determinant < 0;
    if (is_straight)
        orientation.quarter_turns_clockwise = d > 0 ? 0 : 2;
    else
        orientation.quarter_turns_clockwise = c < 0 ? 1 : 3;
    return orientation;
}

Result<MediaInfo> describe_media(AVFormatContext& container, AVStream& stream,
                                 const AVCodecContext& codec, AVFrame& first,
                                 const wire::OpenMedia& wishes) {
    MediaInfo info;
    const auto side_limit = static_cast<int>(std::min(wishes.max_side_px, max_picture_side));
    if (first.width < 1 || first.height < 1 || first.width > side_limit ||
        first.height > side_limit)
        return unexpected(too_large(first.width, first.height, wishes.max_side_px));
    const auto av_format = static_cast<AVPixelFormat>(first.format);
    REELPOOL_TRY(plan, plan_picture(av_format));
    info.container = container.iformat->name;
    info.codec = avcodec_get_name(codec.codec_id);
    info.format = plan.format;
    info.width = static_cast<std::uint32_t>(first.width);
    info.height = static_cast<std::uint32_t>(first.height);
    info.sample_aspect = sample_aspect(container, stream, first);
    if (const std::int32_t* matrix = display_matrix(stream, first))
        info.orientation = orientation_of(matrix, info.notes);
    info.is_interlaced = first.interlaced_frame != 0 || is_interlaced(*stream.codecpar);
    info.is_top_field_first = is_top_first(*stream.codecpar, first);
    if (info.is_interlaced && first.interlaced_frame == 0)
        info.notes.emplace_back("the stream says that it is interlaced, its first frame does not");
    info.has_sound = has_stream(container, AVMEDIA_TYPE_AUDIO);

    const RawTags tags = tags_of(*stream.codecpar, first);
    info.tagged = tags.tagged;
    ColorDescription wanted = tags.tagged;
    if (wishes.matrix_override != ColorMatrix::unspecified) wanted.matrix = wishes.matrix_override;
    if (wishes.range_override != ColorRange::unspecified) wanted.range = wishes.range_override;
    if (wanted.matrix == ColorMatrix::unspecified && tags.matrix_code != AVCOL_SPC_UNSPECIFIED &&
        info.format.model != ColorModel::rgb)
        return unusable("its colours use the matrix " + name_of_matrix(tags.matrix_code) +
                            ", which is not supported",
                        "say in the project what to read it as: \"color\": {\"matrix\": ...}");
    const bool is_jpeg = is_jpeg_format(av_format) || codec.codec_id == AV_CODEC_ID_MJPEG;
    info.color = complete(wanted, info, is_jpeg, is_picture_codec(codec.codec_id));
    if (plan.way == PicturePlan::Way::scaler)
        info.notes.push_back(std::string("pictures in ") + av_get_pix_fmt_name(av_format) +
                             " are converted to " + to_text(plan.format));
    return info;
}

}  // namespace reelpool::worker
