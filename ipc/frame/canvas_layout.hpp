#pragma once

#include <cstdint>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/frame/draw_list.hpp"
#include "ipc/frame/slot_layout.hpp"

namespace reelpool {

/// Canvases are written in whole tiles of the compositor's shader.
inline constexpr std::uint32_t canvas_tile_width = 128;
inline constexpr std::uint32_t canvas_tile_height = 8;

/// The level that `level` is halved from, once: along both axes as long as both are left, then
/// along the other one. Not of {0, 0}.
[[nodiscard]] Level halved_from(Level level);

/// Puts in order, and adds what is halved on the way.
[[nodiscard]] std::vector<Level> with_ways(const std::vector<Level>& levels);

/// Refuses levels that do not ascend, that do not begin with {0, 0}, or that miss the one that
/// another is halved from.
[[nodiscard]] Status validate_levels(const std::vector<Level>& levels);

/// Where the planes of one level of a canvas lie: three planes of 16-bit samples at full
/// resolution, and its alpha if it has one. The same in both processes, whatever the output is: an
/// output of fewer planes leaves some unused.
/// Errors: a size that no picture has.
[[nodiscard]] Result<SlotLayout> canvas_layout(const DrawCanvas& canvas, Level level);

/// The memory of all canvases of a draw list, all levels included; they lie one after the other.
/// Errors: a size that no picture has.
[[nodiscard]] Result<CanvasBytes> canvas_bytes(const DrawList& list);

}  // namespace reelpool
