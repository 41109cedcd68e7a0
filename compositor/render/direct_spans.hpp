#pragma once

#include <cstddef>
#include <vector>

#include "compositor/render/tile_lists.hpp"

namespace reelpool::compositor {

/// Copies and fills what needs no arithmetic, into an output buffer at `data`. Samples are clamped
/// to `max_code`, as the shader's are: a slot may hold anything.
void write_spans(const std::vector<DirectSpan>& spans, const OutputLayout& layout,
                 std::uint16_t max_code, std::byte* data);

}  // namespace reelpool::compositor
