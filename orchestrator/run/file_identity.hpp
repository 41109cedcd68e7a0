#pragma once

#include <cstdint>
#include <optional>

#include "ipc/base/unique_fd.hpp"

namespace reelpool::run {

/// Which file, and in which state: two equal ones mean that nobody wrote to it in between, as far
/// as the file system's clock can tell.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size_bytes = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// Nothing if the file cannot be examined.
[[nodiscard]] std::optional<FileIdentity> identity_of(const UniqueFd& file);

}  // namespace reelpool::run
