// The program that child_process_test starts: its first argument says what to do.
#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "ipc/process/child_process.hpp"

namespace {

using reelpool::inherited_socket_fd;

void say(const std::string& text) {
    if (::send(inherited_socket_fd, text.data(), text.size(), MSG_NOSIGNAL) < 0) std::_Exit(99);
}

std::string open_descriptors() {
    std::set<int> numbers;
    DIR* const directory = ::opendir("/proc/self/fd");
    while (const dirent* const entry = ::readdir(directory)) {
        if (entry->d_name[0] == '.') continue;
        const int number = std::atoi(entry->d_name);
        if (number != ::dirfd(directory)) numbers.insert(number);
    }
    ::closedir(directory);
    std::string text;
    for (const int number : numbers) text += std::to_string(number) + " ";
    return text;
}

/// The signals 1 to 31 that are blocked, then those that are ignored, as hexadecimal masks.
/// (The C library ignores two more, which it uses itself.)
std::string signal_masks() {
    std::ifstream status("/proc/self/status");
    std::ostringstream text;
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("SigBlk:", 0) != 0 && line.rfind("SigIgn:", 0) != 0) continue;
        const unsigned long long mask = std::stoull(line.substr(7), nullptr, 16);
        text << std::hex << (mask & 0x7fffffffULL) << ' ';
    }
    return text.str();
}

std::string stdin_path() {
    std::array<char, 256> target{};
    const ssize_t length = ::readlink("/proc/self/fd/0", target.data(), target.size());
    return {target.data(), static_cast<std::size_t>(length < 0 ? 0 : length)};
}

[[noreturn]] void wait_for_signals() {
    for (;;) ::pause();
}

/// Starts a grandchild on the same socket, and waits to be killed.
void spawn_leaf() {
    const auto leaf =
        reelpool::ChildProcess::spawn({.executable = reelpool::companion_program("ipc-test-child"),
                                       .arguments = {"leaf"},
                                       .socket = inherited_socket_fd});
    if (!leaf) std::_Exit(98);
    ::close(inherited_socket_fd);
    wait_for_signals();
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "exit") return std::atoi(argv[2]);
    if (what == "abort") {
        std::signal(SIGABRT, SIG_DFL);
        std::abort();
    }
    if (what == "descriptors") say(open_descriptors());
    if (what == "signals") say(signal_masks());
    if (what == "stdin") say(stdin_path());
    if (what == "arguments") {
        std::string text;
        for (int i = 1; i < argc; ++i) text += std::string(argv[i]) + "\n";
        say(text);
    }
    if (what == "echo") {
        std::array<char, 4096> buffer{};
        // The socket is non-blocking, as its other end: wait for the message.
        ::fcntl(inherited_socket_fd, F_SETFL, ::fcntl(inherited_socket_fd, F_GETFL) & ~O_NONBLOCK);
        const ssize_t got = ::recv(inherited_socket_fd, buffer.data(), buffer.size(), 0);
        if (got < 0) return 97;
        say(std::string(buffer.data(), static_cast<std::size_t>(got)));
    }
    if (what == "wait") {
        say("waiting");
        wait_for_signals();
    }
    if (what == "middle") spawn_leaf();
    if (what == "leaf") {
        if (!reelpool::die_with_parent(::getppid())) return 96;
        say("ready");
        wait_for_signals();
    }
    if (what == "orphan") {
        // The process that started us is not the one that we were told.
        const auto status = reelpool::die_with_parent(1);
        say(status ? "accepted" : status.error().what);
    }
    return 0;
}
