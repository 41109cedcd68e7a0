#include "orchestrator/run/process_pulse.hpp"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <csignal>

using namespace reelpool::run;

namespace {

double processor_seconds() {
    struct timespec time {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Answers each byte when it has used the processor for five milliseconds more.
[[noreturn]] void work_when_asked(int channel) {
    char byte = 0;
    while (::read(channel, &byte, 1) == 1) {
        const double begun = processor_seconds();
        while (processor_seconds() < begun + 0.005) {
        }
        if (::write(channel, &byte, 1) != 1) break;
    }
    ::_exit(0);
}

}  // namespace

TEST_CASE("a process that works moves, one that waits or was stopped does not") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        work_when_asked(ends[1]);
    }
    REQUIRE(child > 0);
    ProcessPulse pulse(child);
    const auto let_it_work = [&] {
        char byte = 1;
        REQUIRE(::write(ends[0], &byte, 1) == 1);
        REQUIRE(::read(ends[0], &byte, 1) == 1);
    };
    for (int i = 0; i < 2; ++i) {
        let_it_work();
        CHECK(pulse.has_moved());
        CHECK_FALSE(pulse.has_moved());
    }
    int status = 0;
    ::kill(child, SIGSTOP);
    REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
    REQUIRE(WIFSTOPPED(status));
    static_cast<void>(pulse.has_moved());  // what it did before it stopped
    CHECK_FALSE(pulse.has_moved());
    CHECK_FALSE(pulse.has_moved());
    ::kill(child, SIGCONT);
    let_it_work();
    CHECK(pulse.has_moved());
    ::kill(child, SIGKILL);
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(pulse.has_moved());  // of what is not there nothing is known
    for (const int end : ends) ::close(end);
}
