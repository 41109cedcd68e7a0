#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/frame/media_info.hpp"
#include "tools/seek_stress/child_output.hpp"
#include "tools/seek_stress/picture_hash.hpp"

/// The oracle: what the ffmpeg command line decodes from a file, from its first frame to its last.
namespace reelpool::seek_stress {

/// A hash for every frame that ffmpeg puts out, unrotated, none dropped, none repeated, in the
/// slots' sample format. `info` is what a worker says about the file, its alpha left untouched.
/// Errors: ffmpeg cannot be started, or decodes nothing.
[[nodiscard]] Result<std::vector<PictureHash>> hash_linear_decoding(const std::string& path,
                                                                    const MediaInfo& info,
                                                                    Complaints complaints);

/// The hash of a picture in a slot, comparable with those above.
[[nodiscard]] PictureHash hash_slot(const std::byte* slot, const MediaInfo& info);

}  // namespace reelpool::seek_stress
