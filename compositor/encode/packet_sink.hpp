#pragma once

#include <cstdint>

#include "compositor/encode/av_handles.hpp"

namespace reelpool::compositor {

/// Where packets go. What it created is deleted with it unless `finish` succeeded.
/// Thread: one at a time; `bytes_written` from any.
class PacketSink {
  public:
    PacketSink() = default;
    PacketSink(const PacketSink&) = delete;
    PacketSink& operator=(const PacketSink&) = delete;
    virtual ~PacketSink() = default;

    /// Units: pts, dts and duration in frames. Decoding order.
    /// Errors: output, with the path and what to do about it.
    [[nodiscard]] virtual Status write(AVPacket& packet) = 0;

    /// Completes the output, brings it to the disk, reads it back and checks it.
    /// Gives its size in bytes.
    [[nodiscard]] virtual Result<std::uint64_t> finish(std::uint32_t frames) = 0;

    [[nodiscard]] virtual std::uint64_t bytes_written() const = 0;
};

}  // namespace reelpool::compositor
