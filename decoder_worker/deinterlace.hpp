#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decoder_worker/planar_picture.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/frame_table.hpp"

namespace reelpool::worker {

/// Which lines of a frame: the even ones or the odd ones, counted from 0.
enum class Field : std::uint8_t { top, bottom };

/// What of a frame's time a picture shows: all of it, or that of its first or second field.
enum class Moment : std::uint8_t { whole, first, second };

/// Makes full pictures of single fields: the lines of the other field become the means, rounded
/// half up, of the lines above and below; at the border the nearest line of the field.
/// Thread: one at a time; it owns its last result.
class FieldExpander {
  public:
    /// Shape: as `picture`. A plane of one line stays what it is.
    [[nodiscard]] PlanarPicture apply(const PlanarPicture& picture, Field kept);

  private:
    std::vector<std::byte> planes_[4];
};

/// The table of all fields: frame n becomes 2n at its own time and 2n + 1 half of its duration
/// later, in ticks of half the length; keyframes are first fields.
/// Errors: decode, where times do not fit.
[[nodiscard]] Result<FrameTable> table_of_fields(const FrameTable& frames);

}  // namespace reelpool::worker
