// Eases to double precision, and curves over time.
#include <doctest/doctest.h>

#include <cmath>

#include "orchestrator/model/curve.hpp"

namespace reelpool::model_test {
namespace {

using namespace reelpool::model;

long double bezier(long double s, long double p1, long double p2) {
    return 3 * s * (1 - s) * (1 - s) * p1 + 3 * s * s * (1 - s) * p2 + s * s * s;
}

/// The slow, obviously right way: halve the interval until nothing changes.
long double reference(const Ease& ease, long double progress) {
    long double low = 0;
    long double high = 1;
    for (int i = 0; i < 200; ++i) {
        const long double middle = (low + high) / 2;
        (bezier(middle, ease.x1, ease.x2) < progress ? low : high) = middle;
    }
    return bezier((low + high) / 2, ease.y1, ease.y2);
}

const Ease eases[] = {css_ease,
                      css_ease_in,
                      css_ease_out,
                      css_ease_in_out,
                      {EaseKind::bezier, 0, 0, 1, 1},
                      {EaseKind::bezier, 1, 0, 0, 1},
                      {EaseKind::bezier, 0, 1, 1, 0},
                      {EaseKind::bezier, 0, 0, 0, 1},
                      {EaseKind::bezier, 0.9, -2, 0.1, 3}};

}  // namespace

TEST_CASE("cubic beziers are solved to double precision") {
    for (const Ease& ease : eases) {
        CAPTURE(ease.x1);
        CAPTURE(ease.x2);
        for (int i = 0; i <= 1000; ++i) {
            const double progress = i / 1000.0;
            const auto expected = static_cast<double>(reference(ease, progress));
            // Where x(s) runs flat, the curve itself magnifies the rounding of x.
            const bool is_flat_inside = ease.x1 == 1 && ease.x2 == 0;
            const bool is_flat_somewhere = ease.x1 == 0 || ease.x1 == 0.9;
            const double allowed = is_flat_inside ? 1e-5 : is_flat_somewhere ? 2e-8 : 4e-15;
            CHECK(std::abs(eased(ease, progress) - expected) < allowed);
        }
    }
    CHECK(eased(css_ease, 0) == 0);
    CHECK(eased(css_ease, 1) == 1);
    CHECK(eased({}, 0.3) == 0.3);
    CHECK(eased(hold_ease, 0.999) == 0);
    CHECK(eased({EaseKind::bezier, 0, 0, 1, 1}, 0.25) == doctest::Approx(0.25).epsilon(1e-15));
}

TEST_CASE("the integral of an ease agrees with summing it up") {
    for (const Ease& ease : eases) {
        double sum = 0;
        constexpr int steps = 2000;
        for (int i = 0; i < steps; ++i) {
            // Simpson's rule on each step.
            const double a = double(i) / steps;
            const double b = double(i + 1) / steps;
            sum += (eased(ease, a) + 4 * eased(ease, (a + b) / 2) + eased(ease, b)) / (6 * steps);
            if (i % 100 == 0) CHECK(eased_integral(ease, b) == doctest::Approx(sum).epsilon(1e-6));
        }
        CHECK(eased_integral(ease, 1) == doctest::Approx(sum).epsilon(1e-6));
    }
    CHECK(eased_integral({}, 0.5) == 0.125);
}

TEST_CASE("values hold before the first and after the last key") {
    const Curve curve{.constant = {},
                      .keys = {{Rational(1), {10, 0}, {}},
                               {Rational(3), {20, 40}, hold_ease},
                               {Rational(4), {0, 0}, css_ease}}};
    CHECK(curve.at(Rational(0)) == Value{10, 0});
    CHECK(curve.at(Rational(1)) == Value{10, 0});
    CHECK(curve.at(Rational(2)) == Value{15, 20});
    CHECK(curve.at(Rational(3)) == Value{20, 40});
    CHECK(curve.at(Rational(399, 100)) == Value{20, 40});
    CHECK(curve.at(Rational(4)) == Value{0, 0});
    CHECK(curve.at(Rational(100)) == Value{0, 0});
}

TEST_CASE("exact curves: linear and hold segments are exact, eased ones are rounded to the tick") {
    const ExactCurve remap{.constant = {},
                           .keys = {{Rational(0), Rational(1, 3), {}},
                                    {Rational(1), Rational(2, 3), hold_ease},
                                    {Rational(2), Rational(5), css_ease_in},
                                    {Rational(3), Rational(6), {}}}};
    CHECK(remap.at(Rational(1, 7)) == Rational(1, 3) + Rational(1, 21));
    CHECK(remap.at(Rational(3, 2)) == Rational(2, 3));
    CHECK(remap.at(Rational(9)) == Rational(6));
    const Rational at = remap.at(Rational(5, 2));
    CHECK(Rational(705'600'000) * at ==
          Rational((Rational(705'600'000) * at).to_integer(Rounding::floor)));
    CHECK(at.to_double() == doctest::Approx(5 + eased(css_ease_in, 0.5)).epsilon(1e-9));
}

TEST_CASE("the integral of speed") {
    SUBCASE("a constant") {
        const CurveIntegral speed(ExactCurve{.constant = Rational(3, 2), .keys = {}});
        CHECK(speed.at(Rational(1, 30)) == Rational(1, 20));
    }
    SUBCASE("linear and hold segments, exactly") {
        const CurveIntegral speed(ExactCurve{.constant = {},
                                             .keys = {{Rational(1), Rational(1), {}},
                                                      {Rational(3), Rational(2), hold_ease},
                                                      {Rational(4), Rational(0), {}}}});
        CHECK(speed.at(Rational(1, 2)) == Rational(1, 2));
        CHECK(speed.at(Rational(1)) == Rational(1));
        CHECK(speed.at(Rational(2)) == Rational(1) + Rational(5, 4));
        CHECK(speed.at(Rational(3)) == Rational(4));
        CHECK(speed.at(Rational(7, 2)) == Rational(5));
        CHECK(speed.at(Rational(4)) == Rational(6));
        CHECK(speed.at(Rational(400)) == Rational(6));
        CHECK(speed.at(Rational(1) + Rational(1, 3)) ==
              Rational(1) + Rational(1, 3) + Rational(1, 36));
    }
    SUBCASE("keys before the clip's start count only from the start") {
        const CurveIntegral speed(
            ExactCurve{.constant = {},
                       .keys = {{Rational(-1), Rational(0), {}}, {Rational(1), Rational(2), {}}}});
        CHECK(speed.at(Rational(0)) == Rational(0));
        CHECK(speed.at(Rational(1)) == Rational(3, 2));
        CHECK(speed.at(Rational(2)) == Rational(7, 2));
    }
    SUBCASE("eased segments against numeric integration") {
        const ExactCurve curve{.constant = {},
                               .keys = {{Rational(-1, 2), Rational(1), css_ease},
                                        {Rational(2), Rational(3), css_ease_in_out},
                                        {Rational(5), Rational(0), {}}}};
        const CurveIntegral speed(curve);
        const auto slow = [&](double from, double to) {
            double sum = 0;
            constexpr int steps = 4000;
            for (int i = 0; i < steps; ++i) {
                const double t = from + (to - from) * (i + 0.5) / steps;
                const bool first = t < 2;
                const double p = first ? (t + 0.5) / 2.5 : (t - 2) / 3;
                sum += first ? 1 + 2 * eased(css_ease, p) : 3 - 3 * eased(css_ease_in_out, p);
            }
            return sum * (to - from) / steps;
        };
        CHECK(speed.at(Rational(1)).to_double() == doctest::Approx(slow(0, 1)).epsilon(1e-6));
        CHECK(speed.at(Rational(2)).to_double() == doctest::Approx(slow(0, 2)).epsilon(1e-6));
        CHECK(speed.at(Rational(4)).to_double() ==
              doctest::Approx(slow(0, 2) + slow(2, 4)).epsilon(1e-6));
        const Rational ticks = speed.at(Rational(4)) * Rational(705'600'000);
        CHECK(ticks.den() == 1);
        CHECK(speed.at(Rational(6)) == speed.at(Rational(5)));
    }
}

}  // namespace reelpool::model_test
