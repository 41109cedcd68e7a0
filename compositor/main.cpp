#include <sys/prctl.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "compositor/confinement.hpp"
#include "compositor/service.hpp"
#include "ipc/process/child_process.hpp"
#include "ipc/process/event_loop.hpp"

// reelpool-compositor --channel-fd N --sandbox MODE --writable DIR --parent PID: started by
// reelpool, of no use by hand.
int main(int argc, char** argv) {
    int channel_fd = -1;
    pid_t parent = -1;
    auto sandbox = std::optional(reelpool::SandboxMode::best_effort);
    std::string writable;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::strcmp(argv[i], "--channel-fd") == 0) channel_fd = std::atoi(argv[i + 1]);
        if (std::strcmp(argv[i], "--parent") == 0) parent = std::atoi(argv[i + 1]);
        if (std::strcmp(argv[i], "--writable") == 0) writable = argv[i + 1];
        if (std::strcmp(argv[i], "--sandbox") == 0)
            sandbox = reelpool::sandbox_mode_of(argv[i + 1]);
    }
    if (channel_fd < 0 || parent < 0 || !sandbox) {
        std::fputs("reelpool-compositor is started by reelpool; see reelpool --help\n", stderr);
        return 2;
    }
    // Ctrl-C and a closed terminal reach the whole process group; what it means is for the
    // orchestrator to decide.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    if (!reelpool::die_with_parent(parent)) return 0;
    ::prctl(PR_SET_NAME, "reelpool-comp");

    // Before the first thread. The device is opened later: this does not keep it from that.
    reelpool::SandboxLevel level = reelpool::compositor::confine(*sandbox, writable);
    reelpool::compositor::silence_encoder_libraries();

    reelpool::EventLoop loop;
    reelpool::compositor::Service service(loop, reelpool::UniqueFd(channel_fd), std::move(level));
    return service.run();
}
