#pragma once

#include <unistd.h>

namespace reelpool::test {

/// Ends the process (SIGALRM) if a test waits for something that never comes.
class Watchdog {
  public:
    explicit Watchdog(unsigned seconds = 60) { ::alarm(seconds); }
    ~Watchdog() { ::alarm(0); }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
};

}  // namespace reelpool::test
