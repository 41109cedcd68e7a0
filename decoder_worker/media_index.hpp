#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "ipc/frame/frame_table.hpp"

namespace reelpool::worker {

/// How a container is brought to a keyframe.
enum class SeekMethod : std::uint8_t {
    pts,   ///< by presentation time stamp: mov, mkv, and the default
    dts,   ///< by decoding time stamp: avi, program streams
    byte,  ///< by position: transport streams
    none,  ///< only from the start
};

/// How a decoded frame is known.
enum class FrameNaming : std::uint8_t {
    by_pts,    ///< its packet's PTS stands in the table
    by_dts,    ///< its packet's DTS does, after `stamps`: the container has no PTS
    by_count,  ///< the n-th frame out of the codec: time stamps are of no use
};

/// A packet at which decoding may start, and the frame that it leads to.
struct SeekPoint {
    std::int64_t pts = 0;
    std::int64_t dts = 0;
    std::int64_t position_bytes = -1;
};

/// What a worker knows about the order of its file. Immutable once made; shared by all cursors.
struct MediaIndex {
    FrameTable table;
    SeekMethod seek = SeekMethod::pts;
    FrameNaming naming = FrameNaming::by_pts;
    std::vector<SeekPoint> seek_points;  ///< one per table.keyframes
    /// by_dts only: (DTS, PTS) of every packet, ascending.
    std::vector<std::pair<std::int64_t, std::int64_t>> stamps;

    /// Which frame is presented at exactly this time stamp.
    [[nodiscard]] std::optional<std::uint32_t> frame_of(std::int64_t pts) const;
    /// by_dts only: the PTS that a packet should have had.
    [[nodiscard]] std::optional<std::int64_t> pts_of(std::int64_t dts) const;
};

}  // namespace reelpool::worker
