#include "tools/seek_stress/child_output.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

extern char** environ;

namespace reelpool::seek_stress {
namespace {

/// posix_spawnp with standard input from /dev/null and standard output into `output`.
int spawn(pid_t& pid, const std::vector<std::string>& argv, int output, Complaints complaints) {
    std::vector<char*> raw;
    for (const std::string& word : argv) raw.push_back(const_cast<char*>(word.c_str()));
    raw.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (complaints == Complaints::dropped)
        ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const int error = ::posix_spawnp(&pid, raw[0], &actions, nullptr, raw.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
}

}  // namespace

Result<ChildOutput> ChildOutput::start(const std::vector<std::string>& argv,
                                       Complaints complaints) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return unexpected(errno_error(Component::worker, "making a pipe failed", errno));
    UniqueFd read_end(ends[0]);
    const UniqueFd write_end(ends[1]);
    pid_t pid = -1;
    if (const int error = spawn(pid, argv, write_end.get(), complaints); error != 0)
        return unexpected(errno_error(Component::worker, argv.at(0) + " cannot be started", error));
    return ChildOutput(pid, std::move(read_end));
}

ChildOutput::ChildOutput(ChildOutput&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)) {}

ChildOutput::~ChildOutput() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    static_cast<void>(wait());
}

Result<std::size_t> ChildOutput::read(std::span<std::byte> bytes) {
    std::size_t total = 0;
    while (total < bytes.size()) {
        const ssize_t got = ::read(output_.get(), bytes.data() + total, bytes.size() - total);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return unexpected(errno_error(Component::worker, "reading from a pipe failed", errno));
        if (got == 0) break;
        total += static_cast<std::size_t>(got);
    }
    return total;
}

Result<int> ChildOutput::wait() {
    output_.reset();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0)
        if (errno != EINTR)
            return unexpected(errno_error(Component::worker, "waitpid failed", errno));
    pid_ = -1;
    return status;
}

}  // namespace reelpool::seek_stress
