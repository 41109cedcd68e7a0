#include "orchestrator/run/process_pulse.hpp"

#include <dirent.h>
#include <time.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>

namespace reelpool::run {
namespace {

/// What a thread does that wakes up to wait on is less.
constexpr std::chrono::milliseconds least_work{1};

std::optional<std::chrono::nanoseconds> processor_time(pid_t pid) {
    clockid_t clock{};
    struct timespec time {};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
        return std::nullopt;
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// A thread in state D: it waits for a disk or a driver, and not even SIGKILL would end it now.
bool has_thread_that_waits_for_disk(pid_t pid) {
    const std::string threads = "/proc/" + std::to_string(pid) + "/task";
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(threads.c_str()), ::closedir);
    if (!listing) return false;
    while (const dirent* entry = ::readdir(listing.get())) {
        std::ifstream file(threads + "/" + entry->d_name + "/stat");
        std::string line;
        if (!std::getline(file, line)) continue;
        const std::size_t name_end = line.rfind(')');
        if (name_end != std::string::npos && line.compare(name_end, 3, ") D") == 0) return true;
    }
    return false;
}

}  // namespace

bool ProcessPulse::has_moved() {
    const auto used = processor_time(pid_);
    if (!used) return true;
    const bool has_worked = *used - used_ >= least_work;
    used_ = *used;
    return has_worked || has_thread_that_waits_for_disk(pid_);
}

}  // namespace reelpool::run
