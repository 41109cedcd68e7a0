#pragma once

#include <sys/types.h>

#include <chrono>

namespace reelpool::run {

/// Tells from outside whether another process moves: it has used the processor, or waits for a disk
/// in a way that no signal can end. One that was stopped, or whose threads wait for each other or
/// for a device that never answers, does not. (One in an endless loop does.)
/// Owner: the caller knows that the pid is not recycled.
class ProcessPulse {
  public:
    explicit ProcessPulse(pid_t pid) : pid_(pid) {}

    /// Since it was asked last, or since it was started. Where the system does not tell, it has.
    [[nodiscard]] bool has_moved();

  private:
    pid_t pid_;
    std::chrono::nanoseconds used_{0};
};

}  // namespace reelpool::run
