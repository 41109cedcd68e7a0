#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "compositor/encode/bounded_queue.hpp"
#include "compositor/encode/encoder.hpp"
#include "compositor/encode/segment_sink.hpp"
#include "compositor/picture.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

/// Counted by all encoders of one output. Thread: any.
struct EncodeCounters {
    std::atomic<std::uint32_t> frames_taken{0};
    std::atomic<std::uint64_t> encode_us{0};
};

/// Encodes one segment on a thread of its own: opens the encoder (unless it is given one), takes
/// pictures from a bounded queue, delivers packets.
/// Failures go to the sink. Destroying it before `join` abandons the segment.
/// Thread: one owner.
class SegmentEncoder {
  public:
    /// `settings`, `sink` and `counters` must outlive it.
    /// Errors: retryable, no thread.
    [[nodiscard]] static Result<std::unique_ptr<SegmentEncoder>> start(
        const OutputSegment& segment, const OutputSettings& settings,
        std::optional<Encoder> encoder, SegmentSink& sink, EncodeCounters& counters);

    SegmentEncoder(const SegmentEncoder&) = delete;
    SegmentEncoder& operator=(const SegmentEncoder&) = delete;
    ~SegmentEncoder();

    [[nodiscard]] const OutputSegment& segment() const { return segment_; }

    /// Blocks while the queue is full. Pictures that come after a failure are dropped.
    void push(Picture picture);
    /// Every picture has been pushed: the encoder drains by itself.
    void close() { queue_.close(); }
    /// Waits until all packets are delivered, or something failed.
    void join();

  private:
    SegmentEncoder(const OutputSegment& segment, const OutputSettings& settings,
                   std::optional<Encoder> encoder, SegmentSink& sink, EncodeCounters& counters);
    void run();
    Status encode_all();
    Status open();
    Status encode(Picture picture);
    Status deliver_ready();
    Status deliver(PacketPtr packet);

    const OutputSegment segment_;
    const OutputSettings& settings_;
    SegmentSink& sink_;
    EncodeCounters& counters_;
    std::optional<Encoder> encoder_;
    BoundedQueue<Picture> queue_;
    std::uint32_t pictures_ = 0;
    std::vector<bool> delivered_;  ///< by frame of the segment
    std::uint32_t packets_ = 0;
    std::thread thread_;
};

}  // namespace reelpool::compositor
