#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/run/file_identity.hpp"
#include "orchestrator/run/media_root.hpp"

namespace reelpool::run {

/// A medium as a project names it.
struct MediaRequest {
    std::string name;  ///< for messages
    std::string path;  ///< absolute, or relative to the working directory; %0Nd for a sequence
    bool is_sequence = false;
    std::int64_t first = 1;  ///< sequence: number of the first picture
    wire::AlphaMode alpha = wire::AlphaMode::straight;
    ColorMatrix matrix_override = ColorMatrix::unspecified;
    ColorRange range_override = ColorRange::unspecified;
    wire::FrameUnit unit = wire::FrameUnit::frame;
    std::shared_ptr<const MediaRoot> root{};  ///< null: it may lie anywhere
};

/// One unique file, open for reading, or one image sequence.
struct MediaFile {
    MediaId id;
    std::string path;  ///< the first name under which it was asked for
    UniqueFd file;     ///< of a sequence: the first picture
    bool is_sequence = false;
    std::vector<std::string> pictures;  ///< paths of a sequence, in order, without gaps
    wire::OpenMedia open;
    FileIdentity identity{};                  ///< of `file`, before anything of it was read
    std::shared_ptr<const MediaRoot> root{};  ///< what a sequence's pictures must lie beneath
};

struct MediaFiles {
    std::vector<MediaFile> files;     ///< by MediaId
    std::vector<MediaId> by_request;  ///< which file each request means
};

/// Opens every medium once. Two requests are one file if they are one inode, or if size and
/// content are equal (sampled blocks first, everything only when these agree), and are to be read
/// the same way.
/// Errors: code media, subject the medium's name and path: missing (with near names), unreadable,
/// a directory or device, empty, outside of its root, a sequence without its first picture.
[[nodiscard]] Result<MediaFiles> open_media(const std::vector<MediaRequest>& requests);

/// "frames/shot_%04d.png" with 7 -> "frames/shot_0007.png". Errors: no or more than one %d.
[[nodiscard]] Result<std::string> numbered_path(const std::string& pattern, std::int64_t number);

/// A regular file, opened read-only. Devices, FIFOs and sockets are refused without having been
/// opened. `root`: what it must lie beneath; null: it may lie anywhere.
[[nodiscard]] Result<UniqueFd> open_regular(const std::string& path, const std::string& subject,
                                            const MediaRoot* root = nullptr);

}  // namespace reelpool::run
