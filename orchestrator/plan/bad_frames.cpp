#include "orchestrator/plan/bad_frames.hpp"

#include <algorithm>

namespace reelpool::plan {

std::uint32_t BadFrames::keyframe_of(MediaId media, std::uint32_t frame) const {
    return media_[media.value].table.keyframe_at(FrameIndex{frame}).value;
}

std::uint32_t BadFrames::end_of_group(MediaId media, std::uint32_t frame) const {
    return media_[media.value].table.next_keyframe(FrameIndex{frame}).value;
}

void BadFrames::add(MediaId media, std::uint32_t first) {
    const auto [entry, is_new] = groups_[media].emplace(keyframe_of(media, first), first);
    if (!is_new) entry->second = std::min(entry->second, first);
}

bool BadFrames::contains(MediaId media, std::uint32_t frame) const {
    const auto groups = groups_.find(media);
    if (groups == groups_.end()) return false;
    const auto group = groups->second.find(keyframe_of(media, frame));
    return group != groups->second.end() && frame >= group->second;
}

std::optional<std::uint32_t> BadFrames::shown_instead(MediaId media, std::uint32_t frame) const {
    const auto groups = groups_.find(media);
    if (groups == groups_.end()) return frame;
    for (std::uint32_t earlier = frame; contains(media, earlier);) {
        const std::uint32_t first_bad = groups->second.at(keyframe_of(media, earlier));
        if (first_bad == 0) break;
        earlier = first_bad - 1;
        if (!contains(media, earlier)) return earlier;
    }
    std::uint32_t later = frame;
    while (later < media_[media.value].table.frame_count() && contains(media, later))
        later = end_of_group(media, later);
    if (later < media_[media.value].table.frame_count()) return later;
    return std::nullopt;
}

}  // namespace reelpool::plan
