#pragma once

#include <string>

namespace reelpool::compositor {

/// Tells apart all code that this process runs: a digest of the names and build ids of its program,
/// its libraries and its drivers, as far as they are loaded. What has no build id is digested as a
/// whole. The kernel's own page of code is left out.
[[nodiscard]] std::string running_code();

}  // namespace reelpool::compositor
