#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

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
    wire::TableSource source = wire::TableSource::scan;
    std::uint64_t bytes_read = 0;    ///< by opening
    std::uint64_t open_us = 0;       ///< that opening took
    std::vector<std::byte> entry{};  ///< to be kept for the next worker, where one is wanted
};

/// Reads all packets once, decodes the first picture, and describes what is there. Where packets do
/// not tell which frames there are, the whole file is decoded once, and only linear decoding is
/// possible. A stored entry that is good stands in for all of this.
/// Errors: media or decode, in words for the user.
[[nodiscard]] Result<std::shared_ptr<const OpenedMedia>> open_media(UniqueFd fd,
                                                                    wire::OpenMedia wishes,
                                                                    UniqueFd entry = {});

}  // namespace reelpool::worker
