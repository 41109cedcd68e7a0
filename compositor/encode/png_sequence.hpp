#pragma once

#include <memory>

#include "compositor/encode/packet_sink.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

/// A new directory with one PNG file per frame, numbered from 0.
/// Errors: output, the directory exists already or cannot be created.
[[nodiscard]] Result<std::unique_ptr<PacketSink>> open_png_sequence(const OutputSettings& settings);

}  // namespace reelpool::compositor
