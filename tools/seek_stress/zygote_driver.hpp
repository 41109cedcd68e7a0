#pragma once

#include <sys/types.h>

#include <deque>
#include <memory>
#include <string>

#include "ipc/process/channel.hpp"
#include "ipc/process/child_process.hpp"
#include "ipc/process/event_loop.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::seek_stress {

/// A zygote, driven as the orchestrator drives it.
/// Owner: of the zygote's process; it ends with the object. Neither moves nor copies: channels
/// refer to its loop.
class ZygoteDriver {
  public:
    [[nodiscard]] static Result<std::unique_ptr<ZygoteDriver>> start(const std::string& executable);
    ZygoteDriver(const ZygoteDriver&) = delete;
    ZygoteDriver& operator=(const ZygoteDriver&) = delete;

    struct Forked {
        WorkerId worker;
        pid_t pid = -1;
        UniqueFd pidfd;
        UniqueFd channel;
    };
    [[nodiscard]] Result<Forked> fork_worker();
    /// The worker's wait status. Blocks the zygote until the worker has ended.
    [[nodiscard]] Result<int> reap(WorkerId worker);

    [[nodiscard]] ChildProcess& process() { return process_; }
    [[nodiscard]] EventLoop& loop() { return loop_; }
    /// Lets the zygote see the end of its socket.
    void close_socket() { channel_.reset(); }

  private:
    ZygoteDriver() = default;
    [[nodiscard]] Result<wire::FromZygote> answer();

    EventLoop loop_;
    ChildProcess process_;
    std::unique_ptr<Channel> channel_;
    std::deque<Result<wire::FromZygote>> answers_;
    std::uint32_t next_worker_ = 1;
};

}  // namespace reelpool::seek_stress
