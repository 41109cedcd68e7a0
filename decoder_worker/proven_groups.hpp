#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

namespace reelpool::worker {

/// Groups of pictures that have been decoded from end to end without a sign of damage.
///
/// Only in these are pictures that nobody wants left out (but for DisposablePictures): leaving out a
/// damaged one could hide what decoding it would do to others, and the picture would depend on who
/// asked for what.
/// Thread: any.
class ProvenGroups {
  public:
    explicit ProvenGroups(std::size_t groups) : is_sound_(groups) {}

    void prove(std::size_t group) { is_sound_.at(group).store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool is_sound(std::size_t group) const {
        return is_sound_.at(group).load(std::memory_order_relaxed);
    }

  private:
    std::vector<std::atomic<bool>> is_sound_;
};

}  // namespace reelpool::worker
