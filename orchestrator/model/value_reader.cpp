#include "orchestrator/model/value_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "orchestrator/model/exact_number.hpp"

namespace reelpool::model {
namespace {

std::string number_text(double number) {
    if (std::abs(number) < 1e15 && number == std::floor(number))
        return std::to_string(static_cast<long long>(number));
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    return std::string(text, end);
}

/// How a value looks in the file, for messages.
std::string shown(const JsonValue& value) {
    switch (value.kind()) {
        case JsonKind::string:
            return quoted(value.text());
        case JsonKind::number:
            return std::string(value.text().substr(0, 40));
        case JsonKind::boolean:
            return value.boolean() ? "true" : "false";
        case JsonKind::null:
        case JsonKind::array:
        case JsonKind::object:
            break;
    }
    return kind_name(value.kind());
}

std::vector<std::string_view> names_of(std::span<const FieldName> fields) {
    std::vector<std::string_view> names;
    for (const FieldName& field : fields) names.push_back(field.name);
    return names;
}

std::string list_of(std::span<const FieldName> fields) {
    std::string list;
    for (const FieldName& field : fields) {
        if (field.built == Built::later) continue;
        if (!list.empty()) list += ", ";
        list += field.name;
    }
    return list;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

void Problems::add(TextPosition position, const Place& place, std::string what, std::string hint) {
    if (!error_) error_ = project_error(position, to_text(place), std::move(what), std::move(hint));
}

void Problems::add(Error error) {
    if (!error_) error_ = std::move(error);
}

bool ValueReader::is(JsonKind kind) const {
    if (value.kind() == kind) return true;
    refuse("must be " + std::string(kind_name(kind)) + ", but is " + shown(value));
    return false;
}

void ValueReader::refuse(std::string what, std::string hint) const {
    problems.add(value.position(), place, std::move(what), std::move(hint));
}

bool ValueReader::read_bool() const {
    return is(JsonKind::boolean) && value.boolean();
}

std::string ValueReader::read_text() const {
    return is(JsonKind::string) ? std::string(value.text()) : std::string();
}

double ValueReader::read_number(NumberRange range) const {
    if (!is(JsonKind::number)) return range.low;
    const std::string_view text = value.text();
    double number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    // The JSON reader has refused what is too large, so this one is too small.
    if (problem == std::errc::result_out_of_range) number = 0;
    if (number < range.low || number > range.high) {
        refuse("must lie in " + number_text(range.low) + ".." + number_text(range.high) +
               ", but is " + shown(value));
        return range.low;
    }
    return number;
}

std::uint32_t ValueReader::read_integer(std::uint32_t low, std::uint32_t high) const {
    if (!is(JsonKind::number)) return low;
    const ExactNumber number = parse_decimal(value.text());
    if (!number.problem.empty() || number.value.den() != 1) {
        refuse("must be a whole number, but is " + shown(value));
        return low;
    }
    if (number.value < Rational(low) || number.value > Rational(high)) {
        refuse("must lie in " + std::to_string(low) + ".." + std::to_string(high) + ", but is " +
               shown(value));
        return low;
    }
    return static_cast<std::uint32_t>(number.value.num());
}

Rational ValueReader::read_exact(const Rational& low, const Rational& high) const {
    if (!is(JsonKind::number)) return low;
    const ExactNumber number = parse_decimal(value.text());
    if (!number.problem.empty()) {
        refuse(shown(value) + " cannot be used: " + number.problem);
        return low;
    }
    if (number.value < low || number.value > high) {
        refuse("must lie in " + low.to_text() + ".." + high.to_text() + ", but is " + shown(value));
        return low;
    }
    return number.value;
}

Time ValueReader::read_time(const Rational& fps) const {
    if (value.kind() != JsonKind::number && value.kind() != JsonKind::string) {
        refuse("must be a time, but is " + shown(value),
               "a number of seconds, \"90f\" or \"1001/30000\"");
        return 0;
    }
    const ExactNumber number = value.kind() == JsonKind::number
                                   ? parse_decimal(value.text())
                                   : parse_time_text(value.text(), fps);
    if (!number.value.is_valid()) {
        refuse(shown(value) + " is no time: " +
               (number.problem.empty() ? "it cannot be held exactly" : number.problem));
        return 0;
    }
    if (number.value < Rational(-max_time_s) || number.value > Rational(max_time_s)) {
        refuse(shown(value) + " is no time: it is farther than " + std::to_string(max_time_s) +
               " s from 0");
        return 0;
    }
    return number.value;
}

Time ValueReader::read_length(const Rational& fps) const {
    const Time time = read_time(fps);
    if (time >= Time(0)) return time;
    refuse("must not be negative, but is " + shown(value));
    return 0;
}

Rational ValueReader::read_fps() const {
    if (value.kind() != JsonKind::number && value.kind() != JsonKind::string) {
        refuse("must be a frame rate, but is " + shown(value),
               "a number such as 30 or a fraction such as \"30000/1001\"");
        return 1;
    }
    const ExactNumber number = value.kind() == JsonKind::number ? parse_decimal(value.text())
                                                                : parse_fraction(value.text());
    if (!number.problem.empty()) {
        refuse(shown(value) + " is no frame rate: " + number.problem);
        return 1;
    }
    if (number.value < Rational(1, max_time_s) || number.value > Rational(max_fps)) {
        refuse("the frame rate must be above 0 and at most " + std::to_string(max_fps) +
               ", but is " + shown(value));
        return 1;
    }
    return number.value;
}

Color ValueReader::read_color() const {
    constexpr Color transparent{.r = 0, .g = 0, .b = 0, .a = 0};
    if (!is(JsonKind::string)) return transparent;
    const std::string_view text = value.text();
    if (text == "transparent") return transparent;
    const bool right_length = text.size() == 7 || text.size() == 9;
    const bool right_digits =
        right_length && text.front() == '#' &&
        std::all_of(text.begin() + 1, text.end(), [](char c) { return hex_digit(c) >= 0; });
    if (!right_digits) {
        refuse(shown(value) + " is no colour",
               "write \"#rrggbb\", \"#rrggbbaa\" or \"transparent\"");
        return transparent;
    }
    const auto part = [&](std::size_t at) {
        return (hex_digit(text[at]) * 16 + hex_digit(text[at + 1])) / 255.0;
    };
    return {.r = part(1), .g = part(3), .b = part(5), .a = text.size() == 9 ? part(7) : 1};
}

std::size_t ValueReader::read_word(std::span<const FieldName> words) const {
    if (!is(JsonKind::string)) return 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i].name != value.text()) continue;
        if (words[i].built == Built::later) refuse(shown(value) + " is " + not_built_yet);
        return i;
    }
    const std::vector<std::string_view> names = names_of(words);
    const std::string near = nearest_name(value.text(), names);
    refuse(shown(value) + " is not known here",
           near.empty() ? "use one of: " + list_of(words) : "did you mean " + quoted(near) + "?");
    return 0;
}

Value ValueReader::read_point(NumberRange range) const {
    Value point{};
    if (value.kind() != JsonKind::array || value.size() != 2) {
        refuse("must be a list of two numbers, but is " +
               (value.kind() == JsonKind::array ? "a list of " + std::to_string(value.size())
                                                : shown(value)));
        return point;
    }
    std::size_t index = 0;
    for (const JsonValue part : value) {
        const Place part_place{.parent = &place, .index = static_cast<std::int64_t>(index)};
        point[index++] = ValueReader{problems, part, part_place}.read_number(range);
    }
    return point;
}

ObjectReader::ObjectReader(Problems& problems, JsonValue object, const Place& place,
                           std::span<const FieldName> known)
    : problems_(problems), object_(object), place_(place) {
    is_object_ = ValueReader{problems, object, place}.is(JsonKind::object);
    if (!is_object_) return;
    for (const JsonValue member : object) {
        const std::string_view name = member.key();
        if (name.starts_with("x-")) continue;
        const Place member_place{.parent = &place, .name = name};
        const auto field = std::find_if(known.begin(), known.end(),
                                        [&](const FieldName& f) { return f.name == name; });
        if (field == known.end()) {
            refuse_unknown(member, member_place, known);
        } else if (field->built == Built::later) {
            problems.add(member.key_position(), member_place, not_built_yet, "remove the field");
        }
    }
}

void ObjectReader::refuse_unknown(JsonValue member, const Place& place,
                                  std::span<const FieldName> known) const {
    const std::vector<std::string_view> names = names_of(known);
    const std::string near = nearest_name(member.key(), names);
    // The path stands in the sentence itself: it is what the user has to look for.
    const bool found = !near.empty();
    problems_.add(project_error(member.key_position(), "",
                                to_text(place) + (found ? ": did you mean " + quoted(near) + "?"
                                                        : ": there is no such field"),
                                found ? "there is no field " + quoted(member.key()) + " here"
                                      : "the fields here are: " + list_of(known)));
}

std::optional<JsonValue> ObjectReader::find(std::string_view name) const {
    if (!is_object_) return std::nullopt;
    for (const JsonValue member : object_)
        if (member.key() == name) return member;
    return std::nullopt;
}

void ObjectReader::refuse(std::string what, std::string hint) const {
    problems_.add(object_.position(), place_, std::move(what), std::move(hint));
}

void ObjectReader::require(std::string_view name) const {
    if (is_object_ && !has(name)) refuse("the field " + quoted(name) + " is missing");
}

}  // namespace reelpool::model
