#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reelpool::reference {

/// A JSON value that keeps each number as it was written, so that 0.1 can be read as 1/10.
struct JsonValue {
    enum class Kind { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    bool boolean = false;
    std::string text;  ///< the string, or the number's digits
    std::vector<JsonValue> items;
    std::vector<std::pair<std::string, JsonValue>> members;  ///< in the file's order

    [[nodiscard]] bool is(Kind wanted) const { return kind == wanted; }
    /// The member of that name, or null when there is none.
    [[nodiscard]] const JsonValue* find(std::string_view name) const;
};

/// Parses a whole text; throws ReferenceError with the parser's words.
[[nodiscard]] JsonValue parse_json(const std::string& text);

/// Reads and parses a file.
[[nodiscard]] JsonValue parse_json_file(const std::filesystem::path& path);

}  // namespace reelpool::reference
