#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ipc/frame/draw_list.hpp"
#include "orchestrator/model/curve.hpp"
#include "orchestrator/model/field_names.hpp"
#include "orchestrator/model/json_document.hpp"

namespace reelpool::model {

/// Keeps the first thing that is wrong with a file. Readers go on with defaults after it; whoever
/// started the reading looks at `error` once at the end.
class Problems {
  public:
    void add(TextPosition position, const Place& place, std::string what, std::string hint = {});
    void add(Error error);
    [[nodiscard]] bool any() const { return error_.has_value(); }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    std::optional<Error> error_;
};

struct NumberRange {
    double low = -1e7;
    double high = 1e7;
};

/// A value together with its place and where to report what is wrong with it.
/// Every reading function returns a harmless default after it has reported a problem.
struct ValueReader {
    Problems& problems;
    JsonValue value;
    const Place& place;

    /// Reports unless the value is of this kind.
    [[nodiscard]] bool is(JsonKind kind) const;
    void refuse(std::string what, std::string hint = {}) const;

    [[nodiscard]] bool read_bool() const;
    [[nodiscard]] std::string read_text() const;
    [[nodiscard]] double read_number(NumberRange range) const;
    [[nodiscard]] std::uint32_t read_integer(std::uint32_t low, std::uint32_t high) const;
    /// The exact value of a number.
    [[nodiscard]] Rational read_exact(const Rational& low, const Rational& high) const;
    /// Seconds, frames of a comp at `fps`, or a fraction.
    [[nodiscard]] Time read_time(const Rational& fps) const;
    /// As read_time, 0 or later.
    [[nodiscard]] Time read_length(const Rational& fps) const;
    /// A frame rate: a number or a fraction.
    [[nodiscard]] Rational read_fps() const;
    [[nodiscard]] Color read_color() const;
    /// Index into `words`; what is not built yet is refused by name.
    [[nodiscard]] std::size_t read_word(std::span<const FieldName> words) const;
    /// A list of two numbers.
    [[nodiscard]] Value read_point(NumberRange range) const;
};

/// The members of one object.
class ObjectReader {
  public:
    /// Refuses unknown members (with the nearest known name) and those not built yet.
    ObjectReader(Problems& problems, JsonValue object, const Place& place,
                 std::span<const FieldName> known);

    [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
    [[nodiscard]] std::optional<JsonValue> find(std::string_view name) const;
    void refuse(std::string what, std::string hint = {}) const;
    /// Reports a missing member.
    void require(std::string_view name) const;

    /// Calls `read(ValueReader)` for the member if it is there; else gives `otherwise`.
    template <class T, class Read>
    [[nodiscard]] T read(std::string_view name, T otherwise, Read&& read) const {
        const auto value = find(name);
        if (!value) return otherwise;
        const Place place{.parent = &place_, .name = name};
        return read(ValueReader{problems_, *value, place});
    }

    [[nodiscard]] Problems& problems() const { return problems_; }
    [[nodiscard]] const Place& place() const { return place_; }

  private:
    void refuse_unknown(JsonValue member, const Place& place,
                        std::span<const FieldName> known) const;

    Problems& problems_;
    JsonValue object_;
    const Place& place_;
    bool is_object_ = false;
};

inline constexpr const char* not_built_yet = "not built yet in this version of Reelpool";

}  // namespace reelpool::model
