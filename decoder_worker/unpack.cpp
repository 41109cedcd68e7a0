#include "decoder_worker/unpack.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <bit>
#include <cstring>

#include "decoder_worker/vectorised.hpp"
#include "ipc/av/errors.hpp"
#include "ipc/av/pixel_formats.hpp"
#include "ipc/frame/slot_layout.hpp"

namespace reelpool::worker {
namespace {

using Byte = std::uint8_t;
using Word = std::uint16_t;

/// Which component of FFmpeg's description our plane is: both name Y U V A, R G B A or Y A.
const AVComponentDescriptor& component(AVPixelFormat format, int plane) {
    return av_pix_fmt_desc_get(format)->comp[plane];
}

bool is_big_endian(AVPixelFormat format) {
    return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_BE) != 0;
}

bool has_own_planes(AVPixelFormat source, const PixelFormat& format) {
    if (format.sample_bytes() == 2 && is_big_endian(source)) return false;
    for (int plane = 0; plane < format.plane_count(); ++plane) {
        const AVComponentDescriptor& part = component(source, plane);
        if (part.step != format.sample_bytes() || part.offset != 0 || part.shift != 0) return false;
    }
    return true;
}

/// The nearest slot format that loses least of what has no place in slots as it is.
PixelFormat richer_format(AVPixelFormat source) {
    const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(source);
    PixelFormat format;
    format.has_alpha = (descriptor.flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    int depth = 0;
    for (int i = 0; i < descriptor.nb_components; ++i)
        depth = std::max(depth, descriptor.comp[i].depth);
    // Of a sensor's mosaic the description counts the bits of each colour per pixel of the mosaic.
    if ((descriptor.flags & AV_PIX_FMT_FLAG_BAYER) != 0) depth = 8 * descriptor.comp[0].step;
    format.bit_depth = depth <= 8 ? 8 : 16;
    const int colors = descriptor.nb_components - (format.has_alpha ? 1 : 0);
    if (colors == 1) {
        format.model = ColorModel::gray;
    } else {
        format.model = ColorModel::rgb;
    }
    return format;
}

template <int step>
REELPOOL_VECTORISED void pick_bytes(const Byte* __restrict in, Byte* __restrict out,
                                    std::size_t n) {
    for (std::size_t x = 0; x < n; ++x) out[x] = in[x * step];
}

void pick_bytes(const Byte* in, int step, Byte* out, std::size_t n) {
    if (step == 1)
        std::memcpy(out, in, n);
    else if (step == 2)
        pick_bytes<2>(in, out, n);
    else if (step == 3)
        pick_bytes<3>(in, out, n);
    else if (step == 4)
        pick_bytes<4>(in, out, n);
    else
        for (std::size_t x = 0; x < n; ++x) out[x] = in[x * static_cast<unsigned>(step)];
}

void pick_words(const Byte* in, std::size_t step, int shift, Word mask, std::endian order,
                Word* out, std::size_t n) {
    for (std::size_t x = 0; x < n; ++x) {
        Word word = 0;
        std::memcpy(&word, in + x * step, sizeof word);
        if (order == std::endian::big) word = __builtin_bswap16(word);
        out[x] = static_cast<Word>((word >> shift) & mask);
    }
}

}  // namespace

Result<PicturePlan> plan_picture(AVPixelFormat source) {
    PicturePlan plan{.way = PicturePlan::Way::planes, .source = source, .format = {}};
    if (source == AV_PIX_FMT_PAL8) {
        plan.way = PicturePlan::Way::palette;
        plan.format = {.model = ColorModel::rgb, .has_alpha = true};
        return plan;
    }
    if (const auto format = av::sample_format(source)) {
        plan.format = *format;
        if (!has_own_planes(source, *format)) plan.way = PicturePlan::Way::gather;
        return plan;
    }
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(source);
    if (descriptor != nullptr && (descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL) == 0 &&
        descriptor->nb_components > 0) {
        plan.way = PicturePlan::Way::scaler;
        plan.format = richer_format(source);
        const AVPixelFormat target = av::planar_av_format(plan.format);
        if (target != AV_PIX_FMT_NONE && sws_isSupportedInput(source) > 0 &&
            sws_isSupportedOutput(target) > 0)
            return plan;
    }
    return unexpected(
        {.code = ErrorCode::media,
         .component = Component::shared_decoder,
         .subject = {},
         .what = "pictures of the format " + av::format_name(source) + " cannot be read",
         .cause = {},
         .hint = "convert the file with ffmpeg, for instance to ProRes or H.264"});
}

std::byte* Unpacker::own_plane(PlanarPicture& picture, int plane) {
    const auto index = static_cast<std::size_t>(plane);
    PlaneView& view = picture.planes[index];
    const auto row_bytes =
        std::size_t{view.width} * static_cast<unsigned>(picture.format.sample_bytes());
    planes_[index].resize(row_bytes * view.height);
    view.data = planes_[index].data();
    view.stride_bytes = static_cast<std::ptrdiff_t>(row_bytes);
    return planes_[index].data();
}

void Unpacker::gather(const AVFrame& frame, PlanarPicture& picture) {
    const std::endian order = is_big_endian(plan_.source) ? std::endian::big : std::endian::little;
    for (int plane = 0; plane < plan_.format.plane_count(); ++plane) {
        const AVComponentDescriptor& part = component(plan_.source, plane);
        std::byte* const out = own_plane(picture, plane);
        const PlaneView& view = picture.planes[static_cast<std::size_t>(plane)];
        const Word mask = static_cast<Word>((1U << part.depth) - 1);
        for (std::uint32_t y = 0; y < view.height; ++y) {
            const Byte* const in = frame.data[part.plane] + part.offset +
                                   std::ptrdiff_t{frame.linesize[part.plane]} * y;
            std::byte* const row = out + view.stride_bytes * static_cast<std::ptrdiff_t>(y);
            if (plan_.format.sample_bytes() == 1)
                pick_bytes(in, part.step, reinterpret_cast<Byte*>(row), view.width);
            else
                pick_words(in, static_cast<std::size_t>(part.step), part.shift, mask, order,
                           reinterpret_cast<Word*>(row), view.width);
        }
    }
}

void Unpacker::look_up(const AVFrame& frame, PlanarPicture& picture) {
    std::array<std::uint32_t, 256> palette{};  // native words of A R G B
    std::memcpy(palette.data(), frame.data[1], sizeof palette);
    for (int plane = 0; plane < 4; ++plane) {
        const int shift = plane == 3 ? 24 : 16 - 8 * plane;
        std::byte* const out = own_plane(picture, plane);
        const PlaneView& view = picture.planes[static_cast<std::size_t>(plane)];
        for (std::uint32_t y = 0; y < view.height; ++y) {
            const Byte* const in = frame.data[0] + std::ptrdiff_t{frame.linesize[0]} * y;
            std::byte* const row = out + view.stride_bytes * static_cast<std::ptrdiff_t>(y);
            for (std::uint32_t x = 0; x < view.width; ++x)
                row[x] = static_cast<std::byte>(palette[in[x]] >> shift);
        }
    }
}

Status Unpacker::scale(const AVFrame& frame, PlanarPicture& picture) {
    const auto shortage = [] {
        return unexpected(av::av_error(ErrorCode::decode, Component::shared_decoder,
                                       "converting a picture's format failed", AVERROR(ENOMEM)));
    };
    const AVPixelFormat target = av::planar_av_format(plan_.format);
    scaler_.reset(sws_getCachedContext(
        scaler_.release(), frame.width, frame.height, plan_.source, frame.width, frame.height,
        target, SWS_POINT | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT, nullptr, nullptr,
        nullptr));
    scaled_.reset(av_frame_alloc());
    if (!scaler_ || !scaled_) return shortage();
    scaled_->width = frame.width;
    scaled_->height = frame.height;
    scaled_->format = target;
    if (av_frame_get_buffer(scaled_.get(), 0) < 0) return shortage();
    if (const int error = sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height,
                                    scaled_->data, scaled_->linesize);
        error < 0)
        return unexpected(av::av_error(ErrorCode::decode, Component::shared_decoder,
                                       "converting a picture's format failed", error));
    for (int plane = 0; plane < plan_.format.plane_count(); ++plane) {
        PlaneView& view = picture.planes[static_cast<std::size_t>(plane)];
        const int from = av::av_plane(plan_.format, plane);
        view.data = reinterpret_cast<const std::byte*>(scaled_->data[from]);
        view.stride_bytes = scaled_->linesize[from];
    }
    return ok();
}

Result<PlanarPicture> Unpacker::unpack(const AVFrame& frame) {
    const auto source = static_cast<AVPixelFormat>(frame.format);
    if (source != plan_.source) {
        REELPOOL_TRY(plan, plan_picture(source));
        plan_ = plan;
    }
    PlanarPicture picture;
    picture.format = plan_.format;
    picture.width = static_cast<std::uint32_t>(frame.width);
    picture.height = static_cast<std::uint32_t>(frame.height);
    for (int plane = 0; plane < plan_.format.plane_count(); ++plane) {
        PlaneView& view = picture.planes[static_cast<std::size_t>(plane)];
        const bool chroma = plan_.format.is_chroma_plane(plane);
        view.width = chroma ? halved(picture.width, plan_.format.chroma_shift_x) : picture.width;
        view.height = chroma ? halved(picture.height, plan_.format.chroma_shift_y) : picture.height;
    }
    switch (plan_.way) {
        case PicturePlan::Way::planes:
            for (int plane = 0; plane < plan_.format.plane_count(); ++plane) {
                PlaneView& view = picture.planes[static_cast<std::size_t>(plane)];
                const int from = component(source, plane).plane;
                view.data = reinterpret_cast<const std::byte*>(frame.data[from]);
                view.stride_bytes = frame.linesize[from];
            }
            break;
        case PicturePlan::Way::gather:
            gather(frame, picture);
            break;
        case PicturePlan::Way::palette:
            look_up(frame, picture);
            break;
        case PicturePlan::Way::scaler:
            REELPOOL_TRY_STATUS(scale(frame, picture));
            break;
    }
    return picture;
}

}  // namespace reelpool::worker
