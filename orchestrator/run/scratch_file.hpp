#pragma once

#include <string>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"

namespace reelpool::run {

/// A new file without a name in this directory: its room is given back when its last descriptor
/// goes, whatever ends the process.
/// Errors: output: the directory is missing or cannot be written to.
[[nodiscard]] Result<UniqueFd> open_scratch_file(const std::string& directory);

}  // namespace reelpool::run
