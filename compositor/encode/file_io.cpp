#include "compositor/encode/file_io.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

extern "C" {
#include <libavutil/mem.h>
}

namespace reelpool::compositor {
namespace {

constexpr int io_buffer_bytes = 1 << 18;

}  // namespace

Result<std::unique_ptr<PartFile>> PartFile::create(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd) {
        const int reason = errno;
        return unexpected(file_error(
            path,
            reason == EEXIST ? "the unfinished output exists already" : "cannot create the output",
            reason));
    }
    return std::unique_ptr<PartFile>(new PartFile(path, std::move(fd)));
}

PartFile::~PartFile() {
    if (kept_) return;
    struct stat ours {};
    struct stat there {};
    // Only if the name still means our file.
    if (::fstat(fd_.get(), &ours) == 0 && ::lstat(path_.c_str(), &there) == 0 &&
        ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
        ::unlink(path_.c_str());
}

Status PartFile::sync() const {
    if (::fsync(fd_.get()) == 0) return ok();
    return unexpected(file_error(path_, "cannot bring the output to the disk", errno));
}

Result<std::uint64_t> PartFile::size_bytes() const {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0)
        return unexpected(file_error(path_, "cannot look at the output", errno));
    return static_cast<std::uint64_t>(info.st_size);
}

Result<std::unique_ptr<FileIo>> FileIo::open(int fd, Mode mode) {
    std::unique_ptr<FileIo> io(new FileIo(fd));
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(io_buffer_bytes));
    if (buffer == nullptr)
        return unexpected(encoder_error("cannot make a file buffer", AVERROR(ENOMEM)));
    const bool writes = mode == Mode::write;
    io->context_ = avio_alloc_context(buffer, io_buffer_bytes, writes ? 1 : 0, io.get(),
                                      writes ? nullptr : &FileIo::read,
                                      writes ? &FileIo::write : nullptr, &FileIo::seek);
    if (io->context_ != nullptr) return io;
    av_free(buffer);
    return unexpected(encoder_error("cannot make a file buffer", AVERROR(ENOMEM)));
}

FileIo::~FileIo() {
    if (context_ == nullptr) return;
    av_freep(&context_->buffer);
    avio_context_free(&context_);
}

int FileIo::failed(int errno_value) {
    if (first_errno_ == 0) first_errno_ = errno_value;
    return AVERROR(errno_value);
}

int FileIo::read(void* self, std::uint8_t* buffer, int bytes) {
    auto& io = *static_cast<FileIo*>(self);
    ssize_t got = 0;
    do {
        got = ::pread(io.fd_, buffer, static_cast<std::size_t>(bytes), io.position_);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return io.failed(errno);
    if (got == 0) return AVERROR_EOF;
    io.position_ += got;
    return static_cast<int>(got);
}

int FileIo::write(void* self, std::uint8_t* buffer, int bytes) {
    auto& io = *static_cast<FileIo*>(self);
    int done = 0;
    while (done < bytes) {
        const ssize_t put =
            ::pwrite(io.fd_, buffer + done, static_cast<std::size_t>(bytes - done), io.position_);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return io.failed(errno);
        if (put == 0) return io.failed(EIO);
        io.position_ += put;
        done += static_cast<int>(put);
    }
    io.bytes_written_ += static_cast<std::uint64_t>(bytes);
    return bytes;
}

std::int64_t FileIo::seek(void* self, std::int64_t offset, int whence) {
    auto& io = *static_cast<FileIo*>(self);
    struct stat info {};
    switch (whence & ~AVSEEK_FORCE) {
        case SEEK_SET:
            break;
        case SEEK_CUR:
            offset += io.position_;
            break;
        case SEEK_END:
        case AVSEEK_SIZE:
            if (::fstat(io.fd_, &info) != 0) return io.failed(errno);
            if ((whence & ~AVSEEK_FORCE) == AVSEEK_SIZE) return info.st_size;
            offset += info.st_size;
            break;
        default:
            return AVERROR(EINVAL);
    }
    if (offset < 0) return AVERROR(EINVAL);
    io.position_ = offset;
    return offset;
}

int write_fully(int fd, const std::uint8_t* data, std::size_t bytes) {
    while (bytes > 0) {
        const ssize_t put = ::write(fd, data, bytes);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno;
        if (put == 0) return EIO;
        data += put;
        bytes -= static_cast<std::size_t>(put);
    }
    return 0;
}

}  // namespace reelpool::compositor
