#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ipc/frame/frame_table.hpp"
#include "ipc/frame/media_info.hpp"
#include "orchestrator/plan/frame_key.hpp"

namespace reelpool::plan {

/// What the planner knows of one unique file.
struct MediaSource {
    MediaId id;
    MediaInfo info;
    FrameTable table;
    bool is_sequence = false;  ///< every frame is a file of its own
    /// 2: decoding one frame gives two entries of the table, its fields.
    std::uint32_t frames_per_decode = 1;
};

/// The unique files of an export, by id.
class MediaCatalog {
  public:
    /// `sources[i].id` is i.
    explicit MediaCatalog(std::vector<MediaSource> sources);

    [[nodiscard]] const MediaSource& at(MediaId id) const { return sources_[id.value]; }
    [[nodiscard]] std::size_t size() const { return sources_.size(); }
    /// The size of the slot that holds a frame of this medium at this level.
    [[nodiscard]] std::uint32_t slot_bytes(MediaId id, Level level) const;

  private:
    using SizesByLevel = std::array<std::uint32_t, (max_level + 1) * (max_level + 1)>;
    std::vector<MediaSource> sources_;
    mutable std::vector<SizesByLevel> sizes_;  ///< 0: not asked yet
};

}  // namespace reelpool::plan
