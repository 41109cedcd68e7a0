#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/process/event_loop.hpp"

namespace reelpool {

/// Both ends of a new SOCK_SEQPACKET Unix socket, close-on-exec, non-blocking.
[[nodiscard]] Result<std::pair<UniqueFd, UniqueFd>> socket_pair();

struct ChannelLimits {
    std::size_t max_message_bytes = std::size_t{64} << 20;  ///< a whole message, all its packets
    std::size_t max_queued_bytes = std::size_t{64} << 20;   ///< waiting to be sent
    bool accepts_descriptors = false;  ///< if not, a peer that passes one is a broken peer
};

struct ChannelTraffic {
    std::uint64_t messages_sent = 0;
    std::uint64_t messages_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t cpu_ns = 0;  ///< of this end

    ChannelTraffic& operator+=(const ChannelTraffic& other) {
        messages_sent += other.messages_sent;
        messages_received += other.messages_received;
        bytes_sent += other.bytes_sent;
        bytes_received += other.bytes_received;
        cpu_ns += other.cpu_ns;
        return *this;
    }
};

/// One end of a connection: whole messages with descriptors, in order, without blocking.
/// A message travels in packets of at most 64 KiB: {u32 total bytes, u32 offset, payload}; its
/// descriptors travel with the first.
/// Thread: the event loop's.
/// Errors: the peer's end, a system error, a broken packet or a full queue close the channel;
/// `on_closed` is then called once, from the loop. What a peer sent before it ended is delivered
/// first, whatever was still on its way to it. A callback may destroy its channel.
class Channel {
  public:
    using OnMessage = std::function<void(std::vector<std::byte>, std::vector<UniqueFd>)>;
    using OnClosed = std::function<void(Error)>;

    Channel(EventLoop& loop, UniqueFd socket, ChannelLimits limits, OnMessage on_message,
            OnClosed on_closed);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Queues a message. The descriptors are duplicated; the caller keeps its own.
    void send(std::vector<std::byte> message, std::span<const int> descriptors = {});

    /// From now on no message may be larger.
    void limit_messages(std::size_t max_bytes) { limits_.max_message_bytes = max_bytes; }

    [[nodiscard]] const ChannelTraffic& traffic() const { return traffic_; }
    /// Everything queued has been handed to the kernel.
    [[nodiscard]] bool is_drained() const { return queue_.empty(); }
    [[nodiscard]] bool is_open() const { return static_cast<bool>(socket_); }

  private:
    struct Outgoing {
        std::vector<std::byte> message;
        std::vector<UniqueFd> descriptors;
        std::size_t sent_bytes = 0;
    };
    enum class Progress { again, blocked, closed };
    /// Outlives the channel while a callback runs that destroys it.
    struct Callbacks {
        OnMessage on_message;
        OnClosed on_closed;
        bool alive = true;
    };

    void receive();
    Progress receive_packet();
    void flush();
    Progress send_packet(Outgoing& outgoing);
    void close(Error why);

    EventLoop& loop_;
    UniqueFd socket_;
    ChannelLimits limits_;
    std::shared_ptr<Callbacks> callbacks_;
    EventLoop::Registration readable_;
    EventLoop::Registration writable_;
    bool waits_for_writable_ = false;
    std::deque<Outgoing> queue_;
    std::size_t queued_bytes_ = 0;
    std::vector<std::byte> packet_;
    std::vector<std::byte> incoming_;
    std::size_t incoming_total_ = 0;
    std::vector<UniqueFd> incoming_descriptors_;
    ChannelTraffic traffic_;
    bool peer_has_ended_ = false;  ///< seen while sending; the reading side closes the channel
};

}  // namespace reelpool
