#pragma once

#include <memory>

#include "compositor/encode/encoder.hpp"
#include "compositor/encode/packet_sink.hpp"
#include "compositor/encode/sound_track.hpp"

namespace reelpool::compositor {

/// A container file with pictures, sound or both; each may be null. The header is written with the first packet, the part file exists before.
/// Errors: output, the path exists or cannot be created, or the container refuses the stream.
[[nodiscard]] Result<std::unique_ptr<PacketSink>> open_muxer(const OutputSettings& settings,
                                                             const Encoder* encoder,
                                                             SoundTrack* sound);

}  // namespace reelpool::compositor
