#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "compositor/render/aperture.hpp"
#include "compositor/render/frame_context.hpp"
#include "compositor/vk/device.hpp"
#include "ipc/base/result.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::compositor {

/// ok() if the device's shaders can read slots where they lie. Probed by importing a sealed
/// memfd's read-only mapping; the Error's text says why not.
[[nodiscard]] Status probe_host_pointer(const vk::Device& device);

/// The strategy that a device gets: what was asked for, or the best that works.
/// Errors: `host_pointer` was asked for and does not work.
[[nodiscard]] Result<wire::FrameAccess> choose_access(const vk::Device& device,
                                                      wire::FrameAccess wanted);

/// "host-pointer" or "staging".
[[nodiscard]] std::string strategy_name(wire::FrameAccess access);

/// How many bytes one arena may have on this device.
[[nodiscard]] std::uint64_t arena_limit(const vk::Device& device);

/// The whole aperture as the shader's arena.
[[nodiscard]] Result<TexelBuffer> import_aperture(const vk::Device& device,
                                                  const Aperture& aperture);

}  // namespace reelpool::compositor
