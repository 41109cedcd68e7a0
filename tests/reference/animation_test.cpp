#include "animation.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace reelpool::reference {
namespace {

const Ease css_ease{.kind = Ease::Kind::bezier, .points = {0.25, 0.1, 0.25, 1}};
const Ease ease_in_out{.kind = Ease::Kind::bezier, .points = {0.42, 0, 0.58, 1}};
const Ease hold{.kind = Ease::Kind::hold};

}  // namespace

TEST_CASE("values hold outside the keys and run between them") {
    const Curve curve({{Rational(1), Rational(10), {}},
                       {Rational(3), Rational(20), hold},
                       {Rational(4), Rational(0), {}}});
    CHECK(curve.at(0) == 10);
    CHECK(curve.at(2) == 15);
    CHECK(curve.at(Rational(7, 2)) == 20);
    CHECK(curve.at(4) == 0);
    CHECK(curve.at(9) == 0);
}

TEST_CASE("CSS curves") {
    CHECK(eased(css_ease, 0.5) == doctest::Approx(0.802403387).epsilon(1e-8));
    CHECK(eased(ease_in_out, 0.5) == doctest::Approx(0.5).epsilon(1e-12));
    CHECK(eased(ease_in_out, 0) == 0);
    CHECK(eased(ease_in_out, 1) == doctest::Approx(1));
}

TEST_CASE("the closed integral of a curve agrees with a fine sum") {
    for (const Ease& ease : {css_ease, ease_in_out,
                             Ease{.kind = Ease::Kind::bezier, .points = {0.9, -0.7, 0.1, 1.8}}}) {
        for (const double end : {0.2, 0.5, 0.77, 1.0}) {
            const int steps = 20000;
            double sum = 0;
            for (int k = 0; k < steps; ++k) sum += eased(ease, end * (k + 0.5) / steps);
            CHECK(eased_integral(ease, end) == doctest::Approx(sum * end / steps).epsilon(1e-7));
        }
    }
}

TEST_CASE("integrals of linear and hold segments are exact") {
    const Curve ramp({{Rational(0), Rational(1), {}}, {Rational(2), Rational(3), {}}});
    CHECK(ramp.integral_to(1) == Rational(3, 2));
    CHECK(ramp.integral_to(2) == Rational(4));
    CHECK(ramp.integral_to(3) == Rational(7));
    CHECK(ramp.integral_to(Rational(1, 3)) == Rational(1, 3) + Rational(1, 18));
    const Curve steps({{Rational(1), Rational(1, 2), hold}, {Rational(2), Rational(4), {}}});
    CHECK(steps.integral_to(1) == Rational(1, 2));
    CHECK(steps.integral_to(2) == Rational(1));
    CHECK(steps.integral_to(3) == Rational(5));
    CHECK(Curve(Rational(2, 3)).integral_to(Rational(3, 7)) == Rational(2, 7));
}

TEST_CASE("eased integrals and times lie on the grid") {
    const Curve slow({{Rational(0), Rational(0), ease_in_out}, {Rational(2), Rational(1), {}}});
    CHECK(slow.integral_to(2) == Rational(1));
    const Rational part = slow.integral_to(Rational(1, 3)) * 705'600'000;
    CHECK(denominator(part) == 1);
    CHECK(slow.time_at(1) == Rational(1, 2));
    const Curve line({{Rational(0), Rational(1), {}}, {Rational(3), Rational(2), {}}});
    CHECK(line.time_at(1) == Rational(4, 3));
}

}  // namespace reelpool::reference
