#include "tools/seek_stress/picture_hash.hpp"

#include <bit>
#include <cstring>

namespace reelpool::seek_stress {
namespace {

/// Every bit of the result depends on every bit of the input (MurmurHash3's finaliser).
std::uint64_t mixed(std::uint64_t word) {
    word ^= word >> 33;
    word *= 0xff51afd7ed558ccd;
    word ^= word >> 33;
    word *= 0xc4ceb9fe1a85ec53;
    return word ^ (word >> 33);
}

}  // namespace

void PictureHasher::add(std::uint64_t word) {
    low_ = std::rotl(low_ ^ (word * 0x87c37b91114253d5), 31) * 5 + 0x52dce729;
    high_ = std::rotl(high_ + (word ^ low_), 27) * 0x4cf5ad432745937f;
}

void PictureHasher::add_row(std::span<const std::byte> row) {
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= row.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, row.data() + at, sizeof word);
        add(word);
    }
    std::uint64_t rest = 0;
    if (at < row.size()) std::memcpy(&rest, row.data() + at, row.size() - at);
    add(rest);
    add(row.size());
}

PictureHash PictureHasher::result() const {
    return {mixed(low_ + high_), mixed(high_ ^ std::rotl(low_, 17))};
}

}  // namespace reelpool::seek_stress
