#pragma once

#include <string>
#include <vector>

#include "ipc/base/result.hpp"

/// Linux's Landlock (landlock(7)), by raw system calls: the C library of Debian 12 has none, and
/// its kernel headers are older than the kernels that it meets. As much is asked for as the
/// kernel's version of it knows; restrictions add up and never end.
/// Thread: they hold for the calling thread and those that it starts: call them before any other.
/// Errors: the kernel has no Landlock, or no_new_privs is not set.
namespace reelpool {

/// From now on: no file can be opened, made, removed or executed, no TCP port bound or connected
/// to, no abstract socket of others connected to and no process outside signalled. Descriptors
/// that are open stay usable.
[[nodiscard]] Status forbid_files_and_network();

/// From now on: files can be made, written, truncated and removed only beneath these directories,
/// no TCP port can be bound or connected to, and no process outside be signalled. A directory that
/// does not exist is passed over. Reading and executing stay as they are.
[[nodiscard]] Status allow_writing_only_beneath(const std::vector<std::string>& directories);

}  // namespace reelpool
