#include "orchestrator/run/worker_death.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <csignal>

using namespace reelpool;
using namespace reelpool::run;

TEST_CASE("a worker's end is told apart") {
    const int forbidden = W_EXITCODE(0, SIGSYS);
    const int crashed = W_EXITCODE(0, SIGSEGV);
    const int starved = W_EXITCODE(8, 0);
    const int failed = W_EXITCODE(5, 0);
    for (const int status : {forbidden, crashed, starved, failed}) {
        CAPTURE(status);
        CHECK(is_security_event(status) == (status == forbidden));
        CHECK(is_out_of_memory(status) == (status == starved));
        const Error error = worker_death("holiday.mp4", status);
        CHECK(error.subject == "holiday.mp4");
        CHECK(error.code == (status == starved ? ErrorCode::limit : ErrorCode::decode));
        CHECK(!error.hint.empty());
    }
    CHECK(worker_death("x", forbidden).what == "the decoder attempted a forbidden system call");
    CHECK(worker_death("x", crashed).cause.find("signal 11") != std::string::npos);
}
