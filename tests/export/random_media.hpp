#pragma once

#include <filesystem>

#include "random_parts.hpp"

namespace reelpool::export_test {

/// Makes the media that random projects show: eight files of as many formats, rates and sizes.
void make_random_media(const std::filesystem::path& folder);

/// A project's "media" for them, by the names "a" to "h".
[[nodiscard]] Json random_media();

}  // namespace reelpool::export_test
