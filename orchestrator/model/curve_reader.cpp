#include "orchestrator/model/curve_reader.hpp"

#include <utility>
#include <vector>

namespace reelpool::model {
namespace {

/// The value of a curve without keys, or of one key, read by `Read`.
template <class T>
struct KeyText {
    Time time;
    T value;
    Ease ease;
};

Ease read_bezier(const ValueReader& value) {
    if (value.value.size() != 4) {
        value.refuse("must be a list of four numbers, [x1, y1, x2, y2]");
        return {};
    }
    double numbers[4] = {};
    std::size_t index = 0;
    for (const JsonValue part : value.value) {
        const Place place{.parent = &value.place, .index = static_cast<std::int64_t>(index)};
        // x must stay inside the segment, y may overshoot.
        const NumberRange range = index % 2 == 0 ? NumberRange{0, 1} : NumberRange{-1000, 1000};
        numbers[index++] = ValueReader{value.problems, part, place}.read_number(range);
    }
    return {EaseKind::bezier, numbers[0], numbers[1], numbers[2], numbers[3]};
}

Ease read_ease(const ValueReader& value) {
    if (value.value.kind() == JsonKind::array) return read_bezier(value);
    constexpr Ease eases[] = {{}, hold_ease, css_ease, css_ease_in, css_ease_out, css_ease_in_out};
    return eases[value.read_word(ease_names())];
}

template <class T, class Read>
KeyText<T> read_key(const ValueReader& key, const Rational& fps, Read&& read) {
    KeyText<T> result{};
    if (key.value.kind() != JsonKind::array || key.value.size() < 2 || key.value.size() > 3) {
        key.refuse("a key is a list: [time, value] or [time, value, ease]");
        return result;
    }
    std::int64_t index = 0;
    for (const JsonValue part : key.value) {
        const Place place{.parent = &key.place, .index = index};
        const ValueReader reader{key.problems, part, place};
        if (index == 0) result.time = reader.read_time(fps);
        if (index == 1) result.value = read(reader);
        if (index == 2) result.ease = read_ease(reader);
        ++index;
    }
    return result;
}

/// {"keys": [...]}: times strictly increase.
template <class T, class Read>
std::vector<KeyText<T>> read_keys(const ValueReader& value, const Rational& fps, Read&& read) {
    std::vector<KeyText<T>> keys;
    const ObjectReader object(value.problems, value.value, value.place, keys_fields());
    object.require("keys");
    const auto list = object.find("keys");
    if (!list || value.problems.any()) return keys;
    const Place list_place{.parent = &value.place, .name = "keys"};
    const ValueReader list_reader{value.problems, *list, list_place};
    if (!list_reader.is(JsonKind::array)) return keys;
    if (list->size() == 0) list_reader.refuse("must hold at least one key");
    std::int64_t index = 0;
    for (const JsonValue part : *list) {
        const Place place{.parent = &list_place, .index = index++};
        const ValueReader reader{value.problems, part, place};
        keys.push_back(read_key<T>(reader, fps, read));
        if (value.problems.any()) return {};
        if (keys.size() > 1 && keys.back().time <= keys[keys.size() - 2].time) {
            reader.refuse("key times must increase, but " + seconds_text(keys.back().time) +
                          " comes after " + seconds_text(keys[keys.size() - 2].time));
            return {};
        }
    }
    return keys;
}

template <class Read>
Curve read_curve(const ValueReader& value, const Rational& fps, Read&& read) {
    Curve curve;
    if (value.value.kind() != JsonKind::object) {
        curve.constant = read(value);
        return curve;
    }
    for (const auto& key : read_keys<Value>(value, fps, read))
        curve.keys.push_back({.time = key.time, .value = key.value, .ease = key.ease});
    return curve;
}

template <class Read>
ExactCurve read_exact_curve(const ValueReader& value, const Rational& fps, Read&& read) {
    ExactCurve curve;
    for (auto& key : read_keys<Rational>(value, fps, read))
        curve.keys.push_back({.time = key.time, .value = key.value, .ease = key.ease});
    return curve;
}

}  // namespace

Curve read_number_curve(const ValueReader& value, const Rational& fps, NumberRange range) {
    return read_curve(value, fps, [&](const ValueReader& v) {
        return Value{v.read_number(range), 0};
    });
}

Curve read_point_curve(const ValueReader& value, const Rational& fps, NumberRange range) {
    return read_curve(value, fps, [&](const ValueReader& v) { return v.read_point(range); });
}

Curve read_scale_curve(const ValueReader& value, const Rational& fps, NumberRange range) {
    return read_curve(value, fps, [&](const ValueReader& v) {
        if (v.value.kind() == JsonKind::array) return v.read_point(range);
        const double both = v.read_number(range);
        return Value{both, both};
    });
}

std::array<Curve, 3> read_triple_curve(const ValueReader& value, const Rational& fps,
                                       NumberRange range) {
    using Triple = std::array<double, 3>;
    const auto read = [&](const ValueReader& v) {
        Triple triple{};
        if (v.value.kind() == JsonKind::number) {
            triple.fill(v.read_number(range));
            return triple;
        }
        if (v.value.kind() != JsonKind::array || v.value.size() != triple.size()) {
            v.refuse("must be a number, or a list of three for red, green and blue");
            return triple;
        }
        std::size_t index = 0;
        for (const JsonValue part : v.value) {
            const Place place{.parent = &v.place, .index = static_cast<std::int64_t>(index)};
            triple[index++] = ValueReader{v.problems, part, place}.read_number(range);
        }
        return triple;
    };
    std::array<Curve, 3> curves;
    if (value.value.kind() != JsonKind::object) {
        const Triple triple = read(value);
        for (std::size_t i = 0; i < curves.size(); ++i) curves[i].constant = {triple[i], 0};
        return curves;
    }
    for (const auto& key : read_keys<Triple>(value, fps, read))
        for (std::size_t i = 0; i < curves.size(); ++i)
            curves[i].keys.push_back({.time = key.time, .value = {key.value[i], 0}, .ease = key.ease});
    return curves;
}

ExactCurve read_speed(const ValueReader& value, const Rational& fps) {
    const auto read = [](const ValueReader& v) {
        if (v.value.kind() == JsonKind::number && v.value.text().starts_with('-') &&
            v.read_exact(-10'000, 10'000) < Rational(0)) {
            v.refuse("must not be negative", "\"reverse\": true plays a clip backwards");
            return Rational(0);
        }
        return v.read_exact(0, 10'000);
    };
    if (value.value.kind() != JsonKind::object)
        return ExactCurve{.constant = read(value), .keys = {}};
    return read_exact_curve(value, fps, read);
}

ExactCurve read_remap(const ValueReader& value, const Rational& fps) {
    return read_exact_curve(value, fps, [&](const ValueReader& v) { return v.read_time(fps); });
}

}  // namespace reelpool::model
