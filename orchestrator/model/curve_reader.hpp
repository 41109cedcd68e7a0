#pragma once

#include <array>

#include "orchestrator/model/value_reader.hpp"

namespace reelpool::model {

/// An animatable number: a number, or {"keys": [...]}. Key times are local, frames at `fps`.
[[nodiscard]] Curve read_number_curve(const ValueReader& value, const Rational& fps,
                                      NumberRange range);
/// An animatable point.
[[nodiscard]] Curve read_point_curve(const ValueReader& value, const Rational& fps,
                                     NumberRange range);
/// An animatable scale: a number counts for both directions.
[[nodiscard]] Curve read_scale_curve(const ValueReader& value, const Rational& fps,
                                     NumberRange range);
/// Three animatable numbers with the same keys, one each for red, green and blue; a number counts
/// for all.
[[nodiscard]] std::array<Curve, 3> read_triple_curve(const ValueReader& value, const Rational& fps,
                                                     NumberRange range);
/// Speed: an exact number >= 0, or keys of such numbers.
[[nodiscard]] ExactCurve read_speed(const ValueReader& value, const Rational& fps);
/// Remap: keys of source time over local time.
[[nodiscard]] ExactCurve read_remap(const ValueReader& value, const Rational& fps);

}  // namespace reelpool::model
