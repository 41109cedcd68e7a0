#pragma once

extern "C" {
#include <libavutil/pixfmt.h>
}

#include <optional>
#include <string>

#include "ipc/frame/pixel_format.hpp"

namespace reelpool::av {

/// The planar format that holds the samples of `format` unchanged, or nothing where FFmpeg's
/// format is no arrangement of 8 to 16-bit samples of one depth (palettes, 5-bit colours, floats,
/// sensor mosaics, hardware surfaces).
[[nodiscard]] std::optional<PixelFormat> sample_format(AVPixelFormat format);

/// FFmpeg's planar, native-endian format of the same shape, or AV_PIX_FMT_NONE (gray with alpha
/// has none). Its planes come in FFmpeg's order: see `av_plane`.
[[nodiscard]] AVPixelFormat planar_av_format(const PixelFormat& format);

/// In which plane of that FFmpeg format our plane lies (FFmpeg orders RGB as G, B, R, A).
[[nodiscard]] int av_plane(const PixelFormat& format, int plane);

/// FFmpeg's name, for people.
[[nodiscard]] std::string format_name(AVPixelFormat format);

}  // namespace reelpool::av
