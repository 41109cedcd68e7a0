#pragma once

#include <cmath>

namespace reelpool::reference {

struct Point {
    double x = 0, y = 0;
};

/// x' = a x + b y + e, y' = c x + d y + f; the columns are (a, c) and (b, d).
struct Affine {
    double a = 1, b = 0, c = 0, d = 1, e = 0, f = 0;

    [[nodiscard]] Point operator()(Point p) const {
        return {a * p.x + b * p.y + e, c * p.x + d * p.y + f};
    }
    /// Without the translation.
    [[nodiscard]] Point direction(Point p) const { return {a * p.x + b * p.y, c * p.x + d * p.y}; }
    [[nodiscard]] double determinant() const { return a * d - b * c; }
    [[nodiscard]] double column0_length() const { return std::hypot(a, c); }
    [[nodiscard]] double column1_length() const { return std::hypot(b, d); }
    /// First `inner`, then this.
    [[nodiscard]] Affine after(const Affine& inner) const {
        const Point moved = (*this)({inner.e, inner.f});
        return {a * inner.a + b * inner.c,
                a * inner.b + b * inner.d,
                c * inner.a + d * inner.c,
                c * inner.b + d * inner.d,
                moved.x,
                moved.y};
    }
    /// Only for a determinant other than 0.
    [[nodiscard]] Affine inverse() const {
        const double det = determinant();
        return {d / det, -b / det, -c / det, a / det, (b * f - d * e) / det, (c * e - a * f) / det};
    }
};

/// The rectangle [left, right] x [top, bottom].
struct Rect {
    double left = 0, top = 0, right = 0, bottom = 0;

    [[nodiscard]] double width() const { return right - left; }
    [[nodiscard]] double height() const { return bottom - top; }
};

}  // namespace reelpool::reference
