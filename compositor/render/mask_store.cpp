#include "compositor/render/mask_store.hpp"

#include <algorithm>

namespace reelpool::compositor {

void MaskStore::begin_frame() {
    std::erase_if(kept_, [this](const Kept& one) {
        if (!one.is_shown) room_bytes_ += one.plane->kept_bytes();
        return !one.is_shown;
    });
    for (Kept& one : kept_) one.is_shown = false;
}

std::shared_ptr<MaskPlane> MaskStore::find(const std::vector<Mask>& masks, const Matrix& to_output,
                                           const Grid& grid) {
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) {
        return one.to_output == to_output && one.grid == grid && one.masks == masks;
    });
    if (found != kept_.end()) {
        found->is_shown = true;
        return found->plane;
    }
    auto plane = std::make_shared<MaskPlane>(masks, to_output, grid, &room_bytes_);
    kept_.push_back({masks, to_output, grid, plane});
    return plane;
}

}  // namespace reelpool::compositor
