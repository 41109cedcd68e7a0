#include "orchestrator/model/place.hpp"

#include <algorithm>
#include <vector>

namespace reelpool::model {
namespace {

constexpr std::size_t longest_shown = 60;

bool is_word(std::string_view name) {
    return !name.empty() && name.size() <= longest_shown &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
           });
}

/// Letters in lower case without separators, so that fade_in is near fadeIn.
std::string folded(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c == '_' || c == '-' || c == ' ') continue;
        text.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return text;
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

std::string decimal_text(const Rational& value) {
    Int128 scale = 1;
    for (int digits = 0; digits <= 9; ++digits, scale *= 10) {
        const Rational scaled = value * Rational(scale, 1);
        if (!scaled.is_valid()) return {};
        if (scaled.den() != 1) continue;
        std::string text = (scaled < Rational(0) ? -scaled : scaled).to_text();
        if (digits > 0) {
            const auto places = static_cast<std::size_t>(digits);
            if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
            text.insert(text.size() - places, 1, '.');
        }
        return scaled < Rational(0) ? "-" + text : text;
    }
    return {};
}

}  // namespace

std::string quoted(std::string_view text) {
    std::string shown = "\"";
    for (const char c : text.substr(0, longest_shown)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            constexpr char hex[] = "0123456789abcdef";
            shown += "\\x";
            shown.push_back(hex[byte >> 4]);
            shown.push_back(hex[byte & 15]);
        } else {
            shown.push_back(c);
        }
    }
    if (text.size() > longest_shown) {
        // Cut between characters, never inside one.
        while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0xc0) == 0x80)
            shown.pop_back();
        if (!shown.empty() && static_cast<unsigned char>(shown.back()) >= 0xc0) shown.pop_back();
        shown += "...";
    }
    return shown + "\"";
}

std::string to_text(const Place& place) {
    std::vector<const Place*> steps;
    for (const Place* step = &place; step != nullptr; step = step->parent) steps.push_back(step);
    std::string path;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        if ((*step)->index >= 0) {
            path += "[" + std::to_string((*step)->index) + "]";
        } else if (is_word((*step)->name)) {
            if (!path.empty()) path += ".";
            path += (*step)->name;
        } else if (!(*step)->name.empty() || (*step)->parent != nullptr) {
            path += "[" + quoted((*step)->name) + "]";
        }
    }
    return path;
}

std::string member_path(std::string_view list, std::string_view name) {
    const Place outer{.name = list};
    return to_text(Place{.parent = &outer, .name = name});
}

std::string seconds_text(const Time& time) {
    if (!time.is_valid()) return "an invalid time";
    const std::string decimal = decimal_text(time);
    return (decimal.empty() ? time.to_text() : decimal) + " s";
}

Error project_error(TextPosition position, std::string_view path, std::string what,
                    std::string hint) {
    std::string subject;
    if (position.line > 0) {
        subject =
            "line " + std::to_string(position.line) + ", column " + std::to_string(position.column);
        if (!path.empty()) subject += ": ";
    }
    subject += path;
    return Error{.code = ErrorCode::project,
                 .component = Component::project,
                 .subject = std::move(subject),
                 .what = std::move(what),
                 .cause = {},
                 .hint = std::move(hint)};
}

std::string nearest_name(std::string_view wrong, std::span<const std::string_view> known) {
    const std::string wanted = folded(wrong.substr(0, longest_shown));
    std::size_t best = (wanted.size() < 4 ? 1 : std::max<std::size_t>(2, wanted.size() / 3)) + 1;
    std::string_view found;
    for (const std::string_view name : known) {
        if (name.size() > longest_shown) continue;
        const std::size_t distance = edit_distance(wanted, folded(name));
        if (distance < best) {
            best = distance;
            found = name;
        }
    }
    return std::string(found);
}

}  // namespace reelpool::model
