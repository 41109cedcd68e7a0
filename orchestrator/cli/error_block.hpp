#pragma once

#include <string>
#include <system_error>

#include "ipc/base/result.hpp"

namespace reelpool::cli {

/// The error as people see it: component, place, issue, cause, suggestion, one line each.
[[nodiscard]] std::string error_block(const Error& error);

/// The system has no descriptor or thread left for something that nothing can go on without.
[[nodiscard]] Error exhausted(const std::system_error& error);

/// Writes the block to stderr; returns the process's exit code.
int report_error(const Error& error);

/// Prints "reelpool: warning: ..." to stderr, in one line.
void print_warning(const std::string& message);

}  // namespace reelpool::cli
