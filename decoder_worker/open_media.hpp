#pragma once

#include <memory>

#include "decoder_worker/frame_stream.hpp"
#include "decoder_worker/media_file.hpp"
#include "decoder_worker/media_index.hpp"
#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/frame/media_info.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::worker {

/// One medium, examined: what every cursor needs to know. Immutable; shared by all threads.
struct OpenedMedia {
    std::shared_ptr<MediaFile> file;
    MediaInfo info;
    MediaIndex index;
    wire::OpenMedia wishes;
};

/// Reads all packets once, decodes the first picture, and describes what is there. Where packets do
/// not tell which frames there are, the whole file is decoded once, and only linear decoding is
/// possible.
/// Errors: media or decode, in words for the user.
[[nodiscard]] Result<std::shared_ptr<const OpenedMedia>> open_media(UniqueFd fd,
                                                                    wire::OpenMedia wishes);

}  // namespace reelpool::worker
