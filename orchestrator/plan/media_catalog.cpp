#include "orchestrator/plan/media_catalog.hpp"

#include <utility>

#include "ipc/base/result.hpp"

namespace reelpool::plan {

MediaCatalog::MediaCatalog(std::vector<MediaSource> sources)
    : sources_(std::move(sources)), sizes_(sources_.size()) {
    for (std::size_t i = 0; i < sources_.size(); ++i) REELPOOL_CHECK(sources_[i].id.value == i);
}

std::uint32_t MediaCatalog::slot_bytes(MediaId id, Level level) const {
    std::uint32_t& bytes = sizes_[id.value][level.y * (max_level + 1) + level.x];
    if (bytes == 0) {
        const MediaInfo& info = at(id).info;
        const auto layout = slot_layout(info.format, info.width, info.height, level);
        REELPOOL_CHECK(layout.has_value());
        bytes = layout->bytes;
    }
    return bytes;
}

}  // namespace reelpool::plan
