#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "animation.hpp"
#include "exact_time.hpp"
#include "json_value.hpp"
#include "project.hpp"

namespace reelpool::reference {

/// A value of the project together with where it stands, for readable errors.
class Field {
  public:
    Field(const JsonValue& value, std::string place) : value_(&value), place_(std::move(place)) {}

    [[nodiscard]] const std::string& place() const { return place_; }
    [[nodiscard]] const JsonValue& json() const { return *value_; }
    [[noreturn]] void fail(const std::string& what) const;

    /// A member of an object; nothing when it is absent.
    [[nodiscard]] std::optional<Field> get(std::string_view name) const;
    [[nodiscard]] Field require(std::string_view name) const;
    [[nodiscard]] Field item(std::size_t index) const;
    [[nodiscard]] std::size_t item_count() const;
    /// Fails on members other than these (x-... is always allowed).
    void allow_only(std::initializer_list<std::string_view> names) const;
    /// Fails when a member is there that means something that is not built here.
    void refuse(std::initializer_list<std::string_view> names) const;

    [[nodiscard]] bool is(JsonValue::Kind kind) const { return value_->is(kind); }
    [[nodiscard]] const std::string& text() const;
    [[nodiscard]] bool boolean() const;
    [[nodiscard]] Rational number() const;
    [[nodiscard]] double real() const { return to_double(number()); }
    [[nodiscard]] int integer() const;
    [[nodiscard]] Rational rate() const;
    /// Seconds, "90f" of a comp with this rate, or "1001/30000".
    [[nodiscard]] Rational time(const Rational& comp_fps) const;
    [[nodiscard]] Colour colour() const;
    /// A number, or {"keys": ...}.
    [[nodiscard]] Curve curve(const Rational& comp_fps) const;
    /// {"keys": ...} whose values are times.
    [[nodiscard]] Curve time_curve(const Rational& comp_fps) const;
    /// [x, y], a number for both where that is allowed, or {"keys": ...} of these.
    enum class OneNumber { refused, is_both };
    [[nodiscard]] AnimatedPoint point(const Rational& comp_fps, OneNumber one) const;

  private:
    [[nodiscard]] Ease ease() const;

    const JsonValue* value_;
    std::string place_;
};

}  // namespace reelpool::reference
