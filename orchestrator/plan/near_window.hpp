#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/plan/future.hpp"
#include "orchestrator/plan/media_catalog.hpp"

namespace reelpool::plan {

/// The next output frames in dense numbers, small enough that a search can copy what it knows of
/// them for every way that it looks at. Output frames count from the window's first here.
class NearWindow {
  public:
    static constexpr std::uint32_t most_outputs = 63;  ///< they are bits of a word, and one more
    static constexpr std::size_t most_items = 192;

    using Outputs = std::uint64_t;  ///< a set of output frames
    [[nodiscard]] static constexpr Outputs one(std::uint32_t n) { return Outputs{1} << n; }
    /// [first, end)
    [[nodiscard]] static constexpr Outputs span_of(std::uint32_t first, std::uint32_t end) {
        return first >= end ? 0 : (one(end) - 1) & ~(one(first) - 1);
    }

    /// What the window reads of one frame at one level.
    struct Item {
        FrameKey key;
        std::uint32_t medium = 0;  ///< index into media()
        std::uint32_t size = 0;    ///< KiB
        Outputs uses = 0;
        Outputs leased = 0;  ///< it was read so shortly before that it stays anyway
    };
    /// All that it reads of one frame: [first, end) of the items.
    struct Frame {
        std::uint32_t medium = 0;
        std::uint32_t frame = 0;
        std::uint32_t keyframe = 0;
        std::size_t first = 0;
        std::size_t end = 0;
        Outputs uses = 0;
    };
    /// [first, end) of frames().
    struct Medium {
        MediaId id;
        std::uint32_t frame_cost = 0;  ///< 64: that of decoding 1080p
        std::size_t first = 0;
        std::size_t end = 0;
    };

    /// Looks as far ahead as the future goes, at the most. `leased`: what each of the output frames
    /// before reads that keep their slots, the latest last. Nothing if more lies ahead than can be
    /// searched, or the cache holds so many frames that the window is a small part of what counts.
    [[nodiscard]] static std::optional<NearWindow> look(
        const MediaCatalog& media, const Future& future, const FrameCache& cache,
        std::span<const std::vector<FrameKey>> leased, std::uint32_t lag_frames);

    [[nodiscard]] std::uint32_t begin() const { return begin_; }  ///< in the export
    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(room_.size()); }
    [[nodiscard]] const std::vector<Item>& items() const { return items_; }
    [[nodiscard]] const std::vector<Frame>& frames() const { return frames_; }
    [[nodiscard]] const std::vector<Medium>& media() const { return media_; }
    /// Indices of the items that output frame n reads.
    [[nodiscard]] const std::vector<std::uint16_t>& wants(std::uint32_t n) const {
        return wants_[n];
    }
    /// KiB that are left for others while output frame n is read.
    [[nodiscard]] std::uint32_t room(std::uint32_t n) const { return room_[n]; }
    /// The first of the medium's frames that is not before `frame`, as an index into frames().
    [[nodiscard]] std::size_t first_at(const Medium& medium, std::uint32_t frame) const;

  private:
    NearWindow() = default;
    void list_items(const MediaCatalog& media, const Future& future, std::uint32_t outputs);
    void list_frames(const MediaCatalog& media);
    void find_held(std::span<const std::vector<FrameKey>> leased, std::uint32_t lag_frames);
    void find_room(const MediaCatalog& media, const FrameCache& cache,
                   std::span<const std::vector<FrameKey>> leased, std::uint32_t lag_frames);
    [[nodiscard]] std::uint64_t frames_held(std::uint64_t budget) const;
    [[nodiscard]] bool is_short_sighted(const Future& future) const;

    std::uint32_t begin_ = 0;
    std::vector<Item> items_;  ///< by key
    std::vector<Frame> frames_;
    std::vector<Medium> media_;
    std::vector<std::vector<std::uint16_t>> wants_;
    std::vector<std::uint32_t> room_;
};

}  // namespace reelpool::plan
