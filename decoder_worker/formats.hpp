#pragma once

#include <string>

namespace reelpool::worker {

/// The names of all demuxers but those that open what a file names (playlists, manifests, session
/// descriptions, numbered pictures) or that read no file at all (devices, network), and but those
/// of libraries for music alone; as libavformat's format_whitelist takes them.
/// Thread: any; the first call takes a millisecond.
[[nodiscard]] const std::string& allowed_formats();

/// A file of more streams is refused.
inline constexpr int max_streams = 1000;

}  // namespace reelpool::worker
