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
        const WorkerDeath death = death_by_wait_status(status, "holiday.mp4");
        CHECK((death.kind == DeathKind::forbidden_call) == (status == forbidden));
        CHECK((death.kind == DeathKind::out_of_memory) == (status == starved));
        CHECK(death.may_be_replaced() == (status == crashed || status == failed));
        CHECK(death.error.subject == "holiday.mp4");
        CHECK(death.error.code == (status == starved ? ErrorCode::limit : ErrorCode::decode));
        CHECK(!death.error.hint.empty());
    }
    CHECK(death_by_wait_status(forbidden, "x").error.what ==
          "the decoder attempted a forbidden system call");
    CHECK(death_by_wait_status(crashed, "x").error.cause.find("signal 11") != std::string::npos);
}
