#pragma once

#include <optional>

#include "ipc/frame/draw_list.hpp"
#include "orchestrator/model/project.hpp"

namespace reelpool::model {

/// How a transition moves its two sides, in shares of the comp's size.
struct Offsets {
    Value leaving{0, 0};
    Value coming{0, 0};
};
[[nodiscard]] Offsets offsets_of(TransitionKind kind, double progress);

/// How the two sides are mixed; nothing where one slides over the other.
[[nodiscard]] std::optional<MixKind> mix_of(TransitionKind kind);

}  // namespace reelpool::model
