#pragma once

#include <cstdint>
#include <span>

#include "compositor/encode/av_handles.hpp"

namespace reelpool::compositor {

/// Where the packets of segments go that may be encoded at the same time. The first failure stops
/// everything and is what everybody gets.
/// Thread: any.
class SegmentSink {
  public:
    SegmentSink() = default;
    SegmentSink(const SegmentSink&) = delete;
    SegmentSink& operator=(const SegmentSink&) = delete;
    virtual ~SegmentSink() = default;

    /// Every segment must have the headers of the first.
    [[nodiscard]] virtual Status begin_segment(std::uint32_t segment,
                                               std::span<const std::uint8_t> extradata) = 0;
    /// Units: pts and dts in frames, of the whole stream. Errors: the first failure.
    [[nodiscard]] virtual Status deliver(std::uint32_t segment, PacketPtr packet) = 0;
    [[nodiscard]] virtual Status finish_segment(std::uint32_t segment) = 0;

    /// Keeps the first error only.
    virtual void fail(Error error) = 0;
    /// The first failure, if there is one.
    [[nodiscard]] virtual Status status() const = 0;

    [[nodiscard]] virtual std::uint64_t bytes_written() const = 0;
};

}  // namespace reelpool::compositor
