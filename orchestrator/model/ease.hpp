#pragma once

#include <cstdint>

namespace reelpool::model {

enum class EaseKind : std::uint8_t { linear, hold, bezier };

/// How a segment between two anim keys runs: a CSS cubic-bezier from (0, 0) to (1, 1), or simpler.
struct Ease {
    EaseKind kind = EaseKind::linear;
    double x1 = 0, y1 = 0, x2 = 1, y2 = 1;  ///< kind bezier; x1 and x2 in 0..1

    friend bool operator==(const Ease&, const Ease&) = default;
};

inline constexpr Ease hold_ease{.kind = EaseKind::hold};
inline constexpr Ease css_ease{EaseKind::bezier, 0.25, 0.1, 0.25, 1};
inline constexpr Ease css_ease_in{EaseKind::bezier, 0.42, 0, 1, 1};
inline constexpr Ease css_ease_out{EaseKind::bezier, 0, 0, 0.58, 1};
inline constexpr Ease css_ease_in_out{EaseKind::bezier, 0.42, 0, 0.58, 1};

/// How far the value has come at `progress` of the segment's time. Units: both 0..1, but a bezier
/// may leave 0..1 on its way.
/// Source: CSS Easing Functions Level 1.
[[nodiscard]] double eased(const Ease& ease, double progress);

/// The integral of `eased` from 0 to `progress`, in closed form.
[[nodiscard]] double eased_integral(const Ease& ease, double progress);

}  // namespace reelpool::model
