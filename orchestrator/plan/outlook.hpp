#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/plan/future.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/memory_curve.hpp"

namespace reelpool::plan {

/// The near future whose needs must fit the cache together, in output frames.
inline constexpr std::uint32_t foreseen_frames = 900;
/// A run may leave out so many frames (fast motion).
inline constexpr std::uint32_t stride_frames = 8;

/// The near future of all media, and the choice of what to keep at a given price.
class Outlook {
  public:
    /// One use of a frame.
    struct Use {
        FrameKey key;
        std::uint32_t output = 0;
        std::uint32_t run = 0;
        double share = 0;        ///< of the cache
        double weight = 1;       ///< what its share is multiplied with, near 1
        double decode_cost = 0;  ///< when it is not kept
        bool is_cached = false;
        std::uint32_t kept_since = never;  ///< from which output frame it can be kept, if it is
        bool is_chosen = true;             ///< to be kept, if it can be
    };

    /// Where the decoders of a medium stand: the frames that come out next, ascending.
    using Positions = std::function<std::vector<std::uint32_t>(MediaId)>;

    Outlook(const MediaCatalog& media, const Future& future, const FrameCache& cache,
            const Positions& positions, std::uint32_t lag_frames);

    /// Chooses the runs to keep; true if they fit the cache.
    bool choose(double price);
    [[nodiscard]] const std::vector<Use>& uses() const { return uses_; }
    [[nodiscard]] static bool is_kept(const Use& use) {
        return use.is_chosen && use.kept_since != never;
    }
    using WasKept = std::function<bool(const FrameKey&, std::uint32_t)>;
    /// Keeps ends of runs as well, or instead, if that saves more decoding. `was_kept`: the choice
    /// before, by key and output frame.
    void keep_ends(const WasKept& was_kept);

  private:
    /// The uses of one frame, in order: [first, end) of the uses.
    struct UsedFrame {
        MediaId media;
        std::uint32_t frame = 0;
        std::uint32_t gop = 0;  ///< its keyframe
        std::size_t first = 0;
        std::size_t end = 0;
    };

    /// Consecutive frames shown at consecutive output frames.
    struct Run {
        std::vector<std::size_t> uses;      ///< in order
        std::vector<std::size_t> in_frame;  ///< of each use, its frame's index
        std::uint32_t lead_in_from = 0;     ///< the first frame that decoding it begins with
        double pixels = 0;                  ///< of a frame, of 1080p
    };

    /// What a run reads of one GOP: where its end is kept, its decoder can stop early.
    struct Piece {
        std::size_t run = 0;
        std::size_t first = 0;  ///< [first, end) of the run's uses
        std::size_t end = 0;
        std::uint32_t last_output = 0;
        bool ends_run = false;
    };

    /// Decoding that comes by: frames [from, to) can be had at `output`.
    struct Pass {
        std::uint32_t from = 0;
        std::uint32_t to = 0;
        std::uint32_t output = 0;
    };

    void find_run(std::size_t use, std::size_t frame, const std::vector<std::uint32_t>& decoders);
    [[nodiscard]] std::size_t first_use_at(const UsedFrame& frame, std::uint32_t output) const;
    [[nodiscard]] std::uint32_t kept_since(std::size_t use, const UsedFrame& frame) const;
    void weigh(const Run& run, double price);
    void look_at(const Run& run);
    void note_lead_in(const Run& run);
    [[nodiscard]] double peak();
    void find_pieces(std::uint32_t end, bool is_cut);
    void fill_up();
    void keep_end(const Piece& piece);
    [[nodiscard]] bool keep(std::size_t use, const UsedFrame& frame);
    [[nodiscard]] bool is_relied_on(std::size_t use, const UsedFrame& frame) const;
    [[nodiscard]] std::pair<std::ptrdiff_t, std::ptrdiff_t> held_between(
        std::size_t use, const UsedFrame& frame) const;
    void hold(std::size_t use, const UsedFrame& frame, double share);
    [[nodiscard]] bool settle();
    [[nodiscard]] double decoding() const;

    const MediaCatalog& media_;
    std::uint32_t lag_frames_;
    std::uint32_t begin_;
    std::vector<Use> uses_;
    std::vector<UsedFrame> frames_;
    std::vector<Run> runs_;
    std::vector<std::size_t> order_;  ///< of the runs, by time
    std::vector<Piece> pieces_;       ///< those that end first come first
    std::map<std::pair<MediaId, std::uint32_t>, std::vector<Pass>> passes_;  ///< by GOP
    MemoryCurve curve_;
    double fill_level_ = 1;     ///< slots that share segments leave some of the cache unused
    std::vector<double> held_;  ///< while filling up: the share at every output frame
};

}  // namespace reelpool::plan
