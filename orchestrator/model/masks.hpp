#pragma once

#include <optional>
#include <vector>

#include "ipc/frame/draw_list.hpp"
#include "orchestrator/model/geometry.hpp"
#include "orchestrator/model/project.hpp"

namespace reelpool::model {

/// A clip's masks at one local time, in pixels of its upright source; `shape` is the source's.
[[nodiscard]] std::vector<Mask> masks_at(const Clip& clip, const SourceShape& shape,
                                         const Time& local);

/// Mask pixels -> output pixels, for a layer whose own units lead there by `to_output`.
[[nodiscard]] Matrix mask_matrix(const SourceShape& shape, const Matrix& to_output);

/// Output pixels outside of which the masks leave nothing; nothing where that may be anywhere.
[[nodiscard]] std::optional<Rect> shown_by(const std::vector<Mask>& masks,
                                           const Matrix& to_output);

}  // namespace reelpool::model
