#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "decoder_worker/demuxer.hpp"
#include "decoder_worker/media_index.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::worker {

/// What the container says about one packet of the video stream.
struct PacketFacts {
    std::int64_t pts = 0;
    std::int64_t dts = 0;
    std::int64_t position_bytes = -1;
    std::int64_t duration = 0;
    bool is_key = false;            ///< decoding is right from here on, as far as can be seen
    bool is_shown = true;           ///< not cut away by an edit list, no invisible frame, no
                                    ///< second field
    bool is_bidirectional = false;  ///< a B picture, as far as a parser can tell
    bool is_cut = false;            ///< some of it is missing, or may be: only decoding tells

    friend bool operator==(const PacketFacts&, const PacketFacts&) = default;
};

/// All packets of the video stream in file order, read once.
/// Errors: reading failed; more than `max_packets`; a time stamp beyond 2^60; no packets.
[[nodiscard]] Result<std::vector<PacketFacts>> scan_packets(Demuxer& demuxer,
                                                            std::size_t max_packets);

/// The file has more frames than it may have.
[[nodiscard]] Error too_many_frames(std::size_t most);

/// How many frames the container's index promises that lie wholly beyond the end of the file.
[[nodiscard]] std::uint32_t frames_beyond_end(const Demuxer& demuxer);

/// The index that follows from packets alone, without decoding.
/// Errors: media, when time stamps are missing or doubled: then only decoding tells.
[[nodiscard]] Result<MediaIndex> index_from_packets(const std::vector<PacketFacts>& packets,
                                                    const Demuxer& demuxer);

/// Forgets the frames before `frame`, which never come out of the codec.
void drop_frames_before(MediaIndex& index, std::uint32_t frame);

/// Of the frames from `first` on keeps only `shown`, ascending and not empty.
void keep_of_end(MediaIndex& index, std::uint32_t first, const std::vector<std::uint32_t>& shown);

/// How long a frame lasts where nothing better is known, in ticks, at least 1.
[[nodiscard]] std::int64_t nominal_frame_ticks(const AVStream& stream);

}  // namespace reelpool::worker
