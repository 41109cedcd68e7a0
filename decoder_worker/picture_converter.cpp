#include "decoder_worker/picture_converter.hpp"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <string>

#include "decoder_worker/media_facts.hpp"
#include "ipc/av/colors.hpp"
#include "ipc/av/errors.hpp"
#include "ipc/av/pixel_formats.hpp"

namespace reelpool::worker {
namespace {

Unexpected failed(const std::string& what, int averror) {
    Error error = av::av_error(ErrorCode::decode, Component::shared_decoder, what, averror);
    error.hint = "convert the file with ffmpeg to one size and format";
    return unexpected(std::move(error));
}

/// A format that swscale writes and that unpacks to `format`.
AVPixelFormat written_format(const PixelFormat& format) {
    if (format.model == ColorModel::gray && format.has_alpha)
        return format.bit_depth == 8 ? AV_PIX_FMT_YA8 : AV_PIX_FMT_YA16LE;
    // swscale 6 spoils the alpha of 8-bit planar RGB in some of its conversions.
    if (format == PixelFormat{.model = ColorModel::rgb, .has_alpha = true}) return AV_PIX_FMT_RGBA;
    return av::planar_av_format(format);
}

/// The same samples without the range in the format's name. A codec that meets a change of range
/// may keep the old name, or not, depending on where decoding began; the frame's tag is right.
AVPixelFormat without_range(AVPixelFormat format) {
    switch (static_cast<int>(format)) {
        case AV_PIX_FMT_YUVJ420P:
            return AV_PIX_FMT_YUV420P;
        case AV_PIX_FMT_YUVJ422P:
            return AV_PIX_FMT_YUV422P;
        case AV_PIX_FMT_YUVJ444P:
            return AV_PIX_FMT_YUV444P;
        case AV_PIX_FMT_YUVJ440P:
            return AV_PIX_FMT_YUV440P;
        case AV_PIX_FMT_YUVJ411P:
            return AV_PIX_FMT_YUV411P;
        default:
            return format;
    }
}

bool is_rgb(AVPixelFormat format) {
    return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0 ||
           format == AV_PIX_FMT_PAL8;
}

/// FFmpeg's scale filter leaves out what swscale has no coefficients for.
const int* coefficients(int matrix) {
    const bool is_known = matrix >= 1 && matrix <= 10 && matrix != AVCOL_SPC_YCGCO;
    return sws_getCoefficients(is_known ? matrix : AVCOL_SPC_BT470BG);
}

/// Both sides by one matrix, the picture's own, as FFmpeg's scale filter does: a change of tags
/// changes no colours. Where the colour model changes, the medium's matrix counts on its side.
void set_colors(SwsContext& scaler, const AVFrame& frame, AVPixelFormat to,
                const ConversionTarget& target) {
    int* in_table = nullptr;
    int* out_table = nullptr;
    int is_in_full = 0;
    int is_out_full = 0;
    int brightness = 0;
    int contrast = 0;
    int saturation = 0;
    if (sws_getColorspaceDetails(&scaler, &in_table, &is_in_full, &out_table, &is_out_full,
                                 &brightness, &contrast, &saturation) < 0)
        return;  // no colours are touched between these formats
    const bool is_from_rgb = is_rgb(static_cast<AVPixelFormat>(frame.format));
    const int* const table =
        coefficients(is_from_rgb && !is_rgb(to) ? static_cast<int>(target.matrix)
                                                : av::code_of(frame.colorspace));
    if (const ColorRange told = range_of(frame); told != ColorRange::unspecified)
        is_in_full = told == ColorRange::full ? 1 : 0;
    if (target.range != ColorRange::unspecified)
        is_out_full = target.range == ColorRange::full ? 1 : 0;
    sws_setColorspaceDetails(&scaler, table, is_in_full, table, is_out_full, brightness, contrast,
                             saturation);
}

/// Where FFmpeg's scale filter takes the chroma samples of 4:2:0 to lie, in 1/256 of a luma row.
constexpr int row_of_420_chroma = 128;
constexpr int unknown_place = -513;

int chroma_row(AVPixelFormat format) {
    const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(format);
    const bool is_420 = descriptor.log2_chroma_w == 1 && descriptor.log2_chroma_h == 1;
    return is_420 ? row_of_420_chroma : unknown_place;
}

}  // namespace

Status PictureConverter::prepare(const AVFrame& frame) {
    const AVPixelFormat from = without_range(static_cast<AVPixelFormat>(frame.format));
    const AVPixelFormat to = written_format(target_.format);
    if (to == AV_PIX_FMT_NONE || sws_isSupportedInput(from) <= 0 || sws_isSupportedOutput(to) <= 0)
        return failed("the pictures change to the format " + av::format_name(from) +
                          " in the middle of the medium, which cannot be converted",
                      AVERROR(ENOSYS));
    const std::string what = "converting a picture to its medium's size and format failed";
    source_ = {};
    scaler_.reset(sws_alloc_context());
    converted_.reset(av_frame_alloc());
    if (!scaler_ || !converted_) return failed(what, AVERROR(ENOMEM));
    const auto set = [&](const char* option, std::int64_t value) {
        const int error = av_opt_set_int(scaler_.get(), option, value, 0);
        REELPOOL_CHECK(error >= 0);
    };
    set("srcw", frame.width);
    set("srch", frame.height);
    set("src_format", from);
    set("dstw", target_.width);
    set("dsth", target_.height);
    set("dst_format", to);
    set("sws_flags", SWS_BICUBIC);
    set("src_h_chr_pos", unknown_place);
    set("src_v_chr_pos", chroma_row(from));
    set("dst_h_chr_pos", unknown_place);
    set("dst_v_chr_pos", chroma_row(to));
    // Told before, too: pictures of one size and one format are only copied otherwise.
    set("src_range", range_of(frame) == ColorRange::full ? 1 : 0);
    set("dst_range", target_.range == ColorRange::full ? 1 : 0);
    if (const int error = sws_init_context(scaler_.get(), nullptr, nullptr); error < 0)
        return failed(what, error);
    set_colors(*scaler_, frame, to, target_);
    converted_->format = to;
    converted_->width = static_cast<int>(target_.width);
    converted_->height = static_cast<int>(target_.height);
    if (const int error = av_frame_get_buffer(converted_.get(), 0); error < 0)
        return failed(what, error);
    return ok();
}

Result<const AVFrame*> PictureConverter::convert(const AVFrame& frame) {
    const Source source{.width = frame.width,
                        .height = frame.height,
                        .format = frame.format,
                        .range = range_of(frame),
                        .matrix = av::code_of(frame.colorspace)};
    if (source != source_) {
        REELPOOL_TRY_STATUS(prepare(frame));
        source_ = source;
    }
    if (const int error = sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height,
                                    converted_->data, converted_->linesize);
        error < 0)
        return failed("converting a picture to its medium's size and format failed", error);
    return converted_.get();
}

}  // namespace reelpool::worker
