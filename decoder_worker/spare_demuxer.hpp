#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "decoder_worker/demuxer.hpp"

namespace reelpool::worker {

/// The demuxer that examined the file, kept for the first cursor: reading a long file's index again
/// takes as long as decoding several frames. Thread: any.
class SpareDemuxer {
  public:
    void keep(std::shared_ptr<Demuxer> demuxer) {
        const std::scoped_lock lock(mutex_);
        demuxer_ = std::move(demuxer);
    }
    /// It stands anywhere: seek first. Empty if there is none (any more).
    [[nodiscard]] std::shared_ptr<Demuxer> take() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(demuxer_, nullptr);
    }

  private:
    std::mutex mutex_;
    std::shared_ptr<Demuxer> demuxer_;
};

}  // namespace reelpool::worker
