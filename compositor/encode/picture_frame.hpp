#pragma once

#include "compositor/encode/av_handles.hpp"
#include "compositor/picture.hpp"
#include "ipc/frame/draw_list.hpp"

namespace reelpool::compositor {

/// FFmpeg's name for what an encoder is given: RGB goes in packed, everything else as it is.
/// Errors: internal, a format that is no output format.
[[nodiscard]] Result<AVPixelFormat> encoder_pixel_format(const PixelFormat& format);

/// A picture as FFmpeg takes it. YUV planes are wrapped, not copied: the frame keeps
/// `picture.hold` until the encoder drops it. Planar RGB is interleaved into memory of its own.
/// Errors: retryable, no memory.
[[nodiscard]] Result<FramePtr> to_frame(Picture picture, const OutputFormat& format);

/// A black picture of this format.
/// Errors: retryable, no memory.
[[nodiscard]] Result<FramePtr> black_frame(const OutputFormat& format);

}  // namespace reelpool::compositor
