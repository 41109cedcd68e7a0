#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/plan/future.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/outlook.hpp"

namespace reelpool::plan {

/// Which decoded frames are worth keeping until they are shown again.
///
/// Keeping a frame costs memory for a while (share of the cache x output frames), not keeping it
/// costs decoding it again (frames of 1080p; the whole way from the keyframe where no cursor comes
/// by). A price makes the two comparable: the lowest one at which everything that is then worth
/// keeping fits the cache, at every moment of the near future. It is a Lagrange multiplier.
///
/// The choice is made for whole runs, a run being consecutive frames shown at consecutive output
/// frames: a part of a run saves nothing, since decoding the rest passes through that part again.
/// So streams that follow each other closely, or are small, ride on each other's frames, and one
/// that is far behind decodes for itself. Only the end of a run, or of what it reads of a GOP,
/// saves what it is long, since its decoder stops there: such ends fill the memory that is left
/// over.
class Retention {
  public:
    /// `lag_frames`: output frames that a frame stays after it was read, at the least, so that
    /// decoding can run ahead of drawing. More is taken only from what is left over.
    Retention(const MediaCatalog& media, const Future& future, const FrameCache& cache,
              std::uint32_t lag_frames)
        : media_(media), future_(future), cache_(cache), lag_frames_(lag_frames) {}

    /// Chooses anew, from what is known of the future now.
    void choose(const Outlook::Positions& positions);
    /// Frames per whole cache and output frame; 0 while everything fits.
    [[nodiscard]] double price() const { return price_; }

    /// The levels of a frame that are worth keeping from output frame `now` on, each with its next
    /// use. Uses before `free_until` cost nothing: what they need is held anyway.
    /// `is_at_hand(level)`: it can be kept; all can while the frame is being decoded.
    template <class AtHand>
    [[nodiscard]] std::vector<Future::LevelUse> worth_keeping(MediaId media, FrameIndex frame,
                                                              std::uint32_t now,
                                                              std::uint32_t free_until,
                                                              AtHand is_at_hand) const;

    /// The next use of a frame that is at hand, if it is worth keeping for it; else `never`.
    template <class AtHand>
    [[nodiscard]] std::uint32_t kept_for(const FrameKey& key, std::uint32_t now,
                                         std::uint32_t free_until, AtHand is_at_hand) const {
        std::uint32_t kept = never;
        future_.visit_uses(key.media, key.frame, [&](std::uint32_t n, Level level) {
            if (!is_at_hand(level)) return false;
            const bool is_free = n < free_until;
            if (!is_free && !is_kept({key.media, key.frame, level}, n, now)) return false;
            if (level == key.level) kept = n;
            return level != key.level;
        });
        return kept;
    }

  private:
    struct Choice {
        FrameKey key;
        std::uint32_t output = 0;      ///< the output frame that reads it
        std::uint32_t kept_since = 0;  ///< the output frame for which it was decoded, `never`: it
                                       ///< is decoded for this use
    };
    [[nodiscard]] static const Choice* find(const std::vector<Choice>& choices, const FrameKey& key,
                                            std::uint32_t output);
    [[nodiscard]] bool is_kept(const FrameKey& key, std::uint32_t output, std::uint32_t now) const;

    const MediaCatalog& media_;
    const Future& future_;
    const FrameCache& cache_;
    std::uint32_t lag_frames_;
    double price_ = 0;
    std::vector<Choice> choices_;  ///< by key, then by output frame; empty while the price is 0
};

template <class AtHand>
std::vector<Future::LevelUse> Retention::worth_keeping(MediaId media, FrameIndex frame,
                                                       std::uint32_t now, std::uint32_t free_until,
                                                       AtHand is_at_hand) const {
    std::vector<Future::LevelUse> kept;
    std::size_t undecided = future_.level_count(media, frame);
    future_.visit_uses(media, frame, [&](std::uint32_t n, Level level) {
        // From its next decoding on, everything can be had again.
        if (!is_at_hand(level)) return false;
        if (n >= free_until && !is_kept({media, frame, level}, n, now)) return false;
        const bool is_known = std::any_of(kept.begin(), kept.end(),
                                          [&](const auto& one) { return one.level == level; });
        if (!is_known) {
            kept.push_back({level, n});
            --undecided;
        }
        return undecided > 0;
    });
    return kept;
}

}  // namespace reelpool::plan
