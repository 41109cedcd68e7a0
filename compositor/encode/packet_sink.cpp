#include "compositor/encode/packet_sink.hpp"

#include "compositor/encode/muxer.hpp"
#include "compositor/encode/png_sequence.hpp"

namespace reelpool::compositor {

Result<std::unique_ptr<PacketSink>> open_sink(const OutputSettings& settings,
                                              const Encoder& encoder, SoundTrack* sound) {
    return settings.container == Container::png_sequence ? open_png_sequence(settings)
                                                         : open_muxer(settings, &encoder, sound);
}

}  // namespace reelpool::compositor
