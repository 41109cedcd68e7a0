#include "ipc/base/thread_times.hpp"

#include <dirent.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <memory>

namespace reelpool {
namespace {

/// The kernel's clock of a thread (include/linux/posix-timers.h; what pthread_getcpuclockid makes):
/// the complement of its id, "of one thread", "as the scheduler counts".
clockid_t cpu_clock_of(pid_t thread) {
    return static_cast<clockid_t>(~static_cast<unsigned>(thread) << 3 | 4U | 2U);
}

}  // namespace

std::vector<pid_t> thread_ids() {
    std::vector<pid_t> ids;
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir("/proc/self/task"), ::closedir);
    if (!listing) return ids;
    while (const dirent* entry = ::readdir(listing.get()))
        if (const int id = std::atoi(entry->d_name); id > 0) ids.push_back(id);
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::vector<pid_t> new_threads(const std::vector<pid_t>& before, const std::vector<pid_t>& now) {
    std::vector<pid_t> added;
    std::set_difference(now.begin(), now.end(), before.begin(), before.end(),
                        std::back_inserter(added));
    return added;
}

std::uint64_t cpu_us_of(std::span<const pid_t> threads) {
    std::uint64_t sum = 0;
    for (const pid_t thread : threads) {
        timespec used{};
        if (::clock_gettime(cpu_clock_of(thread), &used) != 0) continue;
        sum += static_cast<std::uint64_t>(used.tv_sec) * 1'000'000 +
               static_cast<std::uint64_t>(used.tv_nsec) / 1000;
    }
    return sum;
}

}  // namespace reelpool
