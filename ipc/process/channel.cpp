#include "ipc/process/channel.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "ipc/base/cpu_time.hpp"

namespace reelpool {
namespace {

constexpr std::size_t max_packet_bytes = std::size_t{64} << 10;
constexpr std::size_t max_descriptors = 250;  // the kernel's SCM_MAX_FD is 253

struct PacketHeader {
    std::uint32_t total_bytes;
    std::uint32_t offset_bytes;
};
static_assert(sizeof(PacketHeader) == 8);

Error channel_error(std::string what) {
    return {.code = ErrorCode::retryable,
            .component = Component::worker,
            .subject = {},
            .what = std::move(what),
            .cause = {},
            .hint = {}};
}

using ControlBuffer = std::array<char, CMSG_SPACE(sizeof(int) * max_descriptors)>;

std::vector<UniqueFd> take_descriptors(msghdr& header) {
    std::vector<UniqueFd> descriptors;
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
         control = CMSG_NXTHDR(&header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof fd);
            descriptors.emplace_back(fd);
        }
    }
    return descriptors;
}

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> socket_pair() {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
        return unexpected(errno_error(Component::worker, "socketpair failed", errno));
    return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Channel::Channel(EventLoop& loop, UniqueFd socket, ChannelLimits limits, OnMessage on_message,
                 OnClosed on_closed)
    : loop_(loop),
      socket_(std::move(socket)),
      limits_(limits),
      callbacks_(std::make_shared<Callbacks>(
          Callbacks{.on_message = std::move(on_message), .on_closed = std::move(on_closed)})),
      packet_(max_packet_bytes + 1) {
    const int flags = ::fcntl(socket_.get(), F_GETFL);
    ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK);
    readable_ = loop_.on_readable(socket_.get(), [this] { receive(); });
}

Channel::~Channel() {
    callbacks_->alive = false;
    readable_.cancel();
    writable_.cancel();
}

void Channel::send(std::vector<std::byte> message, std::span<const int> descriptors) {
    if (!socket_ || peer_has_ended_) return;
    REELPOOL_CHECK(descriptors.size() <= max_descriptors);
    if (message.size() > limits_.max_message_bytes) {
        close(channel_error("a message is larger than the channel's limit"));
        return;
    }
    if (queued_bytes_ + message.size() > limits_.max_queued_bytes) {
        close(channel_error("the peer does not read what it is sent"));
        return;
    }
    Outgoing outgoing;
    for (const int fd : descriptors) {
        outgoing.descriptors.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
        if (!outgoing.descriptors.back()) {
            Error error = errno_error(Component::worker, "duplicating a descriptor failed", errno);
            error.code = ErrorCode::limit;
            error.hint = "allow more open files (ulimit -n)";
            close(std::move(error));
            return;
        }
    }
    queued_bytes_ += message.size();
    ++traffic_.messages_sent;
    traffic_.bytes_sent += message.size();
    outgoing.message = std::move(message);
    queue_.push_back(std::move(outgoing));
    if (queue_.size() == 1) flush();
}

void Channel::flush() {
    const CpuMeter meter(traffic_.cpu_ns);
    while (!queue_.empty()) {
        const Progress progress = send_packet(queue_.front());
        if (progress == Progress::closed) return;
        if (progress == Progress::blocked) {
            if (!waits_for_writable_) {
                waits_for_writable_ = true;
                writable_ = loop_.on_writable(socket_.get(), [this] { flush(); });
            }
            return;
        }
        if (queue_.front().sent_bytes == queue_.front().message.size()) {
            queued_bytes_ -= queue_.front().message.size();
            queue_.pop_front();
        }
    }
    if (waits_for_writable_) {
        waits_for_writable_ = false;
        writable_.cancel();
    }
}

Channel::Progress Channel::send_packet(Outgoing& outgoing) {
    const std::size_t payload = std::min(outgoing.message.size() - outgoing.sent_bytes,
                                         max_packet_bytes - sizeof(PacketHeader));
    PacketHeader packet{static_cast<std::uint32_t>(outgoing.message.size()),
                        static_cast<std::uint32_t>(outgoing.sent_bytes)};
    std::array<iovec, 2> parts{iovec{&packet, sizeof packet},
                               iovec{outgoing.message.data() + outgoing.sent_bytes, payload}};
    msghdr header{};
    header.msg_iov = parts.data();
    header.msg_iovlen = parts.size();
    alignas(cmsghdr) ControlBuffer control{};
    if (outgoing.sent_bytes == 0 && !outgoing.descriptors.empty()) {
        const std::size_t bytes = sizeof(int) * outgoing.descriptors.size();
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(bytes);
        cmsghdr* const rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(bytes);
        for (std::size_t i = 0; i < outgoing.descriptors.size(); ++i) {
            const int fd = outgoing.descriptors[i].get();
            std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &fd, sizeof fd);
        }
    }
    ssize_t sent = -1;
    do {
        sent = ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Progress::blocked;
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
        // The peer has ended, but its last message, which may say why, can still lie unread here.
        peer_has_ended_ = true;
        queue_.clear();
        queued_bytes_ = 0;
        writable_.cancel();
        waits_for_writable_ = false;
        return Progress::closed;
    }
    if (sent < 0) {
        close(errno_error(Component::worker, "the channel to a process broke", errno));
        return Progress::closed;
    }
    outgoing.sent_bytes += payload;
    return Progress::again;
}

void Channel::receive() {
    // A busy peer must not starve the others: a bounded number of packets per event.
    constexpr int packets_per_event = 64;
    const std::shared_ptr<Callbacks> callbacks = callbacks_;
    for (int i = 0; i < packets_per_event; ++i) {
        if (receive_packet() != Progress::again || !callbacks->alive || !socket_) return;
    }
}

Channel::Progress Channel::receive_packet() {
    const std::uint64_t begun_ns = thread_cpu_ns();
    const auto note_cpu = [&] { traffic_.cpu_ns += thread_cpu_ns() - begun_ns; };
    iovec part{packet_.data(), packet_.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) ControlBuffer control;
    if (limits_.accepts_descriptors) {
        header.msg_control = control.data();
        header.msg_controllen = control.size();
    }
    ssize_t got = -1;
    do {
        // ECONNRESET comes once, when the peer ended without reading everything; what it had sent
        // before is still there.
        got = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
    } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Progress::blocked;
    const auto broken = [&](Error why) {
        close(std::move(why));
        return Progress::closed;
    };
    if (got < 0)
        return broken(errno_error(Component::worker, "the channel to a process broke", errno));
    if (got == 0) return broken(channel_error("the other process closed the channel"));
    std::vector<UniqueFd> descriptors;
    if (limits_.accepts_descriptors) descriptors = take_descriptors(header);
    if ((static_cast<unsigned>(header.msg_flags) & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
        static_cast<std::size_t>(got) < sizeof(PacketHeader) ||
        static_cast<std::size_t>(got) > max_packet_bytes)
        return broken(channel_error("a malformed packet arrived"));

    PacketHeader packet;
    std::memcpy(&packet, packet_.data(), sizeof packet);
    const std::size_t payload = static_cast<std::size_t>(got) - sizeof packet;
    if (packet.offset_bytes == 0 && incoming_.empty()) {
        incoming_total_ = packet.total_bytes;
        incoming_descriptors_ = std::exchange(descriptors, {});
    }
    if (!descriptors.empty() || packet.total_bytes != incoming_total_ ||
        packet.total_bytes > limits_.max_message_bytes || packet.offset_bytes != incoming_.size() ||
        incoming_.size() + payload > incoming_total_ || (payload == 0 && incoming_total_ != 0))
        return broken(channel_error("a packet that does not follow the protocol arrived"));
    const auto* const begin = packet_.data() + sizeof packet;
    incoming_.insert(incoming_.end(), begin, begin + payload);
    if (incoming_.size() < incoming_total_) {
        note_cpu();
        return Progress::again;
    }

    ++traffic_.messages_received;
    traffic_.bytes_received += incoming_total_;
    note_cpu();
    callbacks_->on_message(std::exchange(incoming_, {}), std::exchange(incoming_descriptors_, {}));
    return Progress::again;
}

void Channel::close(Error why) {
    if (!socket_) return;
    readable_.cancel();
    writable_.cancel();
    waits_for_writable_ = false;
    socket_.reset();
    queue_.clear();
    queued_bytes_ = 0;
    // Told from the loop, never from inside `send`: the caller may be in the middle of a change.
    loop_.post([callbacks = callbacks_, why = std::move(why)] {
        if (callbacks->alive) callbacks->on_closed(why);
    });
}

}  // namespace reelpool
