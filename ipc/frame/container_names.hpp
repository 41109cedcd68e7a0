#pragma once

#include <optional>
#include <string_view>

namespace reelpool {

/// The digits N of the only "%0Nd" or "%d" (0 digits) in a file name; nothing if it is no pattern.
[[nodiscard]] std::optional<int> pattern_digits(std::string_view name);

}  // namespace reelpool
