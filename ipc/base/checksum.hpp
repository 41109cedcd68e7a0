#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace reelpool {

/// Tells damaged or changed bytes from intact ones; no protection against those who try.
/// `state` continues a checksum over several spans, whose borders then count, too.
[[nodiscard]] std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t state = 0);

}  // namespace reelpool
