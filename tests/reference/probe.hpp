#pragma once

#include "media_library.hpp"
#include "project.hpp"

namespace reelpool::reference {

/// Asks ffprobe about a medium and applies the project's overrides and the format's defaults.
[[nodiscard]] MediaFacts probe_media(const Media& media);

}  // namespace reelpool::reference
