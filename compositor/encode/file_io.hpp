#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "compositor/encode/av_handles.hpp"
#include "ipc/base/unique_fd.hpp"

extern "C" {
#include <libavformat/avio.h>
}

namespace reelpool::compositor {

/// The file being written. Deleted with this object unless it was kept.
class PartFile {
  public:
    /// Errors: output, the path exists already or cannot be created.
    [[nodiscard]] static Result<std::unique_ptr<PartFile>> create(const std::string& path);

    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;
    ~PartFile();

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Brings everything to the disk.
    [[nodiscard]] Status sync() const;
    [[nodiscard]] Result<std::uint64_t> size_bytes() const;
    void keep() { kept_ = true; }

  private:
    PartFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

    std::string path_;
    UniqueFd fd_;
    bool kept_ = false;
};

/// FFmpeg's view of an open descriptor, with a position of its own, so that several of them can
/// work on one file. Remembers the first errno, which FFmpeg's own functions lose.
class FileIo {
  public:
    enum class Mode { read, write };

    /// `fd` stays the caller's. Errors: retryable, no memory.
    [[nodiscard]] static Result<std::unique_ptr<FileIo>> open(int fd, Mode mode);

    FileIo(const FileIo&) = delete;
    FileIo& operator=(const FileIo&) = delete;
    ~FileIo();

    [[nodiscard]] AVIOContext* context() const { return context_; }
    /// 0: nothing has failed.
    [[nodiscard]] int first_errno() const { return first_errno_; }
    /// Thread: any.
    [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }

  private:
    explicit FileIo(int fd) : fd_(fd) {}
    static int read(void* self, std::uint8_t* buffer, int bytes);
    static int write(void* self, std::uint8_t* buffer, int bytes);
    static std::int64_t seek(void* self, std::int64_t offset, int whence);
    int failed(int errno_value);

    int fd_;
    AVIOContext* context_ = nullptr;
    std::int64_t position_ = 0;
    int first_errno_ = 0;
    std::atomic<std::uint64_t> bytes_written_{0};
};

/// Writes all of it, at the descriptor's position. Gives 0 or an errno.
[[nodiscard]] int write_fully(int fd, const std::uint8_t* data, std::size_t bytes);

}  // namespace reelpool::compositor
