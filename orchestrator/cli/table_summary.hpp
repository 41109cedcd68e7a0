#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "ipc/frame/frame_table.hpp"

namespace reelpool::cli {

/// Whether frames come evenly.
enum class RateKind : std::uint8_t {
    constant,  ///< to the tick
    rounded,   ///< evenly, and then rounded to the time base, as in containers of milliseconds
    variable,
};

/// What a frame table looks like from afar. Units: lengths of frames in ticks, of GOPs in frames.
struct TableSummary {
    RateKind kind = RateKind::constant;
    Rational fps;  ///< exact; of variable ones the average; invalid for a single frame
    std::int64_t shortest_frame = 0;
    std::int64_t longest_frame = 0;
    std::size_t gop_count = 0;
    std::uint32_t shortest_gop = 0;
    std::uint32_t median_gop = 0;  ///< the lower one of two
    std::uint32_t longest_gop = 0;
};

/// Shape: `table` is valid.
[[nodiscard]] TableSummary summary_of(const FrameTable& table);

}  // namespace reelpool::cli
