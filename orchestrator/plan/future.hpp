#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

#include "orchestrator/plan/frame_key.hpp"

namespace reelpool::plan {

/// Which output frames will read which source frames: the part of the future that is near enough
/// to plan with, as a window that only moves forward.
/// Output frames enter at the end with `append` and leave at the front with `retire`.
class Future {
  public:
    /// `wants`: what output frame end() reads; duplicates are harmless.
    void append(std::vector<FrameKey> wants);
    /// Output frame begin() needs nothing any more.
    void retire();

    [[nodiscard]] std::uint32_t begin() const { return begin_; }
    [[nodiscard]] std::uint32_t end() const {
        return begin_ + static_cast<std::uint32_t>(window_.size());
    }
    /// What output frame n reads, begin() <= n < end(); sorted, no duplicates.
    [[nodiscard]] const std::vector<FrameKey>& wants(std::uint32_t n) const;
    /// The first output frame in the window that reads it, or `never`.
    [[nodiscard]] std::uint32_t next_use(const FrameKey& key) const;

    /// The first output frame in the window that reads anything of it, or `never`.
    [[nodiscard]] std::uint32_t next_want(MediaId media) const;

    struct LevelUse {
        Level level;
        std::uint32_t next_use;
    };
    /// The levels of one frame that the window reads.
    [[nodiscard]] std::vector<LevelUse> levels(MediaId media, FrameIndex frame) const;
    [[nodiscard]] std::size_t level_count(MediaId media, FrameIndex frame) const;
    /// visit(output frame, level) for every use of a frame, in order, while it returns true.
    template <class Visit>
    void visit_uses(MediaId media, FrameIndex frame, Visit visit) const;
    /// visit(media, frame) for every frame that the window reads, in order.
    template <class Visit>
    void visit_frames(Visit visit) const {
        for (const auto& entry : levels_) visit(entry.first.first, entry.first.second);
    }

  private:
    std::uint32_t begin_ = 0;
    std::deque<std::vector<FrameKey>> window_;
    std::unordered_map<FrameKey, std::deque<std::uint32_t>> uses_;
    std::map<std::pair<MediaId, FrameIndex>, std::vector<Level>> levels_;
    std::unordered_map<MediaId, std::deque<std::uint32_t>> wants_by_media_;
};

template <class Visit>
void Future::visit_uses(MediaId media, FrameIndex frame, Visit visit) const {
    const auto entry = levels_.find({media, frame});
    if (entry == levels_.end()) return;
    struct Queue {
        Level level;
        const std::deque<std::uint32_t>* uses;
        std::size_t next;
    };
    std::vector<Queue> queues;
    for (const Level& level : entry->second)
        queues.push_back({level, &uses_.at({media, frame, level}), 0});
    for (;;) {
        Queue* soonest = nullptr;
        for (Queue& queue : queues) {
            if (queue.next == queue.uses->size()) continue;
            if (soonest == nullptr || (*queue.uses)[queue.next] < (*soonest->uses)[soonest->next])
                soonest = &queue;
        }
        if (soonest == nullptr) return;
        if (!visit((*soonest->uses)[soonest->next++], soonest->level)) return;
    }
}

}  // namespace reelpool::plan
