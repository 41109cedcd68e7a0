#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "ipc/base/result.hpp"
#include "ipc/frame/draw_list.hpp"

namespace reelpool::compositor {

/// The most layers that one frame may draw, every use of a group counted.
inline constexpr std::uint64_t max_drawn_layers = 16384;
/// The most canvases that one frame may draw.
inline constexpr std::uint64_t max_canvases = 1024;
/// The deepest nesting.
inline constexpr std::uint32_t max_nesting = 1024;

/// The bytes of a segment, or nothing if it is not mapped.
using SegmentBytes = std::function<std::optional<std::uint64_t>(SegmentId)>;

/// Refuses a draw list that the renderer could not draw safely: unknown segments, slots that reach
/// beyond theirs, effects whose tables are not among those of `table_bytes`, groups and canvases
/// that are not below their owner, numbers that are not finite, enumerators that do not exist,
/// unsupported colour. What passes can be drawn without further checks.
[[nodiscard]] Status check_draw_list(const DrawList& list, const SegmentBytes& segment_bytes,
                                     std::uint64_t table_bytes = 0);

/// Refuses an output picture that cannot be rendered.
[[nodiscard]] Status check_output(const OutputFormat& output);

}  // namespace reelpool::compositor
