#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "compositor/render/mask_plane.hpp"

namespace reelpool::compositor {

/// The masks of the last frames, since most masks stay what they are: their lines, and the values
/// of the tiles that were asked for. Memory: max_kept_mask_bytes for values. Thread: the
/// renderer's.
class MaskStore {
  public:
    /// Forgets what the frame before did not show. No plane that was found may be in use.
    void begin_frame();

    /// As MaskPlane's constructor; the plane of an earlier frame if it has one like it.
    [[nodiscard]] std::shared_ptr<MaskPlane> find(const std::vector<Mask>& masks,
                                                  const Matrix& to_output, const Grid& grid);

  private:
    struct Kept {
        std::vector<Mask> masks;
        Matrix to_output;
        Grid grid;
        std::shared_ptr<MaskPlane> plane;
        bool is_shown = true;  ///< in the frame under way
    };
    std::uint64_t room_bytes_ = max_kept_mask_bytes;
    std::vector<Kept> kept_;
};

}  // namespace reelpool::compositor
