#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "compositor/encode/packet_sink.hpp"
#include "compositor/encode/segment_sink.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

/// Puts the packets of segments that are encoded at the same time into one stream.
///
/// Packets of the first unfinished segment go to the sink at once; those of later ones wait, and
/// when they are more than a bound, their encoder waits. The first unfinished segment never waits,
/// so there is always progress. The first failure stops everything and is what everybody gets.
///
/// Times: every frame is one packet, so packet n of the stream (decoding order) gets dts n - delay,
/// where delay is what the first segment's encoder began with. Equal settings give every encoder
/// the same delay, which makes dts ascend by one across the seams; that dts <= pts is checked.
///
/// Thread: any.
class PacketOrder final : public SegmentSink {
  public:
    PacketOrder(std::unique_ptr<PacketSink> sink, const OutputSettings& settings);

    Status begin_segment(std::uint32_t segment, std::span<const std::uint8_t> extradata) override;
    Status deliver(std::uint32_t segment, PacketPtr packet) override;
    Status finish_segment(std::uint32_t segment) override;
    void fail(Error error) override;
    Status status() const override;

    /// All segments are finished: completes the sink.
    [[nodiscard]] Result<std::uint64_t> finish(std::uint32_t frames);

    std::uint64_t bytes_written() const override { return sink_->bytes_written(); }

  private:
    struct Waiting {
        std::deque<PacketPtr> packets;
        bool is_finished = false;
    };

    Status write(AVPacket& packet);
    Status check_headers(std::span<const std::uint8_t> extradata);
    Status advance();
    Status failed(Error error);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::unique_ptr<PacketSink> sink_;
    const Codec codec_;
    const std::uint32_t segment_frames_;
    std::optional<Error> error_;
    std::optional<std::vector<std::uint8_t>> extradata_;
    std::map<std::uint32_t, Waiting> waiting_;  ///< by segment, all behind front_
    std::size_t waiting_bytes_ = 0;
    std::uint32_t front_ = 0;    ///< the first segment that is not finished
    std::uint32_t written_ = 0;  ///< packets
    std::int64_t delay_ = 0;
};

}  // namespace reelpool::compositor
