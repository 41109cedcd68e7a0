#include "orchestrator/plan/view.hpp"

#include <algorithm>
#include <utility>

#include "ipc/base/result.hpp"

namespace reelpool::plan {

std::optional<std::uint64_t> View::find_gap(std::uint64_t bytes) const {
    std::uint64_t at = 0;
    for (const auto& [offset, placed] : placed_) {
        if (at + bytes + gap_bytes_ <= offset) return at;
        at = offset + placed.bytes + gap_bytes_;
    }
    if (at + bytes + gap_bytes_ <= bytes_) return at;
    return std::nullopt;
}

std::optional<View::Place> View::place(SegmentId segment, std::uint64_t bytes,
                                       const NextUse& next_use) {
    REELPOOL_CHECK(!holds(segment));
    std::optional<std::uint64_t> offset = find_gap(bytes);
    Place result;
    if (!offset) {
        struct Candidate {
            std::uint32_t next_use;
            SegmentId segment;
        };
        std::vector<Candidate> candidates;
        for (const auto& [at, placed] : placed_)
            if (const auto use = next_use(placed.segment))
                candidates.push_back({*use, placed.segment});
        std::stable_sort(
            candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.next_use > b.next_use; });
        const auto placed_before = placed_;
        const auto offsets_before = offsets_;
        for (const Candidate& candidate : candidates) {
            remove(candidate.segment);
            result.evicted.push_back(candidate.segment);
            offset = find_gap(bytes);
            if (offset) break;
        }
        if (!offset) {
            placed_ = placed_before;
            offsets_ = offsets_before;
            return std::nullopt;
        }
    }
    placed_.emplace(*offset, Placed{segment, bytes});
    offsets_.emplace(segment, *offset);
    result.offset_bytes = *offset;
    return result;
}

std::vector<SegmentId> View::clear() {
    std::vector<SegmentId> placed;
    for (const auto& [offset, one] : placed_) placed.push_back(one.segment);
    placed_.clear();
    offsets_.clear();
    return placed;
}

void View::remove(SegmentId segment) {
    const auto entry = offsets_.find(segment);
    if (entry == offsets_.end()) return;
    placed_.erase(entry->second);
    offsets_.erase(entry);
}

}  // namespace reelpool::plan
