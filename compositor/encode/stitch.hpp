#pragma once

#include <cstdint>

#include "compositor/encode/av_handles.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

class SoundTrack;

/// Writes OutputSettings::part_path from the segments in OutputSettings::journal_path, without
/// encoding anything: the packets go to the muxer as if they came from the encoders, and those of
/// `sound`, if there is one and it is finished, beside them. Gives the output's size in bytes; syncs and verifies it as OutputFile::finish does.
/// Errors: output, a segment is missing or damaged, or the output cannot be written.
[[nodiscard]] Result<std::uint64_t> stitch(const OutputSettings& settings,
                                           SoundTrack* sound = nullptr);

}  // namespace reelpool::compositor
