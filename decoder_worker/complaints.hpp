#pragma once

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace reelpool::worker {

/// What a codec complained about at error level, by the packet that it was working on.
///
/// A codec context carries its address in `opaque` and the packet's ordinal in `reordered_opaque`,
/// which libavcodec hands on to its threads; the log callback finds both there.
/// Thread: any.
class Complaints {
  public:
    void add(std::int64_t packet) {
        const std::lock_guard lock(mutex_);
        if (packets_.empty() || packets_.back() != packet) packets_.push_back(packet);
    }
    /// The packets since the last call, in the order of the complaints.
    [[nodiscard]] std::vector<std::int64_t> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(packets_, {});
    }

  private:
    std::mutex mutex_;
    std::vector<std::int64_t> packets_;
};

}  // namespace reelpool::worker
