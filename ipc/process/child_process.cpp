#include "ipc/process/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace reelpool {
namespace {

Error spawn_error(const std::string& executable, int error) {
    Error result = errno_error(Component::worker, "could not start " + executable, error);
    if (error == ENOENT)
        result.hint = "reelpool's programs belong into one directory; install or build it again";
    return result;
}

/// Of this process's environment, the variables of these names.
std::vector<char*> environment_of(const std::vector<std::string>& names) {
    std::vector<char*> kept;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        for (const std::string& name : names)
            if (std::strncmp(*entry, (name + "=").c_str(), name.size() + 1) == 0)
                kept.push_back(*entry);
    kept.push_back(nullptr);
    return kept;
}

struct SpawnSetup {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    SpawnSetup() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnSetup() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;
};

int pidfd_open(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

}  // namespace

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(pidfd_, other.pidfd_);
    return *this;
}

ChildProcess::~ChildProcess() {
    if (pid_ < 0) return;
    kill(SIGKILL);
    const auto status = wait();
    static_cast<void>(status);
}

Result<ChildProcess> ChildProcess::spawn(const SpawnOptions& options) {
    SpawnSetup setup;
    posix_spawn_file_actions_addopen(&setup.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (options.socket >= 0)
        posix_spawn_file_actions_adddup2(&setup.actions, options.socket, inherited_socket_fd);
    // Close-on-exec is the rule, but what this process inherited itself may lack it.
    posix_spawn_file_actions_addclosefrom_np(
        &setup.actions, options.socket >= 0 ? inherited_socket_fd + 1 : inherited_socket_fd);
    // Children start with no signal blocked or ignored, whatever this process does with its own.
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&setup.attributes, &none);
    posix_spawnattr_setsigdefault(&setup.attributes, &all);
    posix_spawnattr_setflags(&setup.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    std::vector<std::string> words{options.executable};
    words.insert(words.end(), options.arguments.begin(), options.arguments.end());
    words.emplace_back("--parent");
    words.push_back(std::to_string(::getpid()));
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    std::vector<char*> kept;
    if (options.environment) kept = environment_of(*options.environment);

    ChildProcess child;
    const int error =
        ::posix_spawn(&child.pid_, options.executable.c_str(), &setup.actions, &setup.attributes,
                      argv.data(), options.environment ? kept.data() : environ);
    if (error != 0) {
        child.pid_ = -1;
        return unexpected(spawn_error(options.executable, error));
    }
    // An uncollected child's pid is not recycled, so this is free of races.
    child.pidfd_.reset(pidfd_open(child.pid_));
    if (!child.pidfd_)
        return unexpected(errno_error(Component::worker, "pidfd_open failed", errno));
    return child;
}

void ChildProcess::kill(int signal) const {
    if (pid_ < 0) return;
    // Without a pidfd (none could be opened) the pid is safe too: nobody has collected the child.
    if (pidfd_)
        send_signal(pidfd_, signal);
    else
        ::kill(pid_, signal);
}

bool ChildProcess::ends_within(std::chrono::milliseconds patience) const {
    pollfd ended{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    return pidfd_ && ::poll(&ended, 1, static_cast<int>(patience.count())) > 0;
}

Result<int> ChildProcess::wait() {
    if (pid_ < 0)  // to waitpid, -1 is any child
        return unexpected(errno_error(Component::worker, "no child to wait for", ECHILD));
    int status = 0;
    pid_t got = -1;
    do {
        got = ::waitpid(pid_, &status, 0);
    } while (got < 0 && errno == EINTR);
    const int error = errno;
    pid_ = -1;
    pidfd_.reset();
    if (got < 0) return unexpected(errno_error(Component::worker, "waitpid failed", error));
    return status;
}

Result<UniqueFd> open_pidfd(pid_t pid) {
    UniqueFd fd(pidfd_open(pid));
    if (!fd) return unexpected(errno_error(Component::worker, "pidfd_open failed", errno));
    return fd;
}

void send_signal(const UniqueFd& pidfd, int signal) {
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
}

Status die_with_parent(pid_t expected_parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return unexpected(errno_error(Component::worker, "PR_SET_PDEATHSIG failed", errno));
    if (::getppid() != expected_parent)
        return unexpected({.code = ErrorCode::cancelled,
                           .component = Component::worker,
                           .subject = {},
                           .what = "the parent process has ended",
                           .cause = {},
                           .hint = {}});
    return ok();
}

std::string describe_wait_status(int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        const int signal = WTERMSIG(wait_status);
        return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
    }
    return "exited with status " + std::to_string(WEXITSTATUS(wait_status));
}

std::string executable_directory() {
    std::array<char, PATH_MAX> buffer{};
    const ssize_t length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
    if (length <= 0) return "./";
    const std::string path(buffer.data(), static_cast<std::size_t>(length));
    return path.substr(0, path.rfind('/') + 1);
}

std::string companion_program(const std::string& name) {
    const std::string directory = executable_directory();
    for (const char* place : {"", "../libexec/reelpool/", "../decoder_worker/", "../compositor/"}) {
        const std::string path = directory + place + name;
        if (::access(path.c_str(), X_OK) == 0) return path;
    }
    return directory + name;
}

}  // namespace reelpool
