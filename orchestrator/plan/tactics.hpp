#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/plan/future.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/outlook.hpp"
#include "orchestrator/plan/window_search.hpp"

namespace reelpool::plan {

/// What to do where the cache holds few frames: there every choice of a frame or a cursor shows,
/// and the next output frames are few enough to search them for the best.
///
/// It is in charge where the window that can be searched is long for what the cache holds. It then
/// says where cursors go and what is kept, and plans anew as the window moves on, or when what it
/// finds is not what it had planned with.
class Tactics {
  public:
    struct Options {
        std::uint32_t max_cursors_per_worker = 0;
        std::uint32_t max_cursors = 0;
        std::uint32_t max_workers = 0;
        std::uint32_t lag_frames = 0;
    };
    /// How things stand before an output frame.
    struct Situation {
        Outlook::Positions positions;
        std::uint32_t open_cursors = 0;             ///< of all media
        std::vector<std::vector<FrameKey>> leased;  ///< as in NearWindow::look()
    };
    enum class Outcome : std::uint8_t { as_before, changed };

    Tactics(const MediaCatalog& media, const Future& future, const FrameCache& cache,
            const Options& options)
        : media_(media), future_(future), cache_(cache), options_(options) {}

    /// Before an output frame. `changed`: other frames are kept than before.
    Outcome look(const Situation& situation);

    [[nodiscard]] bool is_in_charge() const { return plan_.has_value(); }
    /// What cursors do for the output frame, in order. While it is in charge.
    [[nodiscard]] std::span<const WindowPlan::Move> moves(std::uint32_t output) const;
    /// The output frame for which a frame that is at hand at `now` is kept, or `never`.
    [[nodiscard]] std::uint32_t kept_until(const FrameKey& key, std::uint32_t now) const;

    /// It was kept for this output frame.
    [[nodiscard]] bool is_claimed(const FrameKey& key, std::uint32_t output) const;

  private:
    [[nodiscard]] bool is_possible(const Outlook::Positions& positions) const;
    [[nodiscard]] bool has_more_than_planned() const;
    [[nodiscard]] std::uint64_t cost_ahead() const;
    [[nodiscard]] std::optional<WindowPlan> search(const Situation& situation,
                                                   std::uint64_t cheaper_than) const;

    const MediaCatalog& media_;
    const Future& future_;
    const FrameCache& cache_;
    Options options_;
    std::optional<WindowPlan> plan_;
    std::uint32_t look_again_at_ = 0;  ///< output frame
};

}  // namespace reelpool::plan
