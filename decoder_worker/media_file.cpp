#include "decoder_worker/media_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ipc/base/file_status.hpp"

namespace reelpool::worker {
namespace {

Unexpected unusable(const char* what, std::string cause = {}) {
    return unexpected({.code = ErrorCode::media,
                       .component = Component::worker,
                       .subject = {},
                       .what = what,
                       .cause = std::move(cause),
                       .hint = {}});
}

}  // namespace

Result<std::shared_ptr<MediaFile>> MediaFile::open(UniqueFd fd,
                                                   std::shared_ptr<Progress> progress) {
    struct stat status {};
    if (file_status(fd.get(), status) != 0)
        return unusable("the media file cannot be examined", std::strerror(errno));
    if (S_ISDIR(status.st_mode)) return unusable("the media file is a directory");
    if (!S_ISREG(status.st_mode)) return unusable("the media file is not a regular file");
    if (status.st_size == 0) return unusable("the media file is empty");
    return std::make_shared<MediaFile>(std::move(fd), status.st_size, std::move(progress));
}

int MediaFile::read_at(std::int64_t offset, std::uint8_t* buffer, int bytes) {
    ssize_t got = -1;
    do {
        got = ::pread(fd_.get(), buffer, static_cast<std::size_t>(bytes), offset);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return -errno;
    note_progress();
    bytes_read_.fetch_add(static_cast<std::uint64_t>(got), std::memory_order_relaxed);
    return static_cast<int>(got);
}

}  // namespace reelpool::worker
