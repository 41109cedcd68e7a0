#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace reelpool::worker::test {

/// What an attacker may find around a worker, made before the sandbox is entered.
struct Prey {
    std::string file;        ///< a readable file
    std::string directory;   ///< a directory where anybody may write
    pid_t victim = -1;       ///< another process of the same user
    int victim_pidfd = -1;   ///< of it
    int namespace_fd = -1;   ///< a network namespace
    int pipe_fd = -1;        ///< a descriptor that was left open
    int memory_fd = -1;      ///< a memfd, writable
    void* memory = nullptr;  ///< a page of it, shared
    int loopback_port = -1;  ///< somebody listens there, on 127.0.0.1
    int socket_fd = -1;      ///< an unconnected TCP socket that was left open
};

/// One thing that a decoder has no business with.
struct Attempt {
    const char* name;
    /// Negative, with errno: it was refused. Anything else: it got through.
    long (*run)(const Prey& prey);
    /// It succeeds for anybody without a sandbox, so that its refusal says something.
    bool is_common;
};

[[nodiscard]] const std::vector<Attempt>& escape_attempts();

}  // namespace reelpool::worker::test
