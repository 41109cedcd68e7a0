#include "orchestrator/model/exact_number.hpp"

#include <algorithm>
#include <charconv>

namespace reelpool::model {
namespace {

constexpr int max_digits = 18;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

Int128 power_of_ten(int exponent) {
    Int128 value = 1;
    for (int i = 0; i < exponent; ++i) value *= 10;
    return value;
}

/// An integer of up to 18 digits with an optional minus sign.
std::optional<std::int64_t> parse_integer(std::string_view text) {
    const std::size_t sign = text.starts_with('-') ? 1 : 0;
    if (text.size() == sign || text.size() - sign > max_digits) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

ExactNumber number(const Rational& value) {
    return {.value = value, .problem = {}};
}
ExactNumber no_number(std::string problem) {
    return {.value = Rational::invalid(), .problem = std::move(problem)};
}

struct Digits {
    std::string significant;  ///< without zeros at either end
    int exponent = 0;         ///< of the last significant digit
    bool is_negative = false;
};

/// Splits a number that follows JSON's grammar. The exponent saturates.
Digits split(std::string_view text) {
    Digits digits;
    if (text.starts_with('-')) {
        digits.is_negative = true;
        text.remove_prefix(1);
    }
    bool behind_point = false;
    std::size_t at = 0;
    for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
        if (text[at] == '.') {
            behind_point = true;
        } else if (is_digit(text[at])) {
            digits.significant.push_back(text[at]);
            if (behind_point) --digits.exponent;
        }
    }
    if (at < text.size()) {
        std::string_view exponent = text.substr(at + 1);
        const bool negative = exponent.starts_with('-');
        if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
        int value = 0;
        for (const char c : exponent) value = std::min(value * 10 + (c - '0'), 100'000'000);
        digits.exponent += negative ? -value : value;
    }
    while (!digits.significant.empty() && digits.significant.back() == '0') {
        digits.significant.pop_back();
        ++digits.exponent;
    }
    digits.significant.erase(
        0, std::min(digits.significant.find_first_not_of('0'), digits.significant.size()));
    return digits;
}

}  // namespace

ExactNumber parse_decimal(std::string_view text) {
    const Digits digits = split(text);
    if (digits.significant.empty()) return number(0);
    const int length = static_cast<int>(std::min<std::size_t>(digits.significant.size(), 1000));
    if (length > max_digits) return no_number("it has more than 18 significant digits");
    if (digits.exponent < -max_digits) return no_number("it has more than 18 decimals");
    if (length + digits.exponent > max_digits) return no_number("it is too large");
    Int128 value = 0;
    for (const char c : digits.significant) value = value * 10 + (c - '0');
    if (digits.is_negative) value = -value;
    return digits.exponent >= 0 ? number(Rational(value * power_of_ten(digits.exponent), 1))
                                : number(Rational(value, power_of_ten(-digits.exponent)));
}

ExactNumber parse_fraction(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos)
        return no_number("it is no fraction such as \"30000/1001\"");
    const auto numerator = parse_integer(text.substr(0, slash));
    const auto denominator = parse_integer(text.substr(slash + 1));
    if (!numerator || !denominator)
        return no_number("a fraction is two whole numbers of up to 18 digits, \"30000/1001\"");
    if (*denominator == 0) return no_number("its denominator is 0");
    if (*denominator < 0) return no_number("its denominator is negative");
    return number(Rational(*numerator, *denominator));
}

ExactNumber parse_time_text(std::string_view text, const Rational& fps) {
    if (text.ends_with('f')) {
        const auto frames = parse_integer(text.substr(0, text.size() - 1));
        if (!frames) return no_number("a frame count is a whole number and f, such as \"90f\"");
        return number(Rational(*frames) / fps);
    }
    if (text.find('/') != std::string_view::npos) return parse_fraction(text);
    return no_number(
        "a time is a number of seconds, a frame count such as \"90f\", or a fraction such as "
        "\"1001/30000\"");
}

}  // namespace reelpool::model
