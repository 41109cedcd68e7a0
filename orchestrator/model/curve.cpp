#include "orchestrator/model/curve.hpp"

#include <algorithm>
#include <cmath>

namespace reelpool::model {
namespace {

constexpr std::int64_t eased_ticks_per_second = 705'600'000;

Rational rounded(double seconds) {
    const double ticks = std::floor(seconds * double{eased_ticks_per_second} + 0.5);
    if (!(std::abs(ticks) < 9e18)) return Rational::invalid();
    return Rational(static_cast<std::int64_t>(ticks), eased_ticks_per_second);
}

/// The last key at or before `local`, or keys.end() when all come later.
template <class Keys>
auto key_at(const Keys& keys, const Time& local) {
    const auto next = std::partition_point(keys.begin(), keys.end(),
                                           [&](const auto& key) { return key.time <= local; });
    return next == keys.begin() ? keys.end() : next - 1;
}

}  // namespace

Value Curve::at(const Time& local) const {
    if (keys.empty()) return constant;
    const auto key = key_at(keys, local);
    if (key == keys.end()) return keys.front().value;
    const auto next = key + 1;
    if (next == keys.end() || key->ease.kind == EaseKind::hold) return key->value;
    const double progress = ((local - key->time) / (next->time - key->time)).to_double();
    const double factor = eased(key->ease, progress);
    return {key->value[0] + (next->value[0] - key->value[0]) * factor,
            key->value[1] + (next->value[1] - key->value[1]) * factor};
}

Rational ExactCurve::at(const Time& local) const {
    if (keys.empty()) return constant;
    const auto key = key_at(keys, local);
    if (key == keys.end()) return keys.front().value;
    const auto next = key + 1;
    if (next == keys.end()) return key->value;
    const Rational progress = (local - key->time) / (next->time - key->time);
    switch (key->ease.kind) {
        case EaseKind::hold:
            return key->value;
        case EaseKind::linear:
            return key->value + (next->value - key->value) * progress;
        case EaseKind::bezier:
            break;
    }
    return rounded(key->value.to_double() +
                   (next->value - key->value).to_double() * eased(key->ease, progress.to_double()));
}

CurveIntegral::CurveIntegral(ExactCurve curve) : curve_(std::move(curve)) {
    Rational sum;
    for (std::size_t key = 0; key < curve_.keys.size(); ++key) {
        const Time& to = curve_.keys[key].time;
        if (to > Time(0)) {
            if (key == 0) {
                sum = curve_.keys[0].value * to;
            } else {
                sum = sum + segment(key - 1, max(curve_.keys[key - 1].time, Time(0)), to);
            }
        }
        sums_.push_back(sum);
    }
}

Rational CurveIntegral::segment(std::size_t index, const Time& from, const Time& to) const {
    const ExactKey& key = curve_.keys[index];
    if (index + 1 == curve_.keys.size() || key.ease.kind == EaseKind::hold)
        return key.value * (to - from);
    const ExactKey& next = curve_.keys[index + 1];
    const Time length = next.time - key.time;
    const Rational rise = next.value - key.value;
    const Time begin = from - key.time;
    const Time end = to - key.time;
    if (key.ease.kind == EaseKind::linear) {
        const Rational mean = key.value + rise * (begin + end) / (length * Rational(2));
        return mean * (end - begin);
    }
    const double flat = key.value.to_double() * (end - begin).to_double();
    const double shape = eased_integral(key.ease, (end / length).to_double()) -
                         eased_integral(key.ease, (begin / length).to_double());
    return rounded(flat + rise.to_double() * length.to_double() * shape);
}

Rational CurveIntegral::at(const Time& local) const {
    if (curve_.keys.empty()) return curve_.constant * local;
    const auto key = key_at(curve_.keys, local);
    if (key == curve_.keys.end()) return curve_.keys.front().value * local;
    const auto index = static_cast<std::size_t>(key - curve_.keys.begin());
    return sums_[index] + segment(index, max(key->time, Time(0)), local);
}

}  // namespace reelpool::model
