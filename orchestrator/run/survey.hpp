#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "orchestrator/model/timeline.hpp"
#include "orchestrator/plan/clip_planner.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/planner.hpp"

namespace reelpool::run {

/// One appearance of a clip: where it is seen, and of which file.
struct Appearance {
    MediaId media;
    plan::Lifetime lifetime;
};

/// What can be told of an export without planning it: every output frame is looked at once.
struct Survey {
    std::uint64_t cache_bytes = 0;  ///< that one output frame needs at once, at the most
    std::uint64_t view_bytes = 0;   ///< likewise, of the compositor's view
    CanvasBytes canvas_bytes;       ///< likewise, of the canvases of rasterized comps
    std::vector<plan::MediaStatistics> wanted;  ///< by MediaId: what is wanted, and the ideal
    std::vector<Appearance> appearances;        ///< in order of their first output frames
    std::unordered_map<std::uint64_t, std::uint32_t> appearance_by_key;  ///< ResolvedFrame's
    std::uint32_t files_used = 0;
    double composite_ns = 0;         ///< CPU time of compositing all output frames, roughly
    std::uint32_t kernel_kinds = 0;  ///< of all output frames, see drawn_area.hpp
};

[[nodiscard]] Survey survey(const model::Timeline& timeline,
                            const std::vector<plan::MediaSource>& media, std::uint64_t cache_bytes);

/// A key for every layer of kind frame, in order; media by file.
[[nodiscard]] std::vector<plan::FrameKey> keys_by_file(const model::ResolvedFrame& frame);
/// Likewise; media by appearance.
[[nodiscard]] std::vector<plan::FrameKey> keys_by_appearance(const model::ResolvedFrame& frame,
                                                             const Survey& survey);

}  // namespace reelpool::run
