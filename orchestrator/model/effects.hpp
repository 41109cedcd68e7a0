#pragma once

#include <vector>

#include "ipc/frame/picture_effect.hpp"
#include "orchestrator/model/project.hpp"

namespace reelpool::model {

/// What changes the picture of a clip at a local time: its own effects, then its track's. Those that
/// change nothing are left out.
[[nodiscard]] std::vector<PictureEffect> effects_at(const Clip& clip, const Track& track,
                                                    const Time& local);

/// Whether they must see the full picture, not a smaller level of it.
[[nodiscard]] bool need_full_level(const std::vector<PictureEffect>& effects);

}  // namespace reelpool::model
