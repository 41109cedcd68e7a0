#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ipc/base/rational.hpp"

namespace reelpool::model {

/// Times and frame counts may not be farther from 0 than this. Units: seconds.
inline constexpr std::int64_t max_time_s = 100'000'000;
/// The fastest frame rate. Units: frames per second.
inline constexpr std::int64_t max_fps = 1000;

/// A value, or why the text is none.
struct ExactNumber {
    Rational value = Rational::invalid();
    std::string problem;  ///< empty: `value` is valid
};

/// The exact value of a JSON number: 0.1 is 1/10.
/// Errors: more than 18 significant digits, more than 18 decimals, 10^18 or more.
[[nodiscard]] ExactNumber parse_decimal(std::string_view text);

/// A fraction of integers, such as "30000/1001".
[[nodiscard]] ExactNumber parse_fraction(std::string_view text);

/// A time as text: "90f", a count of frames at `fps`, or a fraction of seconds.
[[nodiscard]] ExactNumber parse_time_text(std::string_view text, const Rational& fps);

}  // namespace reelpool::model
