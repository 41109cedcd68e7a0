#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

extern char** environ;

namespace reelpool::test_media {
namespace {

struct Pipe {
    int read_end = -1;
    int write_end = -1;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error(std::string("pipe2: ") + std::strerror(errno));
    }
    return {ends[0], ends[1]};
}

/// Descriptors that the child gets as its 0, 1, 2; -1 keeps ours (input: /dev/null).
struct Streams {
    int in = -1;
    int out = -1;
    int err = -1;
};

pid_t spawn(const std::vector<std::string>& argv, const Streams& streams) {
    std::vector<char*> raw;
    raw.reserve(argv.size() + 1);
    for (const std::string& word : argv) raw.push_back(const_cast<char*>(word.c_str()));
    raw.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (streams.in >= 0) {
        posix_spawn_file_actions_adddup2(&actions, streams.in, 0);
    } else {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    if (streams.out >= 0) posix_spawn_file_actions_adddup2(&actions, streams.out, 1);
    if (streams.err >= 0) posix_spawn_file_actions_adddup2(&actions, streams.err, 2);

    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

    pid_t pid = -1;
    const int problem = posix_spawnp(&pid, raw[0], &actions, &attributes, raw.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (problem != 0) {
        throw std::runtime_error("cannot start " + argv.at(0) + ": " + std::strerror(problem));
    }
    return pid;
}

int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) throw std::runtime_error("waitpid failed");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Appends what is there; closes the descriptor and sets it to -1 at the end of the stream.
void drain(int& fd, std::string& into) {
    std::array<char, 65536> buffer{};
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0) {
        into.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
        close(fd);
        fd = -1;
    }
}

}  // namespace

Outcome run_program(const std::vector<std::string>& argv, std::chrono::seconds limit) {
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    const pid_t pid = spawn(argv, {.in = -1, .out = out.write_end, .err = err.write_end});
    close(out.write_end);
    close(err.write_end);

    Outcome outcome;
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (out.read_end >= 0 || err.read_end >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            kill(pid, SIGKILL);
            outcome.err += "\n[watchdog: killed]";
            break;
        }
        std::array<pollfd, 2> waits{pollfd{out.read_end, POLLIN, 0},
                                    pollfd{err.read_end, POLLIN, 0}};
        if (poll(waits.data(), waits.size(), static_cast<int>(left.count())) <= 0) continue;
        if (waits[0].revents != 0) drain(out.read_end, outcome.out);
        if (waits[1].revents != 0) drain(err.read_end, outcome.err);
    }
    if (out.read_end >= 0) close(out.read_end);
    if (err.read_end >= 0) close(err.read_end);
    outcome.exit_code = wait_for(pid);
    return outcome;
}

std::string run_or_throw(const std::vector<std::string>& argv) {
    Outcome outcome = run_program(argv);
    if (outcome.exit_code != 0) {
        std::string line;
        for (const std::string& word : argv) line += word + ' ';
        throw std::runtime_error(line + "-> " + std::to_string(outcome.exit_code) + ": " +
                                 outcome.err);
    }
    return std::move(outcome.out);
}

Child Child::feeding(const std::vector<std::string>& argv) {
    signal(SIGPIPE, SIG_IGN);  // a program that stops reading is reported by write()
    const Pipe in = make_pipe();
    const pid_t pid = spawn(argv, {.in = in.read_end, .out = -1, .err = -1});
    close(in.read_end);
    return {pid, in.write_end};
}

Child Child::reading(const std::vector<std::string>& argv) {
    const Pipe out = make_pipe();
    const pid_t pid = spawn(argv, {.in = -1, .out = out.write_end, .err = -1});
    close(out.write_end);
    return {pid, out.read_end};
}

Child::Child(Child&& other) noexcept : pid_(other.pid_), fd_(other.fd_) {
    other.pid_ = -1;
    other.fd_ = -1;
}

Child::~Child() {
    if (pid_ > 0) finish();
}

void Child::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(fd_, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) throw std::runtime_error("the program stopped reading its input");
        bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
}

std::size_t Child::read(std::span<std::byte> bytes) {
    std::size_t total = 0;
    while (total < bytes.size()) {
        const ssize_t got = ::read(fd_, bytes.data() + total, bytes.size() - total);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        total += static_cast<std::size_t>(got);
    }
    return total;
}

int Child::finish() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
    const int code = wait_for(pid_);
    pid_ = -1;
    return code;
}

}  // namespace reelpool::test_media
