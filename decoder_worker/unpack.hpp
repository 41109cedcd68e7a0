#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "decoder_worker/planar_picture.hpp"
#include "ipc/av/handles.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::worker {

/// How a codec's pictures become planes of the slots' layout.
struct PicturePlan {
    enum class Way : std::uint8_t {
        planes,   ///< they are such planes already
        gather,   ///< samples are picked one by one: packed, interleaved or big-endian formats
        palette,  ///< looked up
        scaler,   ///< converted by libswscale to the nearest richer format
    };
    Way way = Way::planes;
    AVPixelFormat source = AV_PIX_FMT_NONE;
    PixelFormat format;  ///< of the result
};

/// Errors: media, with the format's name, where no way leads to a slot format.
[[nodiscard]] Result<PicturePlan> plan_picture(AVPixelFormat source);

/// Turns decoded frames into planes: exactly, wherever the samples exist as 8 to 16-bit numbers.
/// Thread: one at a time; it owns the planes of its last result unless they are the frame's own.
class Unpacker {
  public:
    [[nodiscard]] Result<PlanarPicture> unpack(const AVFrame& frame);

  private:
    void gather(const AVFrame& frame, PlanarPicture& picture);
    void look_up(const AVFrame& frame, PlanarPicture& picture);
    Status scale(const AVFrame& frame, PlanarPicture& picture);
    std::byte* own_plane(PlanarPicture& picture, int plane);

    PicturePlan plan_;
    std::vector<std::byte> planes_[4];
    av::Scaler scaler_;
    av::Frame scaled_;
};

}  // namespace reelpool::worker
