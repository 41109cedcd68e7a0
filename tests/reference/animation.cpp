#include "animation.hpp"

#include <algorithm>
#include <cstddef>

namespace reelpool::reference {
namespace {

/// Coefficients of a s^3 + b s^2 + c s, the Bezier through 0, p1, p2, 1.
struct Cubic {
    Cubic(double p1, double p2) : a(3 * p1 - 3 * p2 + 1), b(3 * p2 - 6 * p1), c(3 * p1) {}
    [[nodiscard]] double at(double s) const { return ((a * s + b) * s + c) * s; }
    double a, b, c;
};

/// The parameter s at which x(s) = x; x(s) never falls because x1 and x2 lie in 0..1.
double solve(const Ease& ease, double x) {
    const Cubic curve(ease.points[0], ease.points[2]);
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    double low = 0;
    double high = 1;
    for (int step = 0; step < 200; ++step) {
        const double middle = 0.5 * (low + high);
        (curve.at(middle) < x ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

}  // namespace

double eased(const Ease& ease, double x) {
    switch (ease.kind) {
        case Ease::Kind::linear:
            return x;
        case Ease::Kind::hold:
            return 0;
        case Ease::Kind::bezier:
            return Cubic(ease.points[1], ease.points[3]).at(solve(ease, x));
    }
    return x;
}

double eased_integral(const Ease& ease, double x) {
    // The integral of y dx along the curve: y(s) x'(s) is a polynomial of degree 5 in s.
    const Cubic cx(ease.points[0], ease.points[2]);
    const Cubic cy(ease.points[1], ease.points[3]);
    const double s = solve(ease, x);
    const std::array<double, 5> coefficients{
        cy.c * cx.c,                                      // s^1
        2 * cy.c * cx.b + cy.b * cx.c,                    // s^2
        3 * cy.c * cx.a + 2 * cy.b * cx.b + cy.a * cx.c,  // s^3
        3 * cy.b * cx.a + 2 * cy.a * cx.b,                // s^4
        3 * cy.a * cx.a,                                  // s^5
    };
    double sum = 0;
    double power = s;
    for (std::size_t k = 0; k < coefficients.size(); ++k) {
        power *= s;
        sum += coefficients[k] * power / static_cast<double>(k + 2);
    }
    return sum;
}

double Curve::at(const Rational& u) const {
    if (u <= keys_.front().time) return to_double(keys_.front().value);
    if (u >= keys_.back().time) return to_double(keys_.back().value);
    const auto next =
        std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.time > u; });
    const Key& from = *(next - 1);
    const double x = to_double((u - from.time) / (next->time - from.time));
    const double start = to_double(from.value);
    return start + (to_double(next->value) - start) * eased(from.ease, x);
}

Rational Curve::time_at(const Rational& u) const {
    if (u <= keys_.front().time) return keys_.front().value;
    if (u >= keys_.back().time) return keys_.back().value;
    const auto next =
        std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.time > u; });
    const Key& from = *(next - 1);
    switch (from.ease.kind) {
        case Ease::Kind::hold:
            return from.value;
        case Ease::Kind::linear:
            return from.value +
                   (next->value - from.value) * (u - from.time) / (next->time - from.time);
        case Ease::Kind::bezier:
            return on_flick_grid(at(u));
    }
    return from.value;
}

Rational Curve::integral_to(const Rational& u) const {
    return u >= 0 ? integral_between(0, u) : Rational(-integral_between(u, 0));
}

Rational Curve::integral_between(const Rational& from, const Rational& to) const {
    Rational sum = 0;
    const Rational& first = keys_.front().time;
    const Rational& last = keys_.back().time;
    if (from < first) sum += keys_.front().value * (std::min(to, first) - from);
    if (to > last) sum += keys_.back().value * (to - std::max(from, last));
    for (std::size_t k = 0; k + 1 < keys_.size(); ++k) {
        const Key& key = keys_[k];
        const Key& next = keys_[k + 1];
        const Rational begin = std::max(from, key.time);
        const Rational end = std::min(to, next.time);
        if (begin >= end) continue;
        const Rational length = next.time - key.time;
        const Rational rise = next.value - key.value;
        const Rational x0 = (begin - key.time) / length;
        const Rational x1 = (end - key.time) / length;
        switch (key.ease.kind) {
            case Ease::Kind::hold:
                sum += key.value * (end - begin);
                break;
            case Ease::Kind::linear:
                sum += key.value * (end - begin) + rise * length * (x1 * x1 - x0 * x0) / 2;
                break;
            case Ease::Kind::bezier: {
                const double area = eased_integral(key.ease, to_double(x1)) -
                                    eased_integral(key.ease, to_double(x0));
                sum += on_flick_grid(to_double(key.value * (end - begin)) +
                                     to_double(rise * length) * area);
                break;
            }
        }
    }
    return sum;
}

}  // namespace reelpool::reference
