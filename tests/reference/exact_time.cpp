#include "exact_time.hpp"

#include <cctype>
#include <cmath>

#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

Integer power_of_ten(int exponent) {
    return boost::multiprecision::pow(Integer(10), static_cast<unsigned>(exponent));
}

/// Decimal digits only: the library would read a leading 0 as octal.
Integer parse_digits(const std::string& digits, const std::string& whole) {
    if (digits.empty()) throw ReferenceError("not a number: \"" + whole + "\"");
    Integer value = 0;
    for (const char c : digits) {
        if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
            throw ReferenceError("not a number: \"" + whole + "\"");
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

}  // namespace

Rational parse_decimal(const std::string& text) {
    std::string rest = text;
    bool negative = false;
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
        negative = rest[0] == '-';
        rest.erase(0, 1);
    }
    int exponent = 0;
    if (const auto e = rest.find_first_of("eE"); e != std::string::npos) {
        exponent = std::stoi(rest.substr(e + 1));
        rest.resize(e);
    }
    if (const auto point = rest.find('.'); point != std::string::npos) {
        exponent -= static_cast<int>(rest.size() - point - 1);
        rest.erase(point, 1);
    }
    if (exponent > 1000 || exponent < -1000) throw ReferenceError("number out of range: " + text);
    Rational value(parse_digits(rest, text));
    // Only ever divide by a Rational: Boost 1.81's cpp_rational(1) / cpp_int(10) is 1.
    if (exponent > 0) value *= Rational(power_of_ten(exponent));
    if (exponent < 0) value /= Rational(power_of_ten(-exponent));
    return negative ? Rational(-value) : value;
}

Rational parse_fraction(const std::string& text) {
    const auto slash = text.find('/');
    if (slash == std::string::npos) throw ReferenceError("not a fraction: \"" + text + "\"");
    const bool negative = !text.empty() && text[0] == '-';
    const std::string above = text.substr(negative ? 1 : 0, slash - (negative ? 1 : 0));
    const Integer denominator = parse_digits(text.substr(slash + 1), text);
    if (denominator == 0) throw ReferenceError("denominator 0: \"" + text + "\"");
    const Rational value(parse_digits(above, text), denominator);
    return negative ? Rational(-value) : value;
}

Integer floor_of(const Rational& value) {
    const Integer n = numerator(value);
    const Integer d = denominator(value);
    Integer quotient = n / d;  // towards zero; the denominator is positive
    if (n < 0 && quotient * d != n) quotient -= 1;
    return quotient;
}

Integer ceil_of(const Rational& value) {
    return -floor_of(-value);
}

double to_double(const Rational& value) {
    return value.convert_to<double>();
}

Rational on_flick_grid(double seconds) {
    constexpr double per_second = 705'600'000.0;
    return Rational(Integer(std::floor(seconds * per_second + 0.5)), Integer(705'600'000));
}

}  // namespace reelpool::reference
