#include "orchestrator/run/worker_death.hpp"

#include <sys/wait.h>

#include <csignal>

#include "ipc/process/child_process.hpp"

namespace reelpool::run {
namespace {

bool was_forbidden_call(int wait_status) {
    return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGSYS;
}

bool was_out_of_memory(int wait_status) {
    return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == static_cast<int>(ErrorCode::limit);
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

// The kernel tells the call's number to its audit log alone: the process that made it is dead, and
// nothing that it could have said would be worth believing.
WorkerDeath death_by_wait_status(int wait_status, const std::string& path) {
    if (was_forbidden_call(wait_status))
        return {
            .kind = DeathKind::forbidden_call,
            .error = {.code = ErrorCode::decode,
                      .component = Component::worker,
                      .subject = path,
                      .what = "the decoder attempted a forbidden system call",
                      .cause = "the sandbox has killed it: " + describe_wait_status(wait_status) +
                               "; the kernel's log names the call, if it keeps one (dmesg, "
                               "type=1326)",
                      .hint = "the file may be an attack: do not open it elsewhere; if you know "
                              "where it comes from, please report this as a bug"}};
    if (was_out_of_memory(wait_status))
        return {.kind = DeathKind::out_of_memory,
                .error = {.code = ErrorCode::limit,
                          .component = Component::worker,
                          .subject = path,
                          .what = "the decoder needs more memory than it may have",
                          .cause = {},
                          .hint = "allow it more with --worker-memory"}};
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
