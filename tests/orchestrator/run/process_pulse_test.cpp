#include "orchestrator/run/process_pulse.hpp"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace reelpool::run;

TEST_CASE("a process that works moves, one that was stopped does not, and then does again") {
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) static_cast<void>(::getppid());
    }
    REQUIRE(child > 0);
    ProcessPulse pulse(child);
    const auto await_move = [&] {
        while (!pulse.has_moved()) ::usleep(1000);
    };
    await_move();
    await_move();
    int status = 0;
    ::kill(child, SIGSTOP);
    REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
    REQUIRE(WIFSTOPPED(status));
    static_cast<void>(pulse.has_moved());  // what it did before it stopped
    CHECK_FALSE(pulse.has_moved());
    CHECK_FALSE(pulse.has_moved());
    ::kill(child, SIGCONT);
    await_move();
    ::kill(child, SIGKILL);
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(pulse.has_moved());  // of what is not there nothing is known
}
