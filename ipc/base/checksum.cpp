#include "ipc/base/checksum.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace reelpool {
namespace {

/// A bijection of the state for every word, so a single changed word always shows: odd factors,
/// rotations and x ^ (x >> 32) can all be undone.
std::uint64_t mixed(std::uint64_t state, std::uint64_t word) {
    state = (state ^ word) * 0x9e3779b97f4a7c15U;
    return std::rotl(state ^ (state >> 32), 29);
}

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t state) {
    state = mixed(state, bytes.size());
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, std::min(sizeof word, bytes.size() - at));
        state = mixed(state, word);
    }
    return mixed(mixed(state, 0), 0);
}

}  // namespace reelpool
