#include "compositor/encode/sound_file.hpp"

#include "compositor/encode/muxer.hpp"

namespace reelpool::compositor {

Result<std::uint64_t> write_sound_file(const OutputSettings& settings, SoundTrack& sound) {
    REELPOOL_TRY(sink, open_muxer(settings, nullptr, &sound));
    return sink->finish(0);
}

}  // namespace reelpool::compositor
