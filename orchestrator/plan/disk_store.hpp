#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "orchestrator/plan/frame_key.hpp"

namespace reelpool::plan {

/// A part of the disk cache's file.
struct DiskPlace {
    std::uint64_t offset_bytes = 0;
    std::uint32_t bytes = 0;
    friend bool operator==(const DiskPlace&, const DiskPlace&) = default;
};

/// One writing or reading of a place. Those of places that overlap are done in the order of their
/// turns, each when the one before is finished.
struct DiskUse {
    DiskPlace place;
    std::uint64_t turn = 0;
};

/// Which frames lie on disk and where, as planned.
///
/// Places never reach beyond the budget. A frame has its place until it is forgotten; the place is
/// then given to others, and turns see to it that what was planned before is done before.
class DiskStore {
  public:
    explicit DiskStore(std::uint64_t budget_bytes);

    [[nodiscard]] bool holds(const FrameKey& key) const { return places_.contains(key); }
    /// A place for a frame that has none; nothing if there is none, or nothing is written any more.
    [[nodiscard]] std::optional<DiskUse> write(const FrameKey& key, std::uint32_t bytes);
    /// The frame is there.
    [[nodiscard]] DiskUse read(const FrameKey& key);
    /// Nobody will read it there again. One that is not there is harmless.
    void forget(const FrameKey& key);
    /// Nothing is written from now on.
    void close() { is_closed_ = true; }

    [[nodiscard]] bool is_open() const { return budget_bytes_ > 0 && !is_closed_; }
    [[nodiscard]] std::uint64_t free_bytes() const { return budget_bytes_ - used_bytes_; }
    [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }
    [[nodiscard]] std::uint64_t frames_written() const { return frames_written_; }
    [[nodiscard]] std::uint64_t frames_read() const { return frames_read_; }

  private:
    void give_back(DiskPlace place);

    std::uint64_t budget_bytes_;
    bool is_closed_ = false;
    std::unordered_map<FrameKey, DiskPlace> places_;
    std::map<std::uint64_t, std::uint64_t> gaps_;  ///< offset -> bytes; no two touch
    std::uint64_t used_bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
    std::uint64_t next_turn_ = 1;
    std::uint64_t frames_written_ = 0;
    std::uint64_t frames_read_ = 0;
};

}  // namespace reelpool::plan
