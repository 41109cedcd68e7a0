#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ipc/av/handles.hpp"

namespace reelpool::worker {

/// The NAL units of a packet one after the other, with start codes or with lengths before them.
/// Source: ITU-T H.264, 7.4.1 and annex B; ISO/IEC 14496-15, 5.3.
class NalUnits {
  public:
    using Bytes = std::span<const std::uint8_t>;

    NalUnits(const AVCodecParameters& parameters, Bytes bytes);

    /// Empty at the end. With start codes a unit keeps the zeros after it.
    [[nodiscard]] Bytes next() {
        return length_bytes_ > 0 ? next_by_length() : next_by_start_code();
    }

    [[nodiscard]] bool are_behind_lengths() const { return length_bytes_ > 0; }

    /// After the end: there is nothing behind the last unit that belongs to none.
    [[nodiscard]] bool is_whole() const { return rest_.empty(); }

  private:
    Bytes next_by_length();
    Bytes next_by_start_code();
    [[nodiscard]] std::size_t start_code() const;

    Bytes rest_;
    std::size_t length_bytes_ = 0;  ///< 0: start codes
};

/// At most `count` of a unit's bytes, without those that only keep start codes out.
[[nodiscard]] std::vector<std::uint8_t> unescaped(NalUnits::Bytes unit, std::size_t count);

}  // namespace reelpool::worker
