#include "orchestrator/model/ease.hpp"

#include <cmath>

namespace reelpool::model {
namespace {

/// ((a s + b) s + c) s: one coordinate of a bezier from 0 to 1 over its parameter s.
struct Cubic {
    double a, b, c;

    Cubic(double p1, double p2) : a(1 - 3 * p2 + 3 * p1), b(3 * p2 - 6 * p1), c(3 * p1) {}
    [[nodiscard]] double at(double s) const { return ((a * s + b) * s + c) * s; }
    [[nodiscard]] double slope(double s) const { return (3 * a * s + 2 * b) * s + c; }
};

/// The parameter at which x(s) is `progress`: Newton's steps, kept inside a shrinking bracket.
double parameter_at(const Cubic& x, double progress) {
    double low = 0;
    double high = 1;
    double s = progress;
    for (int step = 0; step < 128; ++step) {
        const double miss = x.at(s) - progress;
        if (miss == 0) return s;
        (miss > 0 ? high : low) = s;
        const double slope = x.slope(s);
        double next = slope > 0 ? s - miss / slope : low;
        if (!(next > low && next < high)) next = low + (high - low) / 2;
        if (next == s || next <= low || next >= high) return next;
        s = next;
    }
    return s;
}

}  // namespace

double eased(const Ease& ease, double progress) {
    switch (ease.kind) {
        case EaseKind::linear:
            return progress;
        case EaseKind::hold:
            return 0;
        case EaseKind::bezier:
            break;
    }
    if (progress <= 0) return 0;
    if (progress >= 1) return 1;
    const double s = parameter_at(Cubic(ease.x1, ease.x2), progress);
    return Cubic(ease.y1, ease.y2).at(s);
}

double eased_integral(const Ease& ease, double progress) {
    switch (ease.kind) {
        case EaseKind::linear:
            return progress * progress / 2;
        case EaseKind::hold:
            return 0;
        case EaseKind::bezier:
            break;
    }
    if (progress <= 0) return 0;
    const Cubic x(ease.x1, ease.x2);
    const Cubic y(ease.y1, ease.y2);
    const double s = progress >= 1 ? 1 : parameter_at(x, progress);
    // The integral of y dx is that of y(s) x'(s) ds, a polynomial.
    const double c6 = 3 * y.a * x.a / 6;
    const double c5 = (2 * y.a * x.b + 3 * y.b * x.a) / 5;
    const double c4 = (y.a * x.c + 2 * y.b * x.b + 3 * y.c * x.a) / 4;
    const double c3 = (y.b * x.c + 2 * y.c * x.b) / 3;
    const double c2 = y.c * x.c / 2;
    return ((((c6 * s + c5) * s + c4) * s + c3) * s + c2) * s * s;
}

}  // namespace reelpool::model
