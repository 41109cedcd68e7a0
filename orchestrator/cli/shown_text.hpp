#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text that somebody else wrote (file names, clip names), made safe to show.
namespace reelpool::cli {

/// One line of valid UTF-8: a control character becomes its picture (U+240A for a newline), a byte
/// that is not UTF-8, and a character that turns the direction of writing, U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

/// printable(), with every character that means something in HTML written as an entity; fits into
/// text and into quoted attributes.
[[nodiscard]] std::string html_escaped(std::string_view text);

/// Columns that a terminal takes for it: 2 for East Asian wide characters, 0 for combining marks.
/// Shape: `text` is printable().
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// The end of the text in at most that many columns, after "..." if anything is missing: of paths
/// the end says most. Shape: `text` is printable(), `columns` at least 4.
[[nodiscard]] std::string end_of(std::string_view text, std::size_t columns);

}  // namespace reelpool::cli
