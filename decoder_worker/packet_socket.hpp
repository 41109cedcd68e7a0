#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"

namespace reelpool::worker {

/// A message and the descriptors that came with it.
struct PacketMessage {
    std::vector<std::byte> bytes;
    std::vector<UniqueFd> descriptors;
};

/// The next message of a peer that uses a Channel, for messages of one packet (64 KiB); nothing
/// when the peer has closed the socket. Blocks, without a loop or a thread.
[[nodiscard]] Result<std::optional<PacketMessage>> receive_message(const UniqueFd& socket);

/// Sends a message of one packet. Blocks.
Status send_message(const UniqueFd& socket, std::span<const std::byte> message);

}  // namespace reelpool::worker
