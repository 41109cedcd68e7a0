#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/planner.hpp"

namespace reelpool::plan {

/// What one cursor's codec holds besides the medium's slots: pictures that others refer to, that
/// wait for their turn, that threads are at work on. Fitted to FFmpeg's H.264 decoder at 1080p with
/// 1 to 8 threads; codecs without references hold what they work on.
[[nodiscard]] std::uint64_t decoder_bytes(const MediaSource& source, std::uint32_t threads);

/// Adds up what the commands of a plan take and give back.
class MemoryTally {
  public:
    explicit MemoryTally(const std::vector<MediaSource>& media) : media_(media) {}

    void take(const Command& command);

    [[nodiscard]] std::uint64_t decoders_peak_bytes() const { return decoders_peak_; }
    /// Of segments and decoders together.
    [[nodiscard]] std::uint64_t peak_bytes() const { return peak_; }

  private:
    void note(const StartWorker&) {}
    void note(const RetireWorker& retire);
    void note(const FrameCache::Change& change);
    void note(const OpenCursorAt& open);
    void note(const CloseCursorAt& close);
    void note(const DecodeAt&) {}
    void note(const SpillAt&) {}
    void note(const LoadAt&) {}

    const std::vector<MediaSource>& media_;
    std::map<std::pair<MediaId, CursorId>, std::uint64_t> cursors_;  ///< bytes of each
    std::uint64_t segments_ = 0;
    std::uint64_t decoders_ = 0;
    std::uint64_t decoders_peak_ = 0;
    std::uint64_t peak_ = 0;
};

}  // namespace reelpool::plan
