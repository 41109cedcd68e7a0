#pragma once

#include <array>
#include <vector>

#include "ipc/base/rational.hpp"
#include "orchestrator/model/ease.hpp"

namespace reelpool::model {

/// A number or a point. Numbers use the first component; a point's components share one ease.
using Value = std::array<double, 2>;

struct CurveKey {
    Time time;  ///< local to the clip
    Value value{};
    Ease ease;  ///< of the segment that begins here
    friend bool operator==(const CurveKey&, const CurveKey&) = default;
};

/// A value that may change over a clip's local time.
struct Curve {
    Value constant{};            ///< counts when there are no keys
    std::vector<CurveKey> keys;  ///< times strictly increase

    friend bool operator==(const Curve&, const Curve&) = default;

    [[nodiscard]] bool has_keys() const { return !keys.empty(); }
    /// Before the first and after the last key the value holds.
    [[nodiscard]] Value at(const Time& local) const;
};

struct ExactKey {
    Time time;  ///< local to the clip
    Rational value;
    Ease ease;
    friend bool operator==(const ExactKey&, const ExactKey&) = default;
};

/// A curve with exact values, for those that decide times.
/// Linear and hold segments are exact; eased ones are computed in double precision and rounded to
/// the nearest 1/705,600,000 s.
struct ExactCurve {
    Rational constant;
    std::vector<ExactKey> keys;  ///< times strictly increase

    friend bool operator==(const ExactCurve&, const ExactCurve&) = default;

    [[nodiscard]] bool has_keys() const { return !keys.empty(); }
    /// Errors: an invalid Rational where the exact value does not fit.
    [[nodiscard]] Rational at(const Time& local) const;
};

/// The integral of a curve from local time 0, with the sums up to its keys kept.
class CurveIntegral {
  public:
    CurveIntegral() = default;
    explicit CurveIntegral(ExactCurve curve);

    /// From 0 to `local`, which is not negative.
    /// Errors: an invalid Rational where the exact value does not fit.
    [[nodiscard]] Rational at(const Time& local) const;

  private:
    [[nodiscard]] Rational segment(std::size_t key, const Time& from, const Time& to) const;

    ExactCurve curve_;
    std::vector<Rational> sums_;  ///< from 0 to each key; 0 for keys at or before 0
};

}  // namespace reelpool::model
