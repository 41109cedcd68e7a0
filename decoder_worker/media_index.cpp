#include "decoder_worker/media_index.hpp"

#include <algorithm>

namespace reelpool::worker {

std::optional<std::uint32_t> MediaIndex::frame_of(std::int64_t pts) const {
    const auto found = std::lower_bound(table.pts.begin(), table.pts.end(), pts);
    if (found == table.pts.end() || *found != pts) return std::nullopt;
    return static_cast<std::uint32_t>(found - table.pts.begin());
}

std::optional<std::int64_t> MediaIndex::pts_of(std::int64_t dts) const {
    const auto found =
        std::lower_bound(stamps.begin(), stamps.end(), dts,
                         [](const auto& stamp, std::int64_t value) { return stamp.first < value; });
    if (found == stamps.end() || found->first != dts) return std::nullopt;
    return found->second;
}

}  // namespace reelpool::worker
