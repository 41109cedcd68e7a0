#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "decoder_worker/deinterlace.hpp"
#include "decoder_worker/frame_stream.hpp"
#include "decoder_worker/media_file.hpp"
#include "decoder_worker/media_index.hpp"
#include "decoder_worker/proven_groups.hpp"
#include "decoder_worker/spare_demuxer.hpp"
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
    std::shared_ptr<ProvenGroups> proven;  ///< one per index.seek_points; cursors add to it
    std::shared_ptr<SpareDemuxer> spare = std::make_shared<SpareDemuxer>();
    wire::OpenMedia wishes;
    wire::TableSource source = wire::TableSource::scan;
    std::uint64_t bytes_read = 0;    ///< by opening
    std::uint64_t open_us = 0;       ///< that opening took
    std::vector<std::byte> entry{};  ///< to be kept for the next worker, where one is wanted

    /// Every coded frame is two frames to the orchestrator, one per field.
    [[nodiscard]] bool shows_fields() const {
        return wishes.unit == wire::FrameUnit::field && !wishes.is_sequence && !info.is_still;
    }
    /// How many frames the orchestrator knows.
    [[nodiscard]] std::uint32_t shown_frames() const {
        return index.table.frame_count() * (shows_fields() ? 2 : 1);
    }
    /// Which frame of `index` a frame of the orchestrator's is made of.
    [[nodiscard]] std::uint32_t coded_frame(std::uint32_t shown) const {
        return shows_fields() ? shown / 2 : shown;
    }
    /// Which part of that frame's time it shows.
    [[nodiscard]] Moment moment(std::uint32_t shown) const {
        return !shows_fields() ? Moment::whole : shown % 2 == 0 ? Moment::first : Moment::second;
    }
};

/// Reads all packets once, decodes the first picture, and describes what is there. Where packets do
/// not tell which frames there are, the whole file is decoded once, and only linear decoding is
/// possible. A stored entry that is good stands in for all of this. `progress` is told of all that
/// is done with the file, also later.
/// Errors: media or decode, in words for the user.
[[nodiscard]] Result<std::shared_ptr<const OpenedMedia>> open_media(
    UniqueFd fd, wire::OpenMedia wishes, UniqueFd entry = {},
    std::shared_ptr<Progress> progress = nullptr);

}  // namespace reelpool::worker
