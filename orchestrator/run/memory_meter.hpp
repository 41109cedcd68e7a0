#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace reelpool::run {

/// The private memory of some processes together: proportional set size without shared memory.
/// Units: bytes. A process that cannot be read counts 0.
[[nodiscard]] std::uint64_t private_bytes(const std::vector<pid_t>& processes);

}  // namespace reelpool::run
