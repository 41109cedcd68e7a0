#pragma once

#include <cstdint>

#include "ipc/av/handles.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/media_info.hpp"

namespace reelpool::worker {

/// What pictures are converted to.
struct ConversionTarget {
    PixelFormat format;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    ColorRange range = ColorRange::unspecified;  ///< unspecified: as swscale assumes
    ColorMatrix matrix = ColorMatrix::bt709;     ///< where RGB becomes YUV, and back
};

/// Brings pictures that differ from their medium's first one to its size, format and range, the way
/// ffmpeg's command line does while its output stays the same: swscale, bicubic.
/// Thread: one at a time; it owns its last result.
class PictureConverter {
  public:
    explicit PictureConverter(const ConversionTarget& target) : target_(target) {}

    /// A picture that unpacks to the target's format; valid until the next call.
    /// Errors: decode, where swscale cannot read the format or is out of memory.
    [[nodiscard]] Result<const AVFrame*> convert(const AVFrame& frame);

  private:
    /// What a scaler was made for.
    struct Source {
        int width = 0;
        int height = 0;
        int format = AV_PIX_FMT_NONE;
        ColorRange range = ColorRange::unspecified;
        int matrix = AVCOL_SPC_UNSPECIFIED;
        friend bool operator==(const Source&, const Source&) = default;
    };

    Status prepare(const AVFrame& frame);

    ConversionTarget target_;
    Source source_;
    av::Scaler scaler_;
    av::Frame converted_;
};

}  // namespace reelpool::worker
