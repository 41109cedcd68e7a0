#include "decoder_worker/packet_socket.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace reelpool::worker {
namespace {

constexpr std::size_t max_packet_bytes = std::size_t{64} << 10;
constexpr std::size_t max_descriptors = 4;

/// As in ipc/process/channel.hpp.
struct PacketHeader {
    std::uint32_t total_bytes;
    std::uint32_t offset_bytes;
};

Unexpected broken(const char* what, int error) {
    return unexpected(errno_error(Component::worker, what, error));
}

void take_descriptors(msghdr& header, std::vector<UniqueFd>& descriptors) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
         control = CMSG_NXTHDR(&header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(control) + i * sizeof fd, sizeof fd);
            descriptors.emplace_back(fd);
        }
    }
}

}  // namespace

Result<std::optional<PacketMessage>> receive_message(const UniqueFd& socket) {
    std::vector<std::byte> packet(max_packet_bytes);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * max_descriptors)> control{};
    iovec part{packet.data(), packet.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t got = -1;
    do {
        got = ::recvmsg(socket.get(), &header, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return broken("receiving a message failed", errno);
    if (got == 0) return std::optional<PacketMessage>();
    PacketMessage message;
    take_descriptors(header, message.descriptors);
    PacketHeader head{};
    const auto bytes = static_cast<std::size_t>(got);
    if (bytes < sizeof head ||
        (static_cast<unsigned>(header.msg_flags) & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return broken("a malformed packet arrived", EPROTO);
    std::memcpy(&head, packet.data(), sizeof head);
    if (head.offset_bytes != 0 || head.total_bytes != bytes - sizeof head)
        return broken("a message of several packets arrived", EPROTO);
    message.bytes.assign(packet.begin() + sizeof head,
                         packet.begin() + static_cast<std::ptrdiff_t>(bytes));
    return std::optional(std::move(message));
}

Status send_message(const UniqueFd& socket, std::span<const std::byte> message) {
    PacketHeader head{static_cast<std::uint32_t>(message.size()), 0};
    std::array<iovec, 2> parts{iovec{&head, sizeof head},
                               iovec{const_cast<std::byte*>(message.data()), message.size()}};
    msghdr header{};
    header.msg_iov = parts.data();
    header.msg_iovlen = parts.size();
    ssize_t sent = -1;
    do {
        sent = ::sendmsg(socket.get(), &header, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) return broken("sending a message failed", errno);
    return ok();
}

}  // namespace reelpool::worker
