#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <vector>

namespace reelpool {

/// The threads of this process, by the kernel's ids, ascending; empty where /proc cannot be read.
[[nodiscard]] std::vector<pid_t> thread_ids();

/// Those of `now` that are not in `before`; both ascending.
[[nodiscard]] std::vector<pid_t> new_threads(const std::vector<pid_t>& before,
                                             const std::vector<pid_t>& now);

/// CPU time that these threads of this process have used; one that has ended counts as 0.
[[nodiscard]] std::uint64_t cpu_us_of(std::span<const pid_t> threads);

}  // namespace reelpool
