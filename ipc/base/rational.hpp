#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace reelpool {

__extension__ typedef __int128 Int128;

enum class Rounding : std::uint8_t { floor, ceil, nearest };

/// An exact fraction, always reduced, denominator > 0.
/// Errors: a value that does not fit 126 bits becomes invalid, and stays so through all arithmetic
/// (like a NaN); `is_valid` tells. Ordering invalid values is a bug and ends the process.
class Rational {
  public:
    constexpr Rational() = default;
    constexpr Rational(std::int64_t integer) : num_(integer) {}  // NOLINT: numbers are fractions
    Rational(Int128 numerator, Int128 denominator);

    [[nodiscard]] static Rational invalid();

    [[nodiscard]] bool is_valid() const { return den_ != 0; }
    [[nodiscard]] bool is_zero() const { return is_valid() && num_ == 0; }
    [[nodiscard]] Int128 num() const { return num_; }
    [[nodiscard]] Int128 den() const { return den_; }

    /// The value as an integer, rounded as told; saturates at the ends of int64.
    [[nodiscard]] std::int64_t to_integer(Rounding rounding) const;
    [[nodiscard]] double to_double() const;
    /// "3/2", or "3" when the denominator is 1.
    [[nodiscard]] std::string to_text() const;

    friend Rational operator+(const Rational& a, const Rational& b);
    friend Rational operator-(const Rational& a, const Rational& b);
    friend Rational operator*(const Rational& a, const Rational& b);
    /// Division by zero is invalid.
    friend Rational operator/(const Rational& a, const Rational& b);
    friend Rational operator-(const Rational& a);
    friend std::strong_ordering operator<=>(const Rational& a, const Rational& b);
    friend bool operator==(const Rational& a, const Rational& b);

  private:
    Int128 num_ = 0;
    Int128 den_ = 1;
};

[[nodiscard]] const Rational& min(const Rational& a, const Rational& b);
[[nodiscard]] const Rational& max(const Rational& a, const Rational& b);

/// Seconds.
using Time = Rational;

}  // namespace reelpool
