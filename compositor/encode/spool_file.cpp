#include "compositor/encode/spool_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "compositor/encode/av_handles.hpp"

namespace reelpool::compositor {

Result<SpoolFile> SpoolFile::create(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return unexpected(file_error(path, "cannot keep the sound on the disk", errno));
    ::unlink(path.c_str());
    std::FILE* file = ::fdopen(fd, "w+b");
    if (file == nullptr) {
        const int reason = errno;
        ::close(fd);
        return unexpected(file_error(path, "cannot keep the sound on the disk", reason));
    }
    return SpoolFile(path, file);
}

Unexpected SpoolFile::failed(const char* what) const {
    return unexpected(file_error(path_, what, errno != 0 ? errno : EIO));
}

Status SpoolFile::write(const void* data, std::size_t bytes) {
    errno = 0;
    if (bytes > 0 && std::fwrite(data, 1, bytes, file_.get()) != bytes)
        return failed("cannot keep the sound on the disk");
    return ok();
}

Status SpoolFile::rewind() {
    errno = 0;
    if (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0)
        return failed("cannot keep the sound on the disk");
    return ok();
}

Status SpoolFile::read(void* data, std::size_t bytes) {
    errno = 0;
    if (bytes > 0 && std::fread(data, 1, bytes, file_.get()) != bytes)
        return failed("cannot read the sound back from the disk");
    return ok();
}

}  // namespace reelpool::compositor
