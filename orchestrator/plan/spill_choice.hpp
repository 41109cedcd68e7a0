#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "orchestrator/plan/disk_store.hpp"
#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/plan/future.hpp"
#include "orchestrator/plan/media_catalog.hpp"

namespace reelpool::plan {

/// Whether a frame that leaves memory, and will be shown again, is worth a place on disk.
///
/// To write or to read a frame of 1080p costs about as much as to decode half of one. What decoding
/// it again costs depends on how it is shown: one in a row that is shown forwards costs one decode
/// and its part of the way from the keyframe; one that is shown by itself, or backwards, costs all
/// of the way. It goes to disk if that is clearly more. Where the disk is nearly full, a row goes
/// there only if the rest of it fits: a decoder that comes by anyway saves nothing.
class SpillChoice {
  public:
    SpillChoice(const MediaCatalog& media, const Future& future, const FrameCache& cache,
                const DiskStore& store)
        : media_(media), future_(future), cache_(cache), store_(store) {}

    /// A frame that is about to leave memory. Every such frame is asked about, those first that are
    /// used first.
    [[nodiscard]] bool is_worth_it(const FrameKey& key);

  private:
    /// What was decided for the frame before in the same row.
    struct Verdict {
        std::uint32_t output = 0;  ///< its use
        double decodes = 0;        ///< that a use of one frame of the row costs
        bool is_spilled = false;
    };
    struct Use {
        FrameKey key;
        std::uint32_t output = 0;
    };

    [[nodiscard]] std::optional<Use> before(const Use& use) const;
    [[nodiscard]] std::optional<Use> after(const Use& use) const;
    [[nodiscard]] bool is_used_at(const FrameKey& key, std::uint32_t output) const;
    [[nodiscard]] std::uint32_t rest_of_row(const Use& use) const;
    [[nodiscard]] std::uint32_t times_used(const FrameKey& key) const;
    [[nodiscard]] bool saves_time(const FrameKey& key, double decodes) const;
    [[nodiscard]] bool is_at_hand(const FrameKey& key) const;
    void forget_the_past();

    const MediaCatalog& media_;
    const Future& future_;
    const FrameCache& cache_;
    const DiskStore& store_;
    std::unordered_map<FrameKey, Verdict> verdicts_;
    std::uint32_t past_until_ = 0;
};

}  // namespace reelpool::plan
