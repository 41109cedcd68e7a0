#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace reelpool::seek_stress {

/// 128 bits that stand for a picture, so that a long file's pictures fit the memory.
struct PictureHash {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend auto operator<=>(const PictureHash&, const PictureHash&) = default;
};

/// Hashes a picture row by row; rows are told apart, padding is never seen.
/// It is no defence against pictures that were made to collide.
class PictureHasher {
  public:
    void add_row(std::span<const std::byte> row);
    [[nodiscard]] PictureHash result() const;

  private:
    void add(std::uint64_t word);

    std::uint64_t low_ = 0x9e3779b97f4a7c15;
    std::uint64_t high_ = 0xc2b2ae3d27d4eb4f;
};

}  // namespace reelpool::seek_stress
