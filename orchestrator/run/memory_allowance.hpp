#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace reelpool::run {

/// How much memory the control groups of a process allow it, in bytes; nothing if they do not say.
/// `memberships`: the text of /proc/self/cgroup; `root`: where control groups are mounted.
[[nodiscard]] std::optional<std::uint64_t> cgroup_allowance(const std::string& memberships,
                                                            const std::string& root);

/// The same of this process: what its control groups allow, and no more than the machine has.
[[nodiscard]] std::uint64_t memory_allowance();

}  // namespace reelpool::run
