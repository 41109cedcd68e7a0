#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace reelpool {

/// What a mask does to those before it, whose value is M (0 before a first one that adds, else 1).
enum class MaskMode : std::uint8_t {
    add = 0,        ///< M + m - M m
    subtract = 1,   ///< M (1 - m)
    intersect = 2,  ///< M m
};

enum class MaskShape : std::uint8_t { rect = 0, ellipse = 1, path = 2 };

struct MaskPoint {
    double x = 0, y = 0;
    friend bool operator==(const MaskPoint&, const MaskPoint&) = default;
};

/// A vertex of a closed path of cubic Bezier curves; `in` and `out` are its handles, relative to it.
struct MaskVertex {
    MaskPoint point;
    MaskPoint in;
    MaskPoint out;
    friend bool operator==(const MaskVertex&, const MaskVertex&) = default;
};

inline constexpr std::size_t max_masks = 64;            ///< of a layer
inline constexpr std::size_t max_mask_vertices = 1024;  ///< of a path

/// What the compositor keeps of the masks of one frame for the next one, at the most.
inline constexpr std::uint64_t max_kept_mask_bytes = 16ULL << 20;

/// One shape. With D the distance from its outline (positive inside; a path's by the non-zero rule),
/// n the direction of D's gradient, and w = max(feather, the length of n in source pixels for one
/// output pixel):
///   m = clamp((D + expansion) / w + 1/2, 0, 1), inverted 1 - m, then times the opacity.
struct Mask {
    MaskShape shape = MaskShape::rect;
    MaskMode mode = MaskMode::add;
    bool is_inverted = false;
    double feather = 0;    ///< >= 0
    double expansion = 0;  ///< < 0: the shape shrinks
    double opacity = 1;    ///< 0..1
    MaskPoint center;      ///< rect and ellipse
    MaskPoint size;        ///< rect and ellipse: both axes' full lengths, >= 0
    std::vector<MaskVertex> vertices{};  ///< path: at least 2
    friend bool operator==(const Mask&, const Mask&) = default;
};

}  // namespace reelpool
