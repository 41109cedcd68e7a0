#include "decoder_worker/worker_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <new>
#include <utility>

#include "decoder_worker/sanitizers.hpp"
#include "decoder_worker/worker.hpp"
#include "ipc/process/child_process.hpp"
#include "ipc/process/event_loop.hpp"

namespace reelpool::worker {
namespace {

constexpr int channel_fd = 3;

constexpr int silenced_fds = sanitizer::writes_reports ? 2 : 3;

/// Leaves the channel as descriptor 3 and /dev/null where libraries expect the standard ones.
int keep_only(UniqueFd channel, const UniqueFd& dev_null) {
    for (int fd = 0; fd < silenced_fds; ++fd)
        if (::dup2(dev_null.get(), fd) < 0) return -1;
    if (channel.get() != channel_fd && ::dup3(channel.get(), channel_fd, O_CLOEXEC) < 0) return -1;
    static_cast<void>(channel.release());
    return ::close_range(channel_fd + 1, ~0U, 0);
}

}  // namespace

void become_worker(UniqueFd channel, const UniqueFd& dev_null, pid_t zygote,
                   const SandboxOptions& sandbox) {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    ::prctl(PR_SET_NAME, "reelpool-worker");
    const bool is_ready =
        die_with_parent(zygote).has_value() && keep_only(std::move(channel), dev_null) == 0;
    if (!is_ready) ::_exit(static_cast<int>(ErrorCode::retryable));
    EventLoop loop;
    Worker worker(loop, UniqueFd(channel_fd));
    // What the loop waits with is made by now, and could not be made afterwards. There is no thread
    // yet, and nothing has been received.
    worker.set_sandbox(enter_sandbox(sandbox));
    std::set_new_handler([] { ::_exit(static_cast<int>(ErrorCode::limit)); });
    loop.run();
    // Decode threads may be in the middle of a step whose result nobody wants: no tidying up.
    ::_exit(worker.exit_status());
}

}  // namespace reelpool::worker
