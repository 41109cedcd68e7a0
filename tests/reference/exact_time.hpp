#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <string>

namespace reelpool::reference {

/// An exact number of any size. Times are in seconds.
using Rational = boost::multiprecision::cpp_rational;
using Integer = boost::multiprecision::cpp_int;

/// Reads a decimal number exactly: "0.1" is 1/10, "2.5e-3" is 1/400. Throws on anything else.
[[nodiscard]] Rational parse_decimal(const std::string& text);

/// Reads "1001/30000" exactly. Throws on anything else and on a zero denominator.
[[nodiscard]] Rational parse_fraction(const std::string& text);

/// The largest integer at or below, the smallest at or above.
[[nodiscard]] Integer floor_of(const Rational& value);
[[nodiscard]] Integer ceil_of(const Rational& value);

[[nodiscard]] double to_double(const Rational& value);

/// The nearest multiple of 1/705,600,000 s, the grid of times that come from eased keys.
[[nodiscard]] Rational on_flick_grid(double seconds);

}  // namespace reelpool::reference
