#include "ipc/base/rational.hpp"

#include <algorithm>
#include <limits>

#include "ipc/base/result.hpp"

namespace reelpool {
namespace {

constexpr Int128 limit = static_cast<Int128>(1) << 126;

Int128 magnitude(Int128 value) {
    return value < 0 ? -value : value;
}

Int128 gcd(Int128 a, Int128 b) {
    a = magnitude(a);
    b = magnitude(b);
    while (b != 0) {
        const Int128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

bool fits(Int128 value) {
    return value < limit && value > -limit;
}

bool multiply(Int128 a, Int128 b, Int128& product) {
    return !__builtin_mul_overflow(a, b, &product) && fits(product);
}

bool add(Int128 a, Int128 b, Int128& sum) {
    return !__builtin_add_overflow(a, b, &sum) && fits(sum);
}

Int128 floor_divide(Int128 a, Int128 b) {
    const Int128 quotient = a / b;
    return (a % b != 0 && a < 0) ? quotient - 1 : quotient;
}

/// Compares a/b with c/d (denominators > 0) by continued fractions: exact, and never overflows.
std::strong_ordering compare(Int128 a, Int128 b, Int128 c, Int128 d) {
    bool swapped = false;
    for (;;) {
        const Int128 p = floor_divide(a, b);
        const Int128 q = floor_divide(c, d);
        if (p != q)
            return ((p < q) != swapped) ? std::strong_ordering::less
                                        : std::strong_ordering::greater;
        const Int128 r = a - p * b;
        const Int128 s = c - q * d;
        if (r == 0 && s == 0) return std::strong_ordering::equal;
        if (r == 0) return swapped ? std::strong_ordering::greater : std::strong_ordering::less;
        if (s == 0) return swapped ? std::strong_ordering::less : std::strong_ordering::greater;
        // r/b against s/d is the reverse of b/r against d/s.
        a = b;
        b = r;
        c = d;
        d = s;
        swapped = !swapped;
    }
}

std::string integer_text(Int128 value) {
    if (value == 0) return "0";
    const bool negative = value < 0;
    value = magnitude(value);
    std::string text;
    while (value != 0) {
        text.push_back(static_cast<char>('0' + static_cast<int>(value % 10)));
        value /= 10;
    }
    if (negative) text.push_back('-');
    std::reverse(text.begin(), text.end());
    return text;
}

}  // namespace

Rational::Rational(Int128 numerator, Int128 denominator) {
    if (denominator == 0 || !fits(numerator) || !fits(denominator)) {
        num_ = 0;
        den_ = 0;
        return;
    }
    const Int128 divisor = gcd(numerator, denominator);
    const Int128 sign = denominator < 0 ? -1 : 1;
    num_ = sign * numerator / divisor;
    den_ = sign * denominator / divisor;
}

Rational Rational::invalid() {
    return Rational(0, 0);
}

std::int64_t Rational::to_integer(Rounding rounding) const {
    REELPOOL_CHECK(is_valid());
    Int128 value = 0;
    switch (rounding) {
        case Rounding::floor:
            value = floor_divide(num_, den_);
            break;
        case Rounding::ceil:
            value = -floor_divide(-num_, den_);
            break;
        case Rounding::nearest: {
            value = floor_divide(num_, den_);
            const Int128 rest = num_ - value * den_;
            if (rest >= den_ - rest) ++value;
            break;
        }
    }
    constexpr auto low = std::numeric_limits<std::int64_t>::min();
    constexpr auto high = std::numeric_limits<std::int64_t>::max();
    return value < low ? low : value > high ? high : static_cast<std::int64_t>(value);
}

double Rational::to_double() const {
    if (!is_valid()) return std::numeric_limits<double>::quiet_NaN();
    const Int128 whole = num_ / den_;
    const Int128 rest = num_ - whole * den_;
    return static_cast<double>(whole) + static_cast<double>(rest) / static_cast<double>(den_);
}

std::string Rational::to_text() const {
    if (!is_valid()) return "invalid";
    return den_ == 1 ? integer_text(num_) : integer_text(num_) + "/" + integer_text(den_);
}

Rational operator+(const Rational& a, const Rational& b) {
    if (!a.is_valid() || !b.is_valid()) return Rational::invalid();
    const Int128 divisor = gcd(a.den_, b.den_);
    Int128 left = 0;
    Int128 right = 0;
    Int128 sum = 0;
    Int128 den = 0;
    if (!multiply(a.num_, b.den_ / divisor, left) || !multiply(b.num_, a.den_ / divisor, right) ||
        !add(left, right, sum) || !multiply(a.den_, b.den_ / divisor, den)) {
        return Rational::invalid();
    }
    return Rational(sum, den);
}

Rational operator-(const Rational& a) {
    return a.is_valid() ? Rational(-a.num_, a.den_) : Rational::invalid();
}

Rational operator-(const Rational& a, const Rational& b) {
    return a + (-b);
}

Rational operator*(const Rational& a, const Rational& b) {
    if (!a.is_valid() || !b.is_valid()) return Rational::invalid();
    if (a.num_ == 0 || b.num_ == 0) return Rational();
    const Int128 left = gcd(a.num_, b.den_);
    const Int128 right = gcd(b.num_, a.den_);
    Int128 num = 0;
    Int128 den = 0;
    if (!multiply(a.num_ / left, b.num_ / right, num) ||
        !multiply(a.den_ / right, b.den_ / left, den)) {
        return Rational::invalid();
    }
    return Rational(num, den);
}

Rational operator/(const Rational& a, const Rational& b) {
    if (!a.is_valid() || !b.is_valid() || b.num_ == 0) return Rational::invalid();
    return a * Rational(b.den_, b.num_);
}

std::strong_ordering operator<=>(const Rational& a, const Rational& b) {
    REELPOOL_CHECK(a.is_valid() && b.is_valid());
    if (a.den_ == b.den_) return a.num_ <=> b.num_;
    return compare(a.num_, a.den_, b.num_, b.den_);
}

bool operator==(const Rational& a, const Rational& b) {
    return a.num_ == b.num_ && a.den_ == b.den_;
}

const Rational& min(const Rational& a, const Rational& b) {
    return b < a ? b : a;
}
const Rational& max(const Rational& a, const Rational& b) {
    return a < b ? b : a;
}

}  // namespace reelpool
