#pragma once

#include <cstdint>

#include "compositor/encode/av_handles.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

/// Reads a finished container file back: it has `frames` packets at the exact times, decoding times
/// ascend, the beginning of the first and the whole last group of pictures decode without a flaw.
/// Errors: output, naming what does not hold.
[[nodiscard]] Status verify_file(int fd, const OutputSettings& settings, std::uint32_t frames);

/// The same for one picture of a sequence: it decodes and has the right size.
[[nodiscard]] Status verify_png(int fd, const std::string& path, const OutputFormat& format);

}  // namespace reelpool::compositor
