#pragma once

#include "ipc/base/result.hpp"
#include "orchestrator/model/project.hpp"

namespace reelpool::model {

/// What can be wrong between the parts of a project: comps that contain themselves or lie too
/// deep, too many layers, clips that overlap (as far as their lengths are written).
[[nodiscard]] Status check_project(const Project& project);

/// A matte's clips may have mattes themselves, and so on, so deep.
inline constexpr std::uint32_t max_matte_depth = 8;

/// Finds the tracks that clips name as their mattes.
/// Errors: project: names of no track or of several, and mattes that lead around in a circle or
/// further than max_matte_depth.
[[nodiscard]] Status link_mattes(Comp& comp);

/// A clip's place in time, once its length is known.
struct PlacedClip {
    const Clip* clip = nullptr;
    Time start;
    Time end;
};

/// Whether all clips of a track are looked at, or only those of known length.
enum class Clips : std::uint8_t { some, all };

/// Refuses clips of one track that overlap otherwise than for their transition, and (looking at
/// all) transitions without an overlap; names both clips and says by how much. `clips` is in order
/// of start.
[[nodiscard]] Status check_overlaps(const Comp& comp, std::size_t track,
                                    const std::vector<PlacedClip>& clips, Clips which);

/// The comps that `main` shows, itself included, each after all those that it contains.
/// The project must be free of cycles.
[[nodiscard]] std::vector<std::uint32_t> comps_inside_out(const Project& project);

}  // namespace reelpool::model
