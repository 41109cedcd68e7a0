#include "ipc/process/child_process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ipc/process/channel.hpp"
#include "ipc/process/event_loop.hpp"
#include "tests/ipc/process/watchdog.hpp"

namespace reelpool {
namespace {

using test::Watchdog;

std::string test_child() {
    return companion_program("ipc-test-child");
}

struct Started {
    ChildProcess child;
    UniqueFd socket;
};

Started start(std::vector<std::string> arguments) {
    auto sockets = socket_pair();
    REQUIRE(sockets);
    auto child = ChildProcess::spawn({.executable = test_child(),
                                      .arguments = std::move(arguments),
                                      .socket = sockets->second.get()});
    if (!child) FAIL(to_string(child.error()));
    return {*std::move(child), std::move(sockets->first)};
}

/// One packet from the child; empty when all its copies of the socket are closed.
std::string hear(const UniqueFd& socket) {
    pollfd ready{.fd = socket.get(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&ready, 1, -1) == 1);
    std::array<char, 65536> buffer{};
    const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(got < 0 ? 0 : got)};
}

std::string wait_text(ChildProcess& child) {
    const auto status = child.wait();
    REQUIRE(status);
    return describe_wait_status(*status);
}

TEST_CASE("a child gets its arguments, the parent's pid and the socket") {
    const Watchdog watchdog;
    Started echo = start({"echo"});
    CHECK(echo.child.pid() > 0);
    REQUIRE(::send(echo.socket.get(), "hello", 5, MSG_NOSIGNAL) == 5);
    CHECK(hear(echo.socket) == "hello");
    CHECK(wait_text(echo.child) == "exited with status 0");

    Started arguments = start({"arguments", "with space", "", "--x=\xc3\xa9"});
    CHECK(hear(arguments.socket) ==
          "arguments\nwith space\n\n--x=\xc3\xa9\n--parent\n" + std::to_string(::getpid()) + "\n");
    CHECK(hear(arguments.socket).empty());
}

TEST_CASE("how a child ended is told in words") {
    const Watchdog watchdog;
    Started good = start({"exit", "0"});
    CHECK(wait_text(good.child) == "exited with status 0");
    Started bad = start({"exit", "3"});
    CHECK(wait_text(bad.child) == "exited with status 3");
    Started aborted = start({"abort"});
    CHECK(wait_text(aborted.child) == "killed by signal 6 (Aborted)");
    Started waiting = start({"wait"});
    CHECK(hear(waiting.socket) == "waiting");
    waiting.child.kill(SIGTERM);
    CHECK(wait_text(waiting.child) == "killed by signal 15 (Terminated)");
    CHECK(describe_wait_status(SIGSEGV | 0x80) == "killed by signal 11 (Segmentation fault)");
    // Any number may come from a zygote; none may be a problem.
    for (int status = 0; status < 0x10000; status += 7)
        CHECK_FALSE(describe_wait_status(status).empty());
}

TEST_CASE("a child inherits nothing but its streams and its socket") {
    const Watchdog watchdog;
    // Descriptors that forgot to be closed on exec, such as a shell may have left to us.
    const UniqueFd low(::open("/dev/null", O_RDONLY));
    const UniqueFd high(::fcntl(low.get(), F_DUPFD, 200));
    REQUIRE(high);
    Started child = start({"descriptors"});
    CHECK(hear(child.socket) == "0 1 2 3 ");
    Started input = start({"stdin"});
    CHECK(hear(input.socket) == "/dev/null");
}

TEST_CASE("the socket may have any number, also that of the child's end") {
    const Watchdog watchdog;
    auto sockets = socket_pair();
    REQUIRE(sockets);
    // Put the child's end at 3 in this process too, keeping what is there.
    const UniqueFd kept(::fcntl(inherited_socket_fd, F_DUPFD_CLOEXEC, 100));
    const bool was_open = static_cast<bool>(kept);
    UniqueFd ours(::fcntl(sockets->first.get(), F_DUPFD_CLOEXEC, 100));
    const UniqueFd theirs(::fcntl(sockets->second.get(), F_DUPFD_CLOEXEC, 100));
    REQUIRE(::dup3(theirs.get(), inherited_socket_fd, O_CLOEXEC) == inherited_socket_fd);
    auto child = ChildProcess::spawn(
        {.executable = test_child(), .arguments = {"descriptors"}, .socket = inherited_socket_fd});
    if (was_open)
        ::dup3(kept.get(), inherited_socket_fd, O_CLOEXEC);
    else
        ::close(inherited_socket_fd);
    REQUIRE(child);
    CHECK(hear(ours) == "0 1 2 3 ");
}

TEST_CASE("a child starts with no signal blocked or ignored") {
    const Watchdog watchdog;
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGUSR1);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &blocked, &before) == 0);
    const auto old = std::signal(SIGPIPE, SIG_IGN);
    Started child = start({"signals"});
    const std::string masks = hear(child.socket);
    std::signal(SIGPIPE, old);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    CHECK(masks == "0 0 ");
}

TEST_CASE("a child without a socket") {
    const Watchdog watchdog;
    auto child = ChildProcess::spawn({.executable = test_child(), .arguments = {"exit", "4"}});
    REQUIRE(child);
    CHECK(wait_text(*child) == "exited with status 4");
}

TEST_CASE("a child that its owner forgets is killed and collected") {
    const Watchdog watchdog;
    pid_t pid = -1;
    UniqueFd socket;
    {
        Started waiting = start({"wait"});
        CHECK(hear(waiting.socket) == "waiting");
        pid = waiting.child.pid();
        socket = std::move(waiting.socket);
    }
    CHECK(::kill(pid, 0) != 0);
    CHECK(errno == ESRCH);
    CHECK(hear(socket).empty());
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // no child is left
    CHECK(errno == ECHILD);
}

TEST_CASE("a child has one owner") {
    const Watchdog watchdog;
    Started first = start({"wait"});
    Started second = start({"wait"});
    const pid_t first_pid = first.child.pid();
    const pid_t second_pid = second.child.pid();
    ChildProcess moved(std::move(first.child));
    CHECK(moved.pid() == first_pid);
    CHECK(first.child.pid() == -1);  // NOLINT: a moved-from owner owns nothing
    CHECK(::kill(first_pid, 0) == 0);
    moved = std::move(second.child);
    CHECK(moved.pid() == second_pid);
    moved = ChildProcess();
    CHECK(::kill(second_pid, 0) != 0);
}

TEST_CASE("a child is collected once; waiting for none is an error, not any other child's status") {
    const Watchdog watchdog;
    Started other = start({"exit", "7"});
    ChildProcess none;
    CHECK_FALSE(none.wait().has_value());
    none.kill(SIGKILL);
    CHECK(wait_text(other.child) == "exited with status 7");
    CHECK_FALSE(other.child.wait().has_value());
    other.child.kill(SIGKILL);
}

TEST_CASE("a program that is missing or is none is an error") {
    const Watchdog watchdog;
    const auto missing =
        ChildProcess::spawn({.executable = companion_program("no-such"), .arguments = {}});
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().what.find("no-such") != std::string::npos);
    CHECK_FALSE(missing.error().hint.empty());
    CHECK_FALSE(ChildProcess::spawn({.executable = "/etc/passwd", .arguments = {}}).has_value());
    CHECK_FALSE(ChildProcess::spawn({.executable = "/", .arguments = {}}).has_value());
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
}

TEST_CASE("companions are found beside the running program") {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    const std::string directory = self.substr(0, self.rfind('/') + 1);
    CHECK(companion_program("ipc-test-child") == directory + "ipc-test-child");
    CHECK(companion_program("no-such") == directory + "no-such");
}

TEST_CASE("the loop learns of a child's end through its pidfd") {
    const Watchdog watchdog;
    Started waiting = start({"wait"});
    CHECK(hear(waiting.socket) == "waiting");
    EventLoop loop;
    std::string end;
    EventLoop::Registration watch = loop.on_readable(waiting.child.pidfd(), [&] {
        watch.cancel();
        end = wait_text(waiting.child);
    });
    loop.post([&] { waiting.child.kill(SIGKILL); });
    loop.run();
    CHECK(end == "killed by signal 9 (Killed)");
}

TEST_CASE("a process that is not our child is signalled through a pidfd") {
    const Watchdog watchdog;
    Started waiting = start({"wait"});
    CHECK(hear(waiting.socket) == "waiting");
    const auto pidfd = open_pidfd(waiting.child.pid());
    REQUIRE(pidfd);
    CHECK((::fcntl(pidfd->get(), F_GETFD) & FD_CLOEXEC) != 0);
    send_signal(*pidfd, SIGTERM);
    CHECK(wait_text(waiting.child) == "killed by signal 15 (Terminated)");
    send_signal(*pidfd, SIGTERM);  // nobody is hit
    CHECK_FALSE(open_pidfd(-1).has_value());
}

TEST_CASE("when a process dies its children die with it") {
    const Watchdog watchdog;
    Started middle = start({"middle"});
    CHECK(hear(middle.socket) == "ready");
    middle.child.kill(SIGKILL);
    CHECK(wait_text(middle.child) == "killed by signal 9 (Killed)");
    CHECK(hear(middle.socket).empty());  // the grandchild's end is closed: it is gone
}

TEST_CASE("a child whose parent is gone already is told so") {
    const Watchdog watchdog;
    Started child = start({"orphan"});
    CHECK(hear(child.socket) == "the parent process has ended");
}

}  // namespace
}  // namespace reelpool
