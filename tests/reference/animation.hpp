#pragma once

#include <array>
#include <vector>

#include "exact_time.hpp"

namespace reelpool::reference {

/// How a segment runs from its first key to the next.
struct Ease {
    enum class Kind { linear, hold, bezier };

    Kind kind = Kind::linear;
    std::array<double, 4> points{0, 0, 1, 1};  ///< x1, y1, x2, y2 of a CSS cubic-bezier
};

/// One key of a number (the point's other component has a curve of its own).
struct Key {
    Rational time;
    Rational value;
    Ease ease;  ///< of the segment that begins here
};

/// A number over local time: constant outside its keys, which strictly increase in time.
class Curve {
  public:
    explicit Curve(Rational constant) : keys_{{0, std::move(constant), {}}} {}
    explicit Curve(std::vector<Key> keys) : keys_(std::move(keys)), animated_(true) {}

    [[nodiscard]] bool animated() const { return animated_; }
    /// The value at local time u.
    [[nodiscard]] double at(const Rational& u) const;
    /// The value as a time: exact in linear and hold segments, else on the 1/705,600,000 s grid.
    [[nodiscard]] Rational time_at(const Rational& u) const;
    /// The integral from 0 to u: linear and hold segments exactly, each eased segment's part in
    /// double precision and then on the grid.
    [[nodiscard]] Rational integral_to(const Rational& u) const;

  private:
    [[nodiscard]] Rational integral_between(const Rational& from, const Rational& to) const;

    std::vector<Key> keys_;
    bool animated_ = false;
};

/// The eased factor 0..1 (beyond where y1, y2 say so) at a segment's time fraction x.
[[nodiscard]] double eased(const Ease& ease, double x);

/// The integral of `eased` over the time fraction, from 0 to x, in closed form.
[[nodiscard]] double eased_integral(const Ease& ease, double x);

}  // namespace reelpool::reference
