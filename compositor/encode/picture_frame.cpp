#include "compositor/encode/picture_frame.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "ipc/av/pixel_formats.hpp"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
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

Result<FramePtr> bare_frame(const OutputFormat& format, Codec codec) {
    REELPOOL_TRY(pixel_format, encoder_pixel_format(format.format, codec));
    FramePtr frame(av_frame_alloc());
    if (!frame) return unexpected(encoder_error("cannot make a frame", AVERROR(ENOMEM)));
    frame->format = pixel_format;
    frame->width = static_cast<int>(format.width);
    frame->height = static_cast<int>(format.height);
    frame->sample_aspect_ratio = {1, 1};
    set_color(*frame, format.color);
    return frame;
}

Result<FramePtr> owned_frame(const OutputFormat& format, Codec codec) {
    REELPOOL_TRY(frame, bare_frame(format, codec));
    if (const int result = av_frame_get_buffer(frame.get(), 0); result < 0)
        return unexpected(encoder_error("cannot make a frame", result));
    return frame;
}

/// One row of a plane into its component's bytes of each pixel.
void pack_row(const std::byte* source, std::uint32_t width, const AVComponentDescriptor& component,
              bool is_big_endian, std::uint8_t* target) {
    const auto step = static_cast<std::size_t>(component.step);
    target += component.offset;
    if (component.depth == 8) {
        for (std::size_t x = 0; x < width; ++x)
            target[x * step] = std::to_integer<std::uint8_t>(source[x]);
        return;
    }
    const std::size_t low = is_big_endian ? 1 : 0;
    for (std::size_t x = 0; x < width; ++x) {
        target[x * step + low] = std::to_integer<std::uint8_t>(source[2 * x]);
        target[x * step + 1 - low] = std::to_integer<std::uint8_t>(source[2 * x + 1]);
    }
}

Result<FramePtr> packed_frame(const Picture& picture, const OutputFormat& format, Codec codec) {
    REELPOOL_TRY(frame, owned_frame(format, codec));
    const AVPixFmtDescriptor& to = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
    const bool is_big_endian = (to.flags & AV_PIX_FMT_FLAG_BE) != 0;
    for (std::uint32_t row = 0; row < format.height; ++row) {
        std::uint8_t* target = frame->data[0] + std::ptrdiff_t{frame->linesize[0]} * row;
        if (to.comp[0].step > format.format.plane_count() * format.format.sample_bytes())
            std::fill_n(target, std::size_t{format.width} * static_cast<unsigned>(to.comp[0].step),
                        codec == Codec::webp ? std::uint8_t{255} : std::uint8_t{0});
        for (std::size_t plane = 0; plane < static_cast<std::size_t>(format.format.plane_count());
             ++plane)
            pack_row(picture.planes[plane] + std::size_t{picture.strides_bytes[plane]} * row,
                     format.width, to.comp[plane], is_big_endian, target);
    }
    return frame;
}

bool is_packed(const PixelFormat& format, Codec codec) {
    return format.model == ColorModel::rgb && (format.bit_depth == 8 || codec == Codec::png);
}

void release_hold(void* opaque, std::uint8_t*) {
    delete static_cast<std::shared_ptr<void>*>(opaque);
}

}  // namespace

Result<AVPixelFormat> encoder_pixel_format(const PixelFormat& format, Codec codec) {
    if (is_packed(format, codec)) {
        if (format.bit_depth == 16)
            return format.has_alpha ? AV_PIX_FMT_RGBA64BE : AV_PIX_FMT_RGB48BE;
        // Always with alpha: without, all of it is opaque.
        if (codec == Codec::webp) return AV_PIX_FMT_BGRA;
        if (codec == Codec::ffv1) return format.has_alpha ? AV_PIX_FMT_BGRA : AV_PIX_FMT_BGR0;
        if (codec == Codec::qtrle) return format.has_alpha ? AV_PIX_FMT_ARGB : AV_PIX_FMT_RGB24;
        return format.has_alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
    }
    AVPixelFormat planar = av::planar_av_format(format);
    if (codec == Codec::jpeg)
        planar = format.chroma_shift_x == 0   ? AV_PIX_FMT_YUVJ444P
                 : format.chroma_shift_y == 0 ? AV_PIX_FMT_YUVJ422P
                                              : AV_PIX_FMT_YUVJ420P;
    if (planar != AV_PIX_FMT_NONE) return planar;
    return unexpected(
        internal_error(Component::encoder, "no encoder is given " + to_text(format) + " pictures"));
}

Result<FramePtr> to_frame(Picture picture, const OutputFormat& format, Codec codec) {
    if (is_packed(format.format, codec)) return packed_frame(picture, format, codec);
    REELPOOL_TRY(frame, bare_frame(format, codec));
    for (std::size_t plane = 0; plane < static_cast<std::size_t>(format.format.plane_count());
         ++plane) {
        // FFmpeg's frames have no const; the buffer is marked read-only below.
        const auto to =
            static_cast<std::size_t>(av::av_plane(format.format, static_cast<int>(plane)));
        frame->data[to] =
            const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(picture.planes[plane]));
        frame->linesize[to] = static_cast<int>(picture.strides_bytes[plane]);
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

Result<FramePtr> black_frame(const OutputFormat& format, Codec codec) {
    REELPOOL_TRY(frame, owned_frame(format, codec));
    std::array<std::ptrdiff_t, 4> strides{};
    for (std::size_t plane = 0; plane < 4; ++plane) strides[plane] = frame->linesize[plane];
    av_image_fill_black(frame->data, strides.data(), static_cast<AVPixelFormat>(frame->format),
                        frame->color_range, frame->width, frame->height);
    return frame;
}

}  // namespace reelpool::compositor
