#include "orchestrator/run/worker_death.hpp"

#include <sys/wait.h>

#include <csignal>

#include "ipc/process/child_process.hpp"

namespace reelpool::run {

bool is_security_event(int wait_status) {
    return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGSYS;
}

bool is_out_of_memory(int wait_status) {
    return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == static_cast<int>(ErrorCode::limit);
}

// The kernel tells the call's number to its audit log alone: the process that made it is dead, and
// nothing that it could have said would be worth believing.
Error worker_death(const std::string& path, int wait_status) {
    if (is_security_event(wait_status))
        return {.code = ErrorCode::decode,
                .component = Component::worker,
                .subject = path,
                .what = "the decoder attempted a forbidden system call",
                .cause = "the sandbox has killed it: " + describe_wait_status(wait_status) +
                         "; the kernel's log names the call, if it keeps one (dmesg, type=1326)",
                .hint =
                    "the file may be an attack: do not open it elsewhere; if you know where it "
                    "comes from, please report this as a bug"};
    if (is_out_of_memory(wait_status))
        return {.code = ErrorCode::limit,
                .component = Component::worker,
                .subject = path,
                .what = "the decoder needs more memory than it may have",
                .cause = {},
                .hint = "allow it more with --worker-memory"};
    return {.code = ErrorCode::decode,
            .component = Component::worker,
            .subject = path,
            .what = "the decoder worker ended unexpectedly",
            .cause = describe_wait_status(wait_status),
            .hint = "try the file with `reelpool probe`; it may be damaged"};
}

}  // namespace reelpool::run
