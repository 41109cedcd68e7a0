#include "compositor/encode/stitch.hpp"

#include "compositor/encode/encoder.hpp"
#include "compositor/encode/packet_order.hpp"
#include "compositor/encode/packet_sink.hpp"
#include "compositor/encode/segment_file.hpp"

namespace reelpool::compositor {
namespace {

Status append(const OutputSettings& settings, const OutputSegment& segment, PacketOrder& order) {
    REELPOOL_TRY(reader, SegmentReader::open(settings, segment));
    REELPOOL_TRY_STATUS(order.begin_segment(segment.index, reader->extradata()));
    for (;;) {
        REELPOOL_TRY(packet, reader->next());
        if (!packet) return order.finish_segment(segment.index);
        REELPOOL_TRY_STATUS(order.deliver(segment.index, std::move(packet)));
    }
}

}  // namespace

Result<std::uint64_t> stitch(const OutputSettings& settings, SoundTrack* sound) {
    // It encodes nothing: it describes the stream to the muxer.
    REELPOOL_TRY(encoder, Encoder::open(settings));
    REELPOOL_TRY(sink, open_sink(settings, encoder, sound));
    PacketOrder order(std::move(sink), settings);
    // What every segment must begin with.
    const auto extradata = encoder.extradata();
    REELPOOL_TRY_STATUS(order.begin_segment(0, extradata));
    for (std::uint32_t index = 0; index < segment_count(settings); ++index)
        REELPOOL_TRY_STATUS(append(settings, segment_at(settings, index), order));
    return order.finish(settings.frame_count);
}

}  // namespace reelpool::compositor
