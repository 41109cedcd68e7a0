#include "exact_time.hpp"

#include <doctest/doctest.h>

#include "reference_error.hpp"

namespace reelpool::reference {

TEST_CASE("decimals are exact") {
    CHECK(parse_decimal("0.1") == Rational(1, 10));
    CHECK(parse_decimal("29.97") == Rational(2997, 100));
    CHECK(parse_decimal("-2.50e-3") == Rational(-1, 400));
    CHECK(parse_decimal("12e2") == Rational(1200));
    CHECK(parse_decimal("0010") == Rational(10));
    CHECK_THROWS_AS((void)parse_decimal("1x"), ReferenceError);
    CHECK_THROWS_AS((void)parse_decimal(""), ReferenceError);
}

TEST_CASE("fractions") {
    CHECK(parse_fraction("30000/1001") == Rational(30000, 1001));
    CHECK(parse_fraction("-1/2") == Rational(-1, 2));
    CHECK_THROWS_AS((void)parse_fraction("1/0"), ReferenceError);
    CHECK_THROWS_AS((void)parse_fraction("1"), ReferenceError);
}

TEST_CASE("floor and ceil of both signs") {
    CHECK(floor_of(Rational(7, 2)) == 3);
    CHECK(floor_of(Rational(-7, 2)) == -4);
    CHECK(floor_of(Rational(-4, 2)) == -2);
    CHECK(ceil_of(Rational(7, 2)) == 4);
    CHECK(ceil_of(Rational(-7, 2)) == -3);
    CHECK(ceil_of(Rational(6, 2)) == 3);
}

TEST_CASE("the grid of eased times") {
    CHECK(on_flick_grid(0.5) == Rational(1, 2));
    CHECK(on_flick_grid(1.0 / 705'600'000.0 * 1.4) == Rational(1, 705'600'000));
}

}  // namespace reelpool::reference
