#pragma once

#include <string>

#include "ipc/base/result.hpp"

namespace reelpool::run {

/// The decoder attempted a system call that its sandbox forbids, and the kernel killed it. That is
/// no accident to be repeated: whatever made it do so is in the file.
[[nodiscard]] bool is_security_event(int wait_status);

/// It ended by itself because it may have no more memory; with the same file it would again.
[[nodiscard]] bool is_out_of_memory(int wait_status);

/// Why a worker is gone that was not told to end and left no last words. `path`: of its file.
[[nodiscard]] Error worker_death(const std::string& path, int wait_status);

}  // namespace reelpool::run
