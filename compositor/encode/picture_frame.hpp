#pragma once

#include "compositor/encode/av_handles.hpp"
#include "compositor/picture.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

/// FFmpeg's name for what an encoder is given: planes as they are, but R'G'B' of 8 bits, and of
/// PNG, packed. Errors: internal, a format that is no output format.
[[nodiscard]] Result<AVPixelFormat> encoder_pixel_format(const PixelFormat& format, Codec codec);

/// A picture as FFmpeg takes it. YUV planes are wrapped, not copied: the frame keeps
/// `picture.hold` until the encoder drops it. What goes in packed is put into memory of its own.
/// Errors: retryable, no memory.
[[nodiscard]] Result<FramePtr> to_frame(Picture picture, const OutputFormat& format, Codec codec);

/// A black picture of this format.
/// Errors: retryable, no memory.
[[nodiscard]] Result<FramePtr> black_frame(const OutputFormat& format, Codec codec);

}  // namespace reelpool::compositor
