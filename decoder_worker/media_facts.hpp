#pragma once

#include "ipc/av/handles.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/media_info.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::worker {

/// Describes a medium from its container, its stream and its first decoded picture, which has the
/// last word. Fields that only the frame table can fill (is_still) are left as they are.
/// Colours that the file does not tell follow the stated rules: YUV is BT.601 up to 576 lines and
/// BT.709 above, limited; JPEG's is full BT.601; RGB is sRGB, full; still pictures in gray are
/// full; primaries and transfer are BT.709's; chroma is sited left. Errors: media, when the
/// pictures have a format, a size or a matrix that nothing here can read.
[[nodiscard]] Result<MediaInfo> describe_media(AVFormatContext& container, AVStream& stream,
                                               const AVCodecContext& codec, AVFrame& first,
                                               const wire::OpenMedia& wishes);

/// How a display matrix turns the picture; nothing is turned if it is no multiple of 90 degrees,
/// which `notes` then tells.
[[nodiscard]] Orientation orientation_of(const std::int32_t* display_matrix,
                                         std::vector<std::string>& notes);

/// The pictures are larger than allowed.
[[nodiscard]] Error too_large(int width, int height, std::uint32_t max_side_px);

/// Full range where only a "yuvj" format says so.
[[nodiscard]] ColorRange range_of(const AVFrame& frame);

}  // namespace reelpool::worker
