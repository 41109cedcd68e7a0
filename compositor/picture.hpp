#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include "ipc/frame/draw_list.hpp"

namespace reelpool::compositor {

/// A finished output picture in planar memory, on its way from the renderer to the encoder.
/// Planes follow the output's PixelFormat order; strides are multiples of 64 bytes.
/// Owner: whoever holds `hold`; when its last copy goes, the memory (an output buffer or a slot)
/// is given back. Thread: `hold` may be dropped on any thread.
struct Picture {
    OutputIndex index;
    std::array<const std::byte*, 4> planes{};
    std::array<std::uint32_t, 4> strides_bytes{};
    std::shared_ptr<void> hold;
    /// The planes are a decoder's slot itself, which stays leased while `hold` lives.
    bool is_slot = false;
    std::uint64_t composite_us = 0;  ///< time to submit it, and on the device
};

}  // namespace reelpool::compositor
