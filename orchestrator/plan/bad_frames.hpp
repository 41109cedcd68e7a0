#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "orchestrator/plan/media_catalog.hpp"

namespace reelpool::plan {

/// Source frames on which decoders die, and what is shown in their place. A frame that kills the
/// decoder takes the rest of its group of pictures with it: nothing behind it can be reached.
class BadFrames {
  public:
    /// `media` must outlive this.
    explicit BadFrames(const std::vector<MediaSource>& media) : media_(media) {}

    /// From this frame to the end of its group.
    void add(MediaId media, std::uint32_t first);
    [[nodiscard]] bool contains(MediaId media, std::uint32_t frame) const;
    [[nodiscard]] bool has_any(MediaId media) const { return groups_.contains(media); }

    /// The nearest earlier frame that is not bad; where there is none, the nearest later one.
    /// Nothing: the whole file is bad.
    [[nodiscard]] std::optional<std::uint32_t> shown_instead(MediaId media,
                                                             std::uint32_t frame) const;

    /// The first frame after the group that `frame` is in.
    [[nodiscard]] std::uint32_t end_of_group(MediaId media, std::uint32_t frame) const;
    [[nodiscard]] std::uint32_t keyframe_of(MediaId media, std::uint32_t frame) const;

  private:
    const std::vector<MediaSource>& media_;
    /// By keyframe of the group: the first bad frame.
    std::map<MediaId, std::map<std::uint32_t, std::uint32_t>> groups_;
};

}  // namespace reelpool::plan
