#include "orchestrator/plan/disk_store.hpp"

#include <algorithm>
#include <iterator>

#include "ipc/base/result.hpp"

namespace reelpool::plan {

DiskStore::DiskStore(std::uint64_t budget_bytes) : budget_bytes_(budget_bytes) {
    if (budget_bytes > 0) gaps_.emplace(0, budget_bytes);
}

std::optional<DiskUse> DiskStore::write(const FrameKey& key, std::uint32_t bytes) {
    REELPOOL_CHECK(!places_.contains(key) && bytes > 0);
    if (!is_open()) return std::nullopt;
    // The first gap that is large enough: the file stays as short as it can.
    const auto gap = std::find_if(gaps_.begin(), gaps_.end(),
                                  [&](const auto& one) { return one.second >= bytes; });
    if (gap == gaps_.end()) return std::nullopt;
    const auto [offset, gap_bytes] = *gap;
    gaps_.erase(gap);
    if (gap_bytes > bytes) gaps_.emplace(offset + bytes, gap_bytes - bytes);
    used_bytes_ += bytes;
    peak_bytes_ = std::max(peak_bytes_, used_bytes_);
    ++frames_written_;
    const DiskPlace place{offset, bytes};
    places_.emplace(key, place);
    return DiskUse{place, next_turn_++};
}

DiskUse DiskStore::read(const FrameKey& key) {
    ++frames_read_;
    return {places_.at(key), next_turn_++};
}

void DiskStore::forget(const FrameKey& key) {
    const auto entry = places_.find(key);
    if (entry == places_.end()) return;
    give_back(entry->second);
    places_.erase(entry);
}

void DiskStore::give_back(DiskPlace place) {
    used_bytes_ -= place.bytes;
    std::uint64_t begin = place.offset_bytes;
    std::uint64_t end = begin + place.bytes;
    const auto after = gaps_.lower_bound(begin);
    if (after != gaps_.end() && after->first == end) {
        end += after->second;
        gaps_.erase(after);
    }
    const auto next = gaps_.lower_bound(begin);
    if (next != gaps_.begin()) {
        const auto before = std::prev(next);
        if (before->first + before->second == begin) {
            begin = before->first;
            gaps_.erase(before);
        }
    }
    gaps_.emplace(begin, end - begin);
}

}  // namespace reelpool::plan
