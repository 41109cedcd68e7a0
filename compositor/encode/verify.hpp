#pragma once

#include <cstdint>

#include "compositor/encode/av_handles.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

/// Reads a finished container file back: it has `frames` packets at the exact times, decoding times
/// ascend, the beginning of the first and the whole last group of pictures decode without a flaw.
/// Its sound, if it shall have some, is there, of the right kind and length.
/// Errors: output, naming what does not hold.
[[nodiscard]] Status verify_file(int fd, const OutputSettings& settings, std::uint32_t frames);

/// Reads a container without pictures back: one stream of the right codec, rate and channels, whose
/// packets are all there and cover its length, to an encoder's frame.
/// Errors: output, naming what does not hold.
[[nodiscard]] Status verify_sound_file(int fd, const OutputSettings& settings);

/// The same for one picture of a sequence: it decodes and has the right size.
[[nodiscard]] Status verify_picture(int fd, const std::string& path, Codec kind,
                                    const OutputFormat& format);

}  // namespace reelpool::compositor
