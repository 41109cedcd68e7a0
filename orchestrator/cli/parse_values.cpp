#include "orchestrator/cli/parse_values.hpp"

#include <cctype>
#include <cstdlib>

namespace reelpool::cli {
namespace {

Unexpected bad_value(const std::string& option, const std::string& text, const char* expected) {
    return unexpected({.code = ErrorCode::usage,
                       .component = Component::planner,
                       .subject = option,
                       .what = "\"" + text + "\" is not a value for " + option,
                       .cause = {},
                       .hint = expected});
}

bool all_digits(const std::string& text) {
    if (text.empty() || text.size() > 18) return false;
    for (const char c : text)
        if (std::isdigit(static_cast<unsigned char>(c)) == 0) return false;
    return true;
}

struct NumberWithUnit {
    std::uint64_t number = 0;
    std::string unit;
};

Result<NumberWithUnit> split(const std::string& option, const std::string& text,
                             const char* expected) {
    std::size_t end = 0;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (!all_digits(text.substr(0, end))) return bad_value(option, text, expected);
    std::string unit;
    for (std::size_t i = end; i < text.size(); ++i)
        unit.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(text[i]))));
    return NumberWithUnit{std::strtoull(text.c_str(), nullptr, 10), unit};
}

constexpr std::uint64_t max_number = std::uint64_t{1} << 50;

}  // namespace

Result<std::uint64_t> parse_bytes(const std::string& option, const std::string& text) {
    constexpr const char* expected = "write a size like 500MB or 2GB";
    REELPOOL_TRY(value, split(option, text, expected));
    unsigned shift = 0;
    if (value.unit == "KB" || value.unit == "K" || value.unit == "KIB")
        shift = 10;
    else if (value.unit == "MB" || value.unit == "M" || value.unit == "MIB")
        shift = 20;
    else if (value.unit == "GB" || value.unit == "G" || value.unit == "GIB")
        shift = 30;
    else if (!value.unit.empty() && value.unit != "B")
        return bad_value(option, text, expected);
    if (value.number == 0 || value.number > (max_number >> shift))
        return bad_value(option, text, expected);
    return value.number << shift;
}

Result<std::pair<std::string, std::uint64_t>> parse_disk_cache(const std::string& option,
                                                               const std::string& text) {
    constexpr std::uint64_t usual_bytes = std::uint64_t{4} << 30;
    const std::size_t colon = text.rfind(':');
    const std::string end = colon == std::string::npos ? "" : text.substr(colon + 1);
    const bool has_size = !end.empty() && std::isdigit(static_cast<unsigned char>(end[0])) != 0;
    std::pair<std::string, std::uint64_t> result(text.substr(0, has_size ? colon : text.size()),
                                                 usual_bytes);
    if (result.first.empty())
        return bad_value(option, text, "write a directory, or a directory and a size: DIR:8GB");
    if (has_size) {
        REELPOOL_TRY(bytes, parse_bytes(option, end));
        result.second = bytes;
    }
    return result;
}

Result<std::uint64_t> parse_bitrate(const std::string& option, const std::string& text) {
    constexpr const char* expected = "write bits per second like 8M or 4500k";
    REELPOOL_TRY(value, split(option, text, expected));
    std::uint64_t factor = 1;
    if (value.unit == "K")
        factor = 1'000;
    else if (value.unit == "M")
        factor = 1'000'000;
    else if (!value.unit.empty())
        return bad_value(option, text, expected);
    if (value.number == 0 || value.number > 10'000'000'000 / factor)
        return bad_value(option, text, expected);
    return value.number * factor;
}

Result<std::pair<std::uint32_t, std::uint32_t>> parse_size(const std::string& option,
                                                           const std::string& text) {
    const std::size_t x = text.find('x');
    const std::string width = text.substr(0, x);
    const std::string height = x == std::string::npos ? "" : text.substr(x + 1);
    if (!all_digits(width) || !all_digits(height) || width.size() > 5 || height.size() > 5)
        return bad_value(option, text, "write WIDTHxHEIGHT like 1280x720");
    const unsigned long w = std::stoul(width);
    const unsigned long h = std::stoul(height);
    if (w < 1 || h < 1 || w > 16384 || h > 16384)
        return bad_value(option, text, "a side is 1 to 16384 pixels");
    return std::pair(static_cast<std::uint32_t>(w), static_cast<std::uint32_t>(h));
}

Result<Rational> parse_fraction(const std::string& option, const std::string& text) {
    constexpr const char* expected = "write a number like 30, 29.97 or 30000/1001";
    std::string body = text;
    if (!body.empty() && body.back() == 's') body.pop_back();
    const std::size_t slash = body.find('/');
    if (slash != std::string::npos) {
        const std::string num = body.substr(0, slash);
        const std::string den = body.substr(slash + 1);
        if (!all_digits(num) || !all_digits(den) || std::stoull(den) == 0)
            return bad_value(option, text, expected);
        return Rational(std::stoll(num), std::stoll(den));
    }
    const std::size_t dot = body.find('.');
    const std::string whole = body.substr(0, dot);
    const std::string part = dot == std::string::npos ? "" : body.substr(dot + 1);
    if ((whole.empty() && part.empty()) || whole.size() > 9 || part.size() > 9 ||
        !all_digits(whole + part))
        return bad_value(option, text, expected);
    std::int64_t scale = 1;
    for (std::size_t i = 0; i < part.size(); ++i) scale *= 10;
    return Rational(std::stoll(whole + part), scale);
}

Result<std::pair<Time, Time>> parse_range(const std::string& option, const std::string& text) {
    constexpr const char* expected = "write a range in seconds like 2s..8s";
    const std::size_t dots = text.find("..");
    if (dots == std::string::npos) return bad_value(option, text, expected);
    REELPOOL_TRY(begin, parse_fraction(option, text.substr(0, dots)));
    REELPOOL_TRY(end, parse_fraction(option, text.substr(dots + 2)));
    if (end <= begin) return bad_value(option, text, "the range's end comes after its beginning");
    return std::pair(begin, end);
}

}  // namespace reelpool::cli
