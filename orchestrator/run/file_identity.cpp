#include "orchestrator/run/file_identity.hpp"

#include <sys/stat.h>

namespace reelpool::run {
namespace {

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::optional<FileIdentity> identity_of(const UniqueFd& file) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return std::nullopt;
    return FileIdentity{.device = status.st_dev,
                        .inode = status.st_ino,
                        .size_bytes = status.st_size,
                        .mtime_ns = nanoseconds(status.st_mtim),
                        .ctime_ns = nanoseconds(status.st_ctim)};
}

}  // namespace reelpool::run
