#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"

namespace reelpool::ipc_dump {

/// What the kernel says a process is doing.
enum class KernelState : std::uint8_t { gone, running, sleeping, stopped, zombie, other };

[[nodiscard]] const char* to_text(KernelState state);

/// Reads /proc/PID/stat; `gone` if there is no such process.
[[nodiscard]] KernelState kernel_state(int pid);

/// A process that holds a ledger open.
struct Run {
    int pid = 0;
    std::string command;  ///< its command line, for people
};

/// Opens the ledger that process `pid` holds, through /proc/PID/fd, read-only.
/// Errors: no such process, no permission, a process without a ledger.
[[nodiscard]] Result<UniqueFd> open_ledger(int pid);

/// Every Reelpool run that this user may look at, in the order of their PIDs.
/// One ledger counts once, whoever else (another ipc-dump) holds it open at the moment.
[[nodiscard]] Result<std::vector<Run>> find_runs();

}  // namespace reelpool::ipc_dump
