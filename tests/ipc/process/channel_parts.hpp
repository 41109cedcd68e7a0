#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ipc/process/channel.hpp"
#include "tests/ipc/random.hpp"

/// What the tests of channels share: sockets, pipes, a listening channel, malformed packets.
namespace reelpool::test {

using Bytes = std::vector<std::byte>;

inline Bytes random_bytes(Random& random, std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; i += 8) {
        const std::uint64_t word = random.bits();
        std::memcpy(bytes.data() + i, &word, std::min<std::size_t>(8, size - i));
    }
    return bytes;
}

inline Bytes text_bytes(const std::string& text) {
    Bytes bytes(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    return bytes;
}

inline std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        ++count;
    return count;
}

struct Pipe {
    UniqueFd reader;
    UniqueFd writer;
};

inline Pipe new_pipe() {
    std::array<int, 2> ends{-1, -1};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// No copy of the pipe's other end is open any more.
inline bool writer_is_gone(const Pipe& pipe) {
    char byte = 0;
    return ::read(pipe.reader.get(), &byte, 1) == 0;
}

inline std::pair<UniqueFd, UniqueFd> new_sockets() {
    auto sockets = socket_pair();
    REQUIRE(sockets);
    return *std::move(sockets);
}

/// A channel that keeps what arrives and stops the loop when it has enough.
struct Listener {
    Listener(EventLoop& event_loop, UniqueFd socket, ChannelLimits limits = {})
        : loop(event_loop),
          channel(
              event_loop, std::move(socket), limits,
              [this](Bytes message, std::vector<UniqueFd> fds) {
                  messages.push_back(std::move(message));
                  for (UniqueFd& fd : fds) descriptors.push_back(std::move(fd));
                  if (messages.size() == wanted) loop.stop();
              },
              [this](Error why) {
                  closed.push_back(std::move(why));
                  loop.stop();
              }) {}

    EventLoop& loop;
    std::size_t wanted = 0;
    std::vector<Bytes> messages;
    std::vector<UniqueFd> descriptors;
    std::vector<Error> closed;
    Channel channel;
};

/// A packet as it should not be sent: header fields, payload and descriptors as told.
inline void send_raw(const UniqueFd& socket, std::uint32_t total, std::uint32_t offset,
                     std::size_t payload, const std::vector<int>& fds = {}) {
    std::vector<char> packet(8 + payload);
    std::memcpy(packet.data(), &total, 4);
    std::memcpy(packet.data() + 4, &offset, 4);
    iovec part{packet.data(), packet.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    std::vector<char> control(CMSG_SPACE(sizeof(int) * fds.size()));
    if (!fds.empty()) {
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        cmsghdr* const rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
        std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
    }
    REQUIRE(::sendmsg(socket.get(), &header, MSG_NOSIGNAL) == static_cast<ssize_t>(packet.size()));
}

}  // namespace reelpool::test
