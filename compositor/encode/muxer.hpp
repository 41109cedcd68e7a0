#pragma once

#include <memory>

#include "compositor/encode/encoder.hpp"
#include "compositor/encode/packet_sink.hpp"

namespace reelpool::compositor {

/// A container file. The header is written with the first packet, the part file exists before.
/// Errors: output, the path exists or cannot be created, or the container refuses the stream.
[[nodiscard]] Result<std::unique_ptr<PacketSink>> open_muxer(const OutputSettings& settings,
                                                             const Encoder& encoder);

}  // namespace reelpool::compositor
