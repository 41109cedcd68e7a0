#include "orchestrator/run/worker_death.hpp"

#include <sys/wait.h>

#include <csignal>

#include "ipc/process/child_process.hpp"

namespace reelpool::run {
namespace {

bool was_forbidden_call(int wait_status) {
    return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGSYS;
}

bool was_killed(int wait_status) {
    return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;
}

/// "2.5 s"
std::string seconds(std::chrono::milliseconds time) {
    std::string text = std::to_string(time.count() / 1000);
    if (time.count() % 1000 >= 100) text += "." + std::to_string(time.count() % 1000 / 100);
    return text + " s";
}

}  // namespace

WorkerDeath death_by_wait_status(int wait_status, const std::string& path) {
    if (was_forbidden_call(wait_status))
        return {.kind = DeathKind::forbidden_call,
                .error = {.code = ErrorCode::decode,
                          .component = Component::worker,
                          .subject = path,
                          .what = "the decoder attempted a forbidden system call",
                          .cause = describe_wait_status(wait_status),
                          .hint = "the file may be an attack: do not open it with other programs"}};
    std::string cause = describe_wait_status(wait_status);
    if (was_killed(wait_status)) cause += ", by the system for want of memory or by somebody";
    return {.kind = DeathKind::ended,
            .error = {.code = ErrorCode::decode,
                      .component = Component::worker,
                      .subject = path,
                      .what = "the decoder worker ended unexpectedly",
                      .cause = std::move(cause),
                      .hint = "try the file with `reelpool probe`; it may be damaged"}};
}

Error hang_error(std::chrono::milliseconds patience, const std::string& path) {
    return {.code = ErrorCode::decode,
            .component = Component::worker,
            .subject = path,
            .what = "the decoder worker hangs",
            .cause =
                "it read nothing and decoded nothing for " + seconds(patience) + ", and was killed",
            .hint = "where the disk is that slow, use a longer --worker-timeout"};
}

}  // namespace reelpool::run
