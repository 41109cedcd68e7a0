#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace reelpool::test {

/// Whether `action` ends its process by abort(); it runs in a forked child.
template <class Action>
[[nodiscard]] bool aborts(Action action) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGABRT, SIG_DFL);  // doctest reports it otherwise
        ::close(STDERR_FILENO);
        action();
        ::_exit(0);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

}  // namespace reelpool::test
