#pragma once

#include <cstdint>
#include <map>

#include "orchestrator/plan/disk_store.hpp"

namespace reelpool::plan {

/// What really lies on disk, and whose turn it is to write or to read there.
/// Thread: the event loop's.
class DiskTable {
  public:
    /// It will come, in the order of turns.
    void expect(const DiskUse& use);
    /// All earlier uses of these bytes are over.
    [[nodiscard]] bool is_its_turn(const DiskUse& use) const;
    /// A frame lies there now.
    void on_written(const DiskUse& use, const FrameKey& key);
    /// It is over, whatever came of it.
    void finish(const DiskUse& use);

    [[nodiscard]] bool holds(DiskPlace place, const FrameKey& key) const;
    /// What lay there is worth nothing (any more).
    void drop(DiskPlace place);
    /// The most bytes that frames took at once.
    [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }

  private:
    struct Stored {
        FrameKey key;
        std::uint32_t bytes = 0;
    };
    std::map<std::uint64_t, DiskPlace> expected_;  ///< by turn
    std::map<std::uint64_t, Stored> stored_;       ///< by offset
    std::uint64_t used_bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
};

}  // namespace reelpool::plan
