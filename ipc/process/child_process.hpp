#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"

namespace reelpool {

/// The descriptor number at which a child finds its inherited socket.
inline constexpr int inherited_socket_fd = 3;

struct SpawnOptions {
    std::string executable;              ///< a path; nothing is searched
    std::vector<std::string> arguments;  ///< without argv[0]
    int socket = -1;                     ///< becomes inherited_socket_fd in the child
    /// Names of the variables that it inherits; nothing: the whole environment.
    std::optional<std::vector<std::string>> environment{};
};

/// A child of this process, known by its pidfd: signals never hit a recycled pid.
/// Owner: killed and collected on destruction if it is still there.
class ChildProcess {
  public:
    ChildProcess() = default;
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ~ChildProcess();

    /// posix_spawn; stdin is /dev/null, stdout and stderr are inherited, all else is closed. The
    /// child's last arguments are `--parent PID`, for die_with_parent.
    [[nodiscard]] static Result<ChildProcess> spawn(const SpawnOptions& options);

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Readable as soon as the child has ended.
    [[nodiscard]] int pidfd() const { return pidfd_.get(); }
    void kill(int signal) const;
    /// Waits until it has ended, but no longer than this. True: it has.
    [[nodiscard]] bool ends_within(std::chrono::milliseconds patience) const;
    /// Collects the child; blocks until it has ended. Returns its wait status.
    /// Errors: there is no child, or it has been collected already.
    [[nodiscard]] Result<int> wait();

  private:
    pid_t pid_ = -1;
    UniqueFd pidfd_;
};

/// A pidfd for a process that is not our child. The caller knows that `pid` is not recycled.
[[nodiscard]] Result<UniqueFd> open_pidfd(pid_t pid);
void send_signal(const UniqueFd& pidfd, int signal);

/// For children: SIGKILL when the parent's thread ends. Errors: the parent is gone already.
[[nodiscard]] Status die_with_parent(pid_t expected_parent);

/// "killed by signal 11 (Segmentation fault)" or "exited with status 3".
[[nodiscard]] std::string describe_wait_status(int wait_status);

/// The directory of the running executable, with a final slash.
[[nodiscard]] std::string executable_directory();
/// The path of another of Reelpool's programs: beside the running one, where `meson install` puts
/// it (../libexec/reelpool), or in the build tree. If it is nowhere, the first of these.
[[nodiscard]] std::string companion_program(const std::string& name);

}  // namespace reelpool
