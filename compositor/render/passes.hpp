#pragma once

#include <cstdint>
#include <vector>

#include "compositor/render/scene.hpp"
#include "compositor/render/target.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/draw_list.hpp"

namespace reelpool::compositor {

/// Scenes and the picture that they are drawn into.
struct Pass {
    Target target;
    std::vector<Scene> scenes = {};
    std::uint32_t arena_byte = 0;  ///< of a canvas: where its level begins in the arena
};

/// Where the canvases of one draw list lie in the arena: one after the other, each with its levels.
class CanvasPlaces {
  public:
    /// The canvases of a checked draw list, from `first_byte` on.
    [[nodiscard]] static Result<CanvasPlaces> of(const DrawList& list, std::uint64_t first_byte);

    [[nodiscard]] std::uint32_t byte_of(std::uint32_t canvas, Level level) const;

  private:
    explicit CanvasPlaces(const DrawList& list) : list_(&list) {}
    const DrawList* list_;
    std::vector<std::vector<std::uint32_t>> bytes_;  ///< by canvas, then as its levels
};

/// A checked draw list as passes, each after what it shows: every level of every canvas, then the
/// output. Adds to `blocks`.
/// Errors: as build_scenes.
[[nodiscard]] Result<std::vector<Pass>> build_passes(const DrawList& list,
                                                     const OutputFormat& output,
                                                     const FindSlot& find_slot,
                                                     const CanvasPlaces& places, MaskStore& masks,
                                                     ShaderBlocks& blocks);

}  // namespace reelpool::compositor
