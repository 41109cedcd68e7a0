#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "decoder_worker/progress.hpp"
#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"

namespace reelpool::worker {

/// One medium's bytes, read by position so that several readers share one descriptor.
/// Thread: any.
class MediaFile {
  public:
    /// Errors: media where the descriptor is no readable regular file or the file is empty.
    /// `progress`: told of everything that is read; may be null.
    [[nodiscard]] static Result<std::shared_ptr<MediaFile>> open(
        UniqueFd fd, std::shared_ptr<Progress> progress = nullptr);

    MediaFile(UniqueFd fd, std::int64_t size_bytes, std::shared_ptr<Progress> progress)
        : fd_(std::move(fd)), size_bytes_(size_bytes), progress_(std::move(progress)) {}

    /// How many bytes were read, 0 at the end, or a negative errno.
    [[nodiscard]] int read_at(std::int64_t offset, std::uint8_t* buffer, int bytes);
    /// As it was when the file was opened.
    [[nodiscard]] std::int64_t size_bytes() const { return size_bytes_; }
    [[nodiscard]] std::uint64_t bytes_read() const {
        return bytes_read_.load(std::memory_order_relaxed);
    }
    /// Something came of what was read.
    void note_progress() const {
        if (progress_) progress_->note();
    }

  private:
    UniqueFd fd_;
    std::int64_t size_bytes_ = 0;
    std::shared_ptr<Progress> progress_;
    std::atomic<std::uint64_t> bytes_read_{0};
};

}  // namespace reelpool::worker
