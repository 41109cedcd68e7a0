#include "ipc/base/rational.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "tests/ipc/dies.hpp"
#include "tests/ipc/exact.hpp"
#include "tests/ipc/random.hpp"

namespace reelpool {
namespace {

using test::Big;
using test::BigFraction;
using test::exact;
using test::Random;

constexpr Int128 limit = Int128{1} << 126;
constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

/// Any length of number is as likely as any other; often right at a power of two.
Int128 any_number(Random& random, int max_bits) {
    const int bits = static_cast<int>(random.below(static_cast<unsigned>(max_bits) + 1));
    if (bits == 0) return 0;
    const Int128 range = Int128{1} << bits;  // max_bits <= 126
    Int128 value = ((static_cast<Int128>(random.bits() >> 2) << 64) | random.bits()) % range;
    if (random.one_in(8)) value = range - 1 - static_cast<Int128>(random.below(3));
    if (value < 0) value = 0;
    return random.one_in(2) ? value : -value;
}

Int128 any_denominator(Random& random, int max_bits) {
    const Int128 value = any_number(random, max_bits);
    return value == 0 ? 1 : value;
}

bool fits(const BigFraction& value) {
    const Big bound = Big(1) << 126;
    return abs(numerator(value)) < bound && denominator(value) < bound;
}

TEST_CASE("a fraction is reduced and has a positive denominator") {
    CHECK(Rational(6, 4) == Rational(3, 2));
    CHECK(Rational(6, -4).num() == -3);
    CHECK(Rational(6, -4).den() == 2);
    CHECK(Rational(0, -7).den() == 1);
    CHECK(Rational(0, 5).is_zero());
    CHECK(Rational(-12, -8) == Rational(3, 2));
    CHECK(Rational(limit - 1, limit - 1) == Rational(1));
    CHECK(Rational() == Rational(0));
}

TEST_CASE("what does not fit 126 bits is invalid, and stays so") {
    CHECK(Rational(limit - 1, 1).is_valid());
    CHECK(Rational(-(limit - 1), 1).is_valid());
    CHECK_FALSE(Rational(limit, 1).is_valid());
    CHECK_FALSE(Rational(-limit, 1).is_valid());
    CHECK_FALSE(Rational(1, limit).is_valid());
    CHECK_FALSE(Rational(1, 0).is_valid());
    CHECK_FALSE(Rational(std::numeric_limits<Int128>::min(), 1).is_valid());

    const Rational huge(limit - 1, 1);
    CHECK_FALSE((huge + Rational(1)).is_valid());
    CHECK_FALSE((-huge - Rational(1)).is_valid());
    CHECK_FALSE((huge * Rational(2)).is_valid());
    CHECK_FALSE((Rational(1) / Rational(0)).is_valid());
    CHECK_FALSE((Rational(1, limit - 1) / Rational(2)).is_valid());

    const Rational bad = Rational::invalid();
    for (const Rational& other : {Rational(0), Rational(1, 3), huge, bad}) {
        CHECK_FALSE((bad + other).is_valid());
        CHECK_FALSE((other + bad).is_valid());
        CHECK_FALSE((bad - other).is_valid());
        CHECK_FALSE((other - bad).is_valid());
        CHECK_FALSE((bad * other).is_valid());
        CHECK_FALSE((other * bad).is_valid());
        CHECK_FALSE((bad / other).is_valid());
        CHECK_FALSE((other / bad).is_valid());
    }
    CHECK_FALSE((-bad).is_valid());
    CHECK_FALSE(bad.is_zero());
    CHECK(bad == bad);
    CHECK(std::isnan(bad.to_double()));
    CHECK(bad.to_text() == "invalid");
}

TEST_CASE("ordering or rounding an invalid value ends the process") {
    CHECK(test::aborts([] { static_cast<void>(Rational::invalid() < Rational(0)); }));
    CHECK(test::aborts([] { static_cast<void>(Rational(0) < Rational::invalid()); }));
    CHECK(test::aborts([] { static_cast<void>(Rational::invalid().to_integer(Rounding::floor)); }));
    CHECK_FALSE(test::aborts([] { static_cast<void>(Rational(1) < Rational(2)); }));
}

TEST_CASE("arithmetic is exact or invalid") {
    Random random(1);
    int valid = 0;
    for (int i = 0; i < 20000; ++i) {
        const Rational a(any_number(random, 126), any_denominator(random, 126));
        const Rational b(any_number(random, 126), any_denominator(random, 126));
        if (!a.is_valid() || !b.is_valid()) continue;
        const BigFraction x = exact(a);
        const BigFraction y = exact(b);
        const Rational sum = a + b;
        const Rational difference = a - b;
        const Rational product = a * b;
        if (sum.is_valid()) REQUIRE(exact(sum) == x + y);
        if (difference.is_valid()) REQUIRE(exact(difference) == x - y);
        // Products and quotients are invalid only when they must be.
        REQUIRE(product.is_valid() == fits(x * y));
        if (product.is_valid()) REQUIRE(exact(product) == x * y);
        if (!b.is_zero()) {
            const Rational quotient = a / b;
            REQUIRE(quotient.is_valid() == fits(x / y));
            if (quotient.is_valid()) REQUIRE(exact(quotient) == x / y);
        }
        valid += sum.is_valid() && product.is_valid();
    }
    CHECK(valid > 2000);
}

TEST_CASE("numbers of the size that media have never overflow") {
    Random random(2);
    for (int i = 0; i < 5000; ++i) {
        const Rational a(any_number(random, 62), any_denominator(random, 62));
        const Rational b(any_number(random, 62), any_denominator(random, 62));
        REQUIRE((a + b).is_valid());
        REQUIRE((a - b).is_valid());
        REQUIRE((a * b).is_valid());
        REQUIRE(exact(a + b) == exact(a) + exact(b));
    }
}

TEST_CASE("comparison is exact up to the limits") {
    Random random(3);
    for (int i = 0; i < 20000; ++i) {
        const Rational a(any_number(random, 126), any_denominator(random, 126));
        // Half of the time a close neighbour, which a comparison in floating point would miss.
        const Rational b =
            random.one_in(2)
                ? Rational(any_number(random, 126), any_denominator(random, 126))
                : Rational(a.num() + random.between(-1, 1), a.den() + random.between(-1, 1));
        if (!a.is_valid() || !b.is_valid()) continue;
        const int expected = exact(a).compare(exact(b));
        REQUIRE((a < b) == (expected < 0));
        REQUIRE((a > b) == (expected > 0));
        REQUIRE((a <= b) == (expected <= 0));
        REQUIRE((a == b) == (expected == 0));
        REQUIRE(exact(min(a, b)) == std::min(exact(a), exact(b)));
        REQUIRE(exact(max(a, b)) == std::max(exact(a), exact(b)));
    }
    // Fibonacci quotients: the longest continued fractions.
    Int128 small = 1;
    Int128 large = 1;
    while (large + small < limit) {
        const Int128 next = large + small;
        const Rational older(large, small);
        const Rational newer(next, large);
        REQUIRE((older < newer) == (exact(older) < exact(newer)));
        small = large;
        large = next;
    }
}

TEST_CASE("rounding to integers") {
    struct Case {
        Rational value;
        std::int64_t floor, ceil, nearest;
    };
    const std::array cases{
        Case{Rational(7, 2), 3, 4, 4},    Case{Rational(-7, 2), -4, -3, -3},
        Case{Rational(10, 3), 3, 4, 3},   Case{Rational(-10, 3), -4, -3, -3},
        Case{Rational(11, 3), 3, 4, 4},   Case{Rational(-11, 3), -4, -3, -4},
        Case{Rational(5), 5, 5, 5},       Case{Rational(-5), -5, -5, -5},
        Case{Rational(1, 1000), 0, 1, 0}, Case{Rational(-1, 1000), -1, 0, 0},
        Case{Rational(0), 0, 0, 0},
    };
    for (const Case& c : cases) {
        CAPTURE(c.value.to_text());
        CHECK(c.value.to_integer(Rounding::floor) == c.floor);
        CHECK(c.value.to_integer(Rounding::ceil) == c.ceil);
        CHECK(c.value.to_integer(Rounding::nearest) == c.nearest);
    }
    Random random(4);
    for (int i = 0; i < 10000; ++i) {
        const Rational value(any_number(random, 126), any_denominator(random, 126));
        if (!value.is_valid()) continue;
        const auto saturated = [](const Big& whole) {
            return whole < int64_min   ? int64_min
                   : whole > int64_max ? int64_max
                                       : static_cast<std::int64_t>(whole);
        };
        const BigFraction x = exact(value);
        REQUIRE(value.to_integer(Rounding::floor) == saturated(test::floor_of(x)));
        REQUIRE(value.to_integer(Rounding::ceil) == saturated(-test::floor_of(-x)));
        REQUIRE(value.to_integer(Rounding::nearest) ==
                saturated(test::floor_of(x + BigFraction(1, 2))));
    }
}

TEST_CASE("integers saturate at the ends of int64") {
    for (const Rounding rounding : {Rounding::floor, Rounding::ceil, Rounding::nearest}) {
        CHECK(Rational(int64_max).to_integer(rounding) == int64_max);
        CHECK(Rational(int64_min).to_integer(rounding) == int64_min);
        CHECK(Rational(Int128{int64_max} + 1, 1).to_integer(rounding) == int64_max);
        CHECK(Rational(Int128{int64_min} - 1, 1).to_integer(rounding) == int64_min);
        CHECK(Rational(limit - 1, 1).to_integer(rounding) == int64_max);
        CHECK(Rational(1 - limit, 1).to_integer(rounding) == int64_min);
    }
}

TEST_CASE("text and double") {
    CHECK(Rational(3, 2).to_text() == "3/2");
    CHECK(Rational(-3, 2).to_text() == "-3/2");
    CHECK(Rational(3).to_text() == "3");
    CHECK(Rational(0).to_text() == "0");
    CHECK(Rational(limit - 1, 1).to_text() == "85070591730234615865843651857942052863");
    CHECK(Rational(int64_min).to_text() == "-9223372036854775808");
    CHECK(Rational(3, 2).to_double() == 1.5);
    CHECK(Rational(-1, 4).to_double() == -0.25);
    Random random(5);
    for (int i = 0; i < 5000; ++i) {
        const Rational value(any_number(random, 126), any_denominator(random, 126));
        if (!value.is_valid()) continue;
        const auto expected = static_cast<double>(exact(value));
        REQUIRE(std::abs(value.to_double() - expected) <= std::abs(expected) * 1e-15);
    }
}

}  // namespace
}  // namespace reelpool
