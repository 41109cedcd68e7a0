#pragma once

#include <cstdint>

#include "compositor/encode/sound_track.hpp"

namespace reelpool::compositor {

/// Writes a container without pictures from a finished track, syncs and verifies it.
/// Gives its size in bytes.
/// Errors: output, the path exists or cannot be written, or the container refuses the stream.
[[nodiscard]] Result<std::uint64_t> write_sound_file(const OutputSettings& settings,
                                                     SoundTrack& sound);

}  // namespace reelpool::compositor
