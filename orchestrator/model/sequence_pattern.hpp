#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace reelpool::model {

/// Where the number of an image sequence stands in its path, written %d or %0Nd.
struct SequencePattern {
    std::size_t begin = 0;
    std::size_t length = 0;
    std::size_t digits = 1;  ///< at least so many, filled with zeros
};

/// Nothing when the path has no pattern, or more than one.
[[nodiscard]] std::optional<SequencePattern> find_sequence_pattern(std::string_view path);

}  // namespace reelpool::model
