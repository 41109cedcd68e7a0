#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "decoder_worker/media_index.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/frame/media_info.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::worker {

/// Everything that opening a file found out, so that the next worker need not look again.
struct TableRecord {
    MediaInfo info;
    MediaIndex index;
};

/// A record as bytes, for whoever keeps them: they are read back only by the same version of this
/// program with the same FFmpeg, for the same wishes. Nothing if they would be too many.
[[nodiscard]] std::vector<std::byte> encode_entry(const TableRecord& record,
                                                  const wire::OpenMedia& wishes);

/// What was encoded, or nothing where the bytes are damaged, strange, or meant for other wishes.
/// They are trusted as little as a file: everything is checked.
[[nodiscard]] std::optional<TableRecord> decode_entry(std::span<const std::byte> bytes,
                                                      const wire::OpenMedia& wishes);

/// The bytes from a descriptor's offset to its end; empty where they cannot be read or are too
/// many.
[[nodiscard]] std::vector<std::byte> read_entry(const UniqueFd& entry);

}  // namespace reelpool::worker
