#pragma once

#include "decoder_worker/open_media.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::worker {

/// Adds to a medium with pictures what its sound is. Sound that cannot be decoded is no error: a
/// note tells of it.
void add_sound(OpenedMedia& media);

/// Whether there is sound, and nothing but sound; then describes it.
/// Errors: there is nothing else, and it cannot be decoded.
[[nodiscard]] Result<bool> describe_sound_alone(OpenedMedia& media);

}  // namespace reelpool::worker
