#pragma once

#include <optional>

#include "ipc/frame/draw_list.hpp"
#include "ipc/frame/media_info.hpp"
#include "orchestrator/model/project.hpp"

namespace reelpool::model {

/// A width and a height, which may be fractional. Units: pixels of whatever they belong to.
struct Extent {
    double width = 0;
    double height = 0;
    friend bool operator==(const Extent&, const Extent&) = default;
};

/// How a source lies before its clip's transform: its own units (coded pixels of a frame, comp
/// pixels of a solid or comp) against the upright picture with square pixels.
struct SourceShape {
    Extent own;         ///< width and height in the source's own units
    Extent upright;     ///< after sample aspect and rotation metadata
    Matrix to_upright;  ///< own units -> upright pixels

    friend bool operator==(const SourceShape&, const SourceShape&) = default;
};

/// The shape of a decoded picture.
[[nodiscard]] SourceShape shape_of(const MediaInfo& info);
/// The shape of a solid or a comp: nothing to turn or stretch.
[[nodiscard]] SourceShape shape_of(Extent size);

/// What the crop leaves, in the source's own units. Sides without crop are exactly 0 or the size.
/// Nothing when the crop leaves no area.
[[nodiscard]] std::optional<Rect> cropped_rect(const SourceShape& shape, const Crop& crop);

/// A clip's transform at one time.
struct Placement {
    Value anchor{0.5, 0.5};
    Value position{};
    Value scale{1, 1};
    double rotation_degrees = 0;
};

/// Source's own units -> comp pixels.
/// comp_xy = position + R(rotation) . diag(scale x fit) . (upright_xy - crop - anchor x size)
[[nodiscard]] Matrix clip_matrix(const SourceShape& shape, const Crop& crop, Fit fit, Extent comp,
                                 const Placement& placement);

/// Whether a rectangle under this matrix is thinner than anything that can be seen.
[[nodiscard]] bool is_singular(const Matrix& matrix, const Rect& rect);

/// The level to read: i = max(0, floor(log2(1 / cx) + 1e-6)) with cx the length of the matrix's
/// first column, j likewise with the second; `nearest` always reads the full picture.
[[nodiscard]] Level level_for(const Matrix& coded_to_output, Sampling sampling);

/// The corners of `rect` under `matrix`: left top, right top, right bottom, left bottom.
[[nodiscard]] std::array<Value, 4> corners_of(const Rect& rect, const Matrix& matrix);

/// The smallest upright rectangle around the corners.
[[nodiscard]] Rect bounds_of(const std::array<Value, 4>& corners);

}  // namespace reelpool::model
