#pragma once

#include <cstdint>
#include <memory>

#include "compositor/encode/av_handles.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

class Encoder;
class SoundTrack;

/// Where packets go. What it created is deleted with it unless `finish` succeeded.
/// Thread: one at a time; `bytes_written` from any.
class PacketSink {
  public:
    PacketSink() = default;
    PacketSink(const PacketSink&) = delete;
    PacketSink& operator=(const PacketSink&) = delete;
    virtual ~PacketSink() = default;

    /// Writes what comes before all packets; by itself with the first packet at the latest.
    [[nodiscard]] virtual Status begin() = 0;

    /// Units: pts, dts and duration in frames. Decoding order.
    /// Errors: output, with the path and what to do about it.
    [[nodiscard]] virtual Status write(AVPacket& packet) = 0;

    /// Completes the output, brings it to the disk, reads it back and checks it.
    /// Gives its size in bytes.
    [[nodiscard]] virtual Result<std::uint64_t> finish(std::uint32_t frames) = 0;

    [[nodiscard]] virtual std::uint64_t bytes_written() const = 0;
};

/// The one that OutputSettings::container asks for, at OutputSettings::part_path.
/// `sound`: null, or a second stream, whose packets are written beside the pictures' where their
/// times are; it must outlive the sink, and be finished when the first picture comes.
/// Errors: output, the path exists or cannot be created, or the container refuses the stream.
[[nodiscard]] Result<std::unique_ptr<PacketSink>> open_sink(const OutputSettings& settings,
                                                            const Encoder& encoder,
                                                            SoundTrack* sound = nullptr);

}  // namespace reelpool::compositor
