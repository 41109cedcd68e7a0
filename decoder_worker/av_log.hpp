#pragma once

#include <string>

namespace reelpool::worker {

/// Keeps FFmpeg from writing to stderr and remembers its last complaints instead. Thread: any.
void capture_av_log();

/// The last complaints since the previous call, as one printable line of at most 400 characters;
/// empty if there were none. Thread: any.
[[nodiscard]] std::string take_av_log();

}  // namespace reelpool::worker
