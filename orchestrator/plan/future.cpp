#include "orchestrator/plan/future.hpp"

#include <algorithm>

#include "ipc/base/result.hpp"

namespace reelpool::plan {

void Future::append(std::vector<FrameKey> wants) {
    std::sort(wants.begin(), wants.end());
    wants.erase(std::unique(wants.begin(), wants.end()), wants.end());
    for (const FrameKey& key : wants) {
        std::deque<std::uint32_t>& uses = uses_[key];
        if (uses.empty()) levels_[{key.media, key.frame}].push_back(key.level);
        uses.push_back(end());
        std::deque<std::uint32_t>& of_media = wants_by_media_[key.media];
        if (of_media.empty() || of_media.back() != end()) of_media.push_back(end());
    }
    window_.push_back(std::move(wants));
}

void Future::retire() {
    REELPOOL_CHECK(!window_.empty());
    for (const FrameKey& key : window_.front()) {
        std::deque<std::uint32_t>& of_media = wants_by_media_[key.media];
        if (!of_media.empty() && of_media.front() == begin_) of_media.pop_front();
        const auto entry = uses_.find(key);
        entry->second.pop_front();
        if (!entry->second.empty()) continue;
        uses_.erase(entry);
        const auto levels = levels_.find({key.media, key.frame});
        std::erase(levels->second, key.level);
        if (levels->second.empty()) levels_.erase(levels);
    }
    window_.pop_front();
    ++begin_;
}

const std::vector<FrameKey>& Future::wants(std::uint32_t n) const {
    REELPOOL_CHECK(n >= begin_ && n < end());
    return window_[n - begin_];
}

std::uint32_t Future::next_want(MediaId media) const {
    const auto entry = wants_by_media_.find(media);
    return entry == wants_by_media_.end() || entry->second.empty() ? never : entry->second.front();
}

std::uint32_t Future::next_use(const FrameKey& key) const {
    const auto entry = uses_.find(key);
    return entry == uses_.end() ? never : entry->second.front();
}

std::vector<Future::LevelUse> Future::levels(MediaId media, FrameIndex frame) const {
    std::vector<LevelUse> result;
    const auto entry = levels_.find({media, frame});
    if (entry == levels_.end()) return result;
    for (const Level& level : entry->second)
        result.push_back({level, next_use({media, frame, level})});
    return result;
}

std::size_t Future::level_count(MediaId media, FrameIndex frame) const {
    const auto entry = levels_.find({media, frame});
    return entry == levels_.end() ? 0 : entry->second.size();
}

}  // namespace reelpool::plan
