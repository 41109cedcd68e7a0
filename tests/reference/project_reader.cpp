#include "project_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

using Kind = JsonValue::Kind;

int hex_pair(const Field& field, const std::string& text, std::size_t at) {
    int value = 0;
    for (std::size_t k = at; k < at + 2; ++k) {
        const char c = text[k];
        int digit = 0;
        if (c >= '0' && c <= '9') {
            digit = c - '0';
        } else if (c >= 'a' && c <= 'f') {
            digit = c - 'a' + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = c - 'A' + 10;
        } else {
            field.fail("not a colour: " + text);
        }
        value = value * 16 + digit;
    }
    return value;
}

/// The key list, with times read and checked; calls `add(key field, time)` for each.
template <class Add>
void for_each_key(const Field& field, const Rational& comp_fps, Add add) {
    field.allow_only({"keys"});
    const Field keys = field.require("keys");
    if (keys.item_count() == 0) keys.fail("no keys");
    std::optional<Rational> before;
    for (std::size_t k = 0; k < keys.item_count(); ++k) {
        const Field key = keys.item(k);
        if (key.item_count() < 2 || key.item_count() > 3) key.fail("a key is [time, value, ease]");
        const Rational time = key.item(0).time(comp_fps);
        if (before && time <= *before) key.fail("key times must increase");
        before = time;
        add(key, time);
    }
}

}  // namespace

void Field::fail(const std::string& what) const {
    throw ReferenceError(place_, what);
}

std::optional<Field> Field::get(std::string_view name) const {
    if (!is(Kind::object)) fail("must be an object");
    const JsonValue* found = value_->find(name);
    if (found == nullptr) return std::nullopt;
    return Field(*found, place_.empty() ? std::string(name) : place_ + "." + std::string(name));
}

Field Field::require(std::string_view name) const {
    auto found = get(name);
    if (!found) fail("\"" + std::string(name) + "\" is missing");
    return *found;
}

Field Field::item(std::size_t index) const {
    if (index >= item_count()) fail("too short");
    return {value_->items[index], place_ + "[" + std::to_string(index) + "]"};
}

std::size_t Field::item_count() const {
    if (!is(Kind::array)) fail("must be a list");
    return value_->items.size();
}

void Field::allow_only(std::initializer_list<std::string_view> names) const {
    if (!is(Kind::object)) fail("must be an object");
    for (const auto& [key, value] : value_->members) {
        if (key.rfind("x-", 0) == 0) continue;
        if (std::find(names.begin(), names.end(), key) == names.end()) {
            fail("unknown field \"" + key + "\"");
        }
    }
}

void Field::refuse(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
        if (value_->find(name) != nullptr) fail(std::string(name) + " is not built here");
    }
}

const std::string& Field::text() const {
    if (!is(Kind::string)) fail("must be text");
    return value_->text;
}

bool Field::boolean() const {
    if (!is(Kind::boolean)) fail("must be true or false");
    return value_->boolean;
}

Rational Field::number() const {
    if (!is(Kind::number)) fail("must be a number");
    return parse_decimal(value_->text);
}

int Field::integer() const {
    const Rational value = number();
    if (denominator(value) != 1) fail("must be a whole number");
    return static_cast<int>(numerator(value));
}

Rational Field::rate() const {
    const Rational value = is(Kind::string) ? parse_fraction(text()) : number();
    if (value <= 0) fail("must be above 0");
    return value;
}

Rational Field::time(const Rational& comp_fps) const {
    if (is(Kind::number)) return number();
    const std::string& written = text();
    if (!written.empty() && written.back() == 'f') {
        return parse_decimal(written.substr(0, written.size() - 1)) / comp_fps;
    }
    return parse_fraction(written);
}

Colour Field::colour() const {
    const std::string& written = text();
    if (written == "transparent") return {};
    if (written.empty() || written[0] != '#' || (written.size() != 7 && written.size() != 9)) {
        fail("not a colour: " + written);
    }
    return {.r = hex_pair(*this, written, 1) / 255.0,
            .g = hex_pair(*this, written, 3) / 255.0,
            .b = hex_pair(*this, written, 5) / 255.0,
            .a = written.size() == 9 ? hex_pair(*this, written, 7) / 255.0 : 1.0};
}

Ease Field::ease() const {
    if (is(Kind::array)) {
        Ease made{.kind = Ease::Kind::bezier, .points = {}};
        if (item_count() != 4) fail("an ease is [x1, y1, x2, y2]");
        for (std::size_t k = 0; k < 4; ++k) made.points[k] = item(k).real();
        if (made.points[0] < 0 || made.points[0] > 1 || made.points[2] < 0 || made.points[2] > 1) {
            fail("x1 and x2 must be 0..1");
        }
        return made;
    }
    const std::string& name = text();
    if (name == "linear") return {};
    if (name == "hold") return {.kind = Ease::Kind::hold};
    const std::array<std::pair<const char*, std::array<double, 4>>, 4> curves{{
        {"ease", {0.25, 0.1, 0.25, 1}},
        {"ease-in", {0.42, 0, 1, 1}},
        {"ease-out", {0, 0, 0.58, 1}},
        {"ease-in-out", {0.42, 0, 0.58, 1}},
    }};
    for (const auto& [known, points] : curves) {
        if (name == known) return {.kind = Ease::Kind::bezier, .points = points};
    }
    fail("unknown ease \"" + name + "\"");
}

Curve Field::curve(const Rational& comp_fps) const {
    if (is(Kind::number)) return Curve(number());
    std::vector<Key> keys;
    for_each_key(*this, comp_fps, [&](const Field& key, const Rational& time) {
        keys.push_back(
            {time, key.item(1).number(), key.item_count() > 2 ? key.item(2).ease() : Ease{}});
    });
    return Curve(std::move(keys));
}

Curve Field::time_curve(const Rational& comp_fps) const {
    std::vector<Key> keys;
    for_each_key(*this, comp_fps, [&](const Field& key, const Rational& time) {
        keys.push_back(
            {time, key.item(1).time(comp_fps), key.item_count() > 2 ? key.item(2).ease() : Ease{}});
    });
    return Curve(std::move(keys));
}

AnimatedPoint Field::point(const Rational& comp_fps, OneNumber one) const {
    const auto components = [&](const Field& field) -> std::pair<Rational, Rational> {
        if (field.is(Kind::number) && one == OneNumber::is_both) {
            return {field.number(), field.number()};
        }
        if (field.item_count() != 2) field.fail("must be [x, y]");
        return {field.item(0).number(), field.item(1).number()};
    };
    if (!is(Kind::object)) {
        auto [x, y] = components(*this);
        return {Curve(std::move(x)), Curve(std::move(y))};
    }
    std::vector<Key> xs;
    std::vector<Key> ys;
    for_each_key(*this, comp_fps, [&](const Field& key, const Rational& time) {
        const Ease ease = key.item_count() > 2 ? key.item(2).ease() : Ease{};
        const auto [x, y] = components(key.item(1));
        xs.push_back({time, x, ease});
        ys.push_back({time, y, ease});
    });
    return {Curve(std::move(xs)), Curve(std::move(ys))};
}

}  // namespace reelpool::reference
