#pragma once

#include <sys/types.h>

#include <cstdint>

#include "ipc/base/result.hpp"
#include "ipc/process/sandbox_level.hpp"

namespace reelpool::worker {

/// The most private memory that a worker may have, unless told otherwise: about three times what
/// one decoder of 8192x4320 with 16 pictures of 10 bits takes. Segments do not count.
inline constexpr std::uint64_t usual_memory_bytes = std::uint64_t{4} << 30;

struct SandboxOptions {
    SandboxMode mode = SandboxMode::best_effort;
    std::uint64_t memory_bytes = usual_memory_bytes;
};

/// Gives up all that a decoder does not need: privileges, capabilities, new files, network, other
/// processes, most system calls. There is no way back. Returns what of it is in place; with
/// SandboxMode::off nothing is done but what costs nothing (no_new_privs, not dumpable).
/// Every piece is tried, whatever becomes of the others.
/// Thread: the process must have no other.
[[nodiscard]] SandboxLevel enter_sandbox(const SandboxOptions& options);

// The pieces, for tests of each by itself. Errors: as the kernel says it.

[[nodiscard]] Status isolate_namespaces();
[[nodiscard]] Status drop_capabilities();
[[nodiscard]] Status set_limits(std::uint64_t memory_bytes);

}  // namespace reelpool::worker
