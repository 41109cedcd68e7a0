#include "orchestrator/plan/disk_table.hpp"

#include <algorithm>
#include <iterator>

namespace reelpool::plan {
namespace {

bool do_overlap(const DiskPlace& a, const DiskPlace& b) {
    return a.offset_bytes < b.offset_bytes + b.bytes && b.offset_bytes < a.offset_bytes + a.bytes;
}

}  // namespace

void DiskTable::expect(const DiskUse& use) {
    expected_.emplace(use.turn, use.place);
}

bool DiskTable::is_its_turn(const DiskUse& use) const {
    return std::none_of(expected_.begin(), expected_.lower_bound(use.turn),
                        [&](const auto& one) { return do_overlap(one.second, use.place); });
}

void DiskTable::on_written(const DiskUse& use, const FrameKey& key) {
    drop(use.place);
    stored_[use.place.offset_bytes] = {key, use.place.bytes};
    used_bytes_ += use.place.bytes;
    peak_bytes_ = std::max(peak_bytes_, used_bytes_);
}

void DiskTable::finish(const DiskUse& use) {
    expected_.erase(use.turn);
}

bool DiskTable::holds(DiskPlace place, const FrameKey& key) const {
    const auto entry = stored_.find(place.offset_bytes);
    return entry != stored_.end() && entry->second.bytes == place.bytes && entry->second.key == key;
}

void DiskTable::drop(DiskPlace place) {
    auto entry = stored_.upper_bound(place.offset_bytes);
    if (entry != stored_.begin()) --entry;
    while (entry != stored_.end() && entry->first < place.offset_bytes + place.bytes) {
        if (!do_overlap({entry->first, entry->second.bytes}, place)) {
            ++entry;
            continue;
        }
        used_bytes_ -= entry->second.bytes;
        entry = stored_.erase(entry);
    }
}

}  // namespace reelpool::plan
