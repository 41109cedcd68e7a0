#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ipc/frame/sound_mix.hpp"
#include "orchestrator/model/resolved_project.hpp"

namespace reelpool::model {

/// What is heard in the samples [first, first + samples) of the export; `slots` is empty.
/// Sample n of the export is sample n + origin of the main comp. Every position is rounded once, to
/// the nearest sample of the main comp's time, however deep the nesting.
[[nodiscard]] SoundMix walk_sound(const ResolvedProject& project, std::int64_t origin,
                                  std::uint64_t first, std::uint32_t samples);

}  // namespace reelpool::model
