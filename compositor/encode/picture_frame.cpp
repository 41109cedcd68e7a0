#include "compositor/encode/picture_frame.hpp"

#include <array>
#include <cstddef>

extern "C" {
#include <libavutil/imgutils.h>
}

namespace reelpool::compositor {
namespace {

void set_color(AVFrame& frame, const ColorDescription& color) {
    frame.color_range = static_cast<AVColorRange>(color.range);
    frame.colorspace = static_cast<AVColorSpace>(color.matrix);
    frame.color_primaries = static_cast<AVColorPrimaries>(color.primaries);
    frame.color_trc = static_cast<AVColorTransferCharacteristic>(color.transfer);
    frame.chroma_location = static_cast<AVChromaLocation>(color.siting);
}

Result<FramePtr> bare_frame(const OutputFormat& format) {
    REELPOOL_TRY(pixel_format, encoder_pixel_format(format.format));
    FramePtr frame(av_frame_alloc());
    if (!frame) return unexpected(encoder_error("cannot make a frame", AVERROR(ENOMEM)));
    frame->format = pixel_format;
    frame->width = static_cast<int>(format.width);
    frame->height = static_cast<int>(format.height);
    frame->sample_aspect_ratio = {1, 1};
    set_color(*frame, format.color);
    return frame;
}

Result<FramePtr> owned_frame(const OutputFormat& format) {
    REELPOOL_TRY(frame, bare_frame(format));
    if (const int result = av_frame_get_buffer(frame.get(), 0); result < 0)
        return unexpected(encoder_error("cannot make a frame", result));
    return frame;
}

void interleave_row(const Picture& picture, std::uint32_t row, std::uint32_t width,
                    std::uint8_t* target) {
    std::array<const std::byte*, 3> source{};
    for (std::size_t plane = 0; plane < 3; ++plane)
        source[plane] = picture.planes[plane] + std::size_t{picture.strides_bytes[plane]} * row;
    for (std::size_t x = 0; x < width; ++x)
        for (std::size_t plane = 0; plane < 3; ++plane)
            target[3 * x + plane] = std::to_integer<std::uint8_t>(source[plane][x]);
}

void release_hold(void* opaque, std::uint8_t*) {
    delete static_cast<std::shared_ptr<void>*>(opaque);
}

}  // namespace

Result<AVPixelFormat> encoder_pixel_format(const PixelFormat& format) {
    if (format == yuv420p) return AV_PIX_FMT_YUV420P;
    if (format == yuv422p) return AV_PIX_FMT_YUV422P;
    if (format == PixelFormat{.bit_depth = 10, .chroma_shift_x = 1}) return AV_PIX_FMT_YUV422P10LE;
    if (format == planar_rgb) return AV_PIX_FMT_RGB24;
    return unexpected(
        internal_error(Component::encoder, "no encoder is given " + to_text(format) + " pictures"));
}

Result<FramePtr> to_frame(Picture picture, const OutputFormat& format) {
    if (format.format.model == ColorModel::rgb) {
        REELPOOL_TRY(frame, owned_frame(format));
        for (std::uint32_t row = 0; row < format.height; ++row)
            interleave_row(picture, row, format.width,
                           frame->data[0] + std::ptrdiff_t{frame->linesize[0]} * row);
        return frame;
    }
    REELPOOL_TRY(frame, bare_frame(format));
    for (std::size_t plane = 0; plane < static_cast<std::size_t>(format.format.plane_count());
         ++plane) {
        // FFmpeg's frames have no const; the buffer is marked read-only below.
        frame->data[plane] =
            const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(picture.planes[plane]));
        frame->linesize[plane] = static_cast<int>(picture.strides_bytes[plane]);
    }
    // One reference stands for all planes; its range is not used by anybody who only reads.
    auto hold = std::make_unique<std::shared_ptr<void>>(std::move(picture.hold));
    frame->buf[0] = av_buffer_create(frame->data[0],
                                     static_cast<std::size_t>(frame->linesize[0]) * format.height,
                                     release_hold, hold.get(), AV_BUFFER_FLAG_READONLY);
    if (frame->buf[0] == nullptr)
        return unexpected(encoder_error("cannot make a frame", AVERROR(ENOMEM)));
    static_cast<void>(hold.release());
    return frame;
}

Result<FramePtr> black_frame(const OutputFormat& format) {
    REELPOOL_TRY(frame, owned_frame(format));
    std::array<std::ptrdiff_t, 4> strides{};
    for (std::size_t plane = 0; plane < 4; ++plane) strides[plane] = frame->linesize[plane];
    av_image_fill_black(frame->data, strides.data(), static_cast<AVPixelFormat>(frame->format),
                        frame->color_range, frame->width, frame->height);
    return frame;
}

}  // namespace reelpool::compositor
