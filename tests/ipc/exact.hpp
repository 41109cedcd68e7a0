#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>

#include "ipc/base/rational.hpp"

namespace reelpool::test {

using Big = boost::multiprecision::cpp_int;
using BigFraction = boost::multiprecision::cpp_rational;

/// Numbers of any size, to compare with.
inline Big big(Int128 value) {
    Big result = static_cast<std::int64_t>(value >> 64);
    result *= Big(1) << 64;
    result += static_cast<std::uint64_t>(value);
    return result;
}

inline BigFraction exact(const Rational& value) {
    return {big(value.num()), big(value.den())};
}

/// floor(value)
inline Big floor_of(const BigFraction& value) {
    const Big num = numerator(value);
    const Big den = denominator(value);
    Big quotient = num / den;
    if (num % den != 0 && num < 0) quotient -= 1;
    return quotient;
}

}  // namespace reelpool::test
