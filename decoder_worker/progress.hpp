#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace reelpool::worker {

/// How far a worker has come, for whoever asks whether it still moves: parts of files that were
/// read, packets, pictures. Thread: any.
class Progress {
  public:
    /// `tell` is called, from any thread, when somebody waits for this to go on and it does.
    explicit Progress(std::function<void()> tell) : tell_(std::move(tell)) {}

    void note() {
        count_.fetch_add(1);
        if (is_awaited_.load() && is_awaited_.exchange(false)) tell_();
    }
    [[nodiscard]] std::uint64_t count() const { return count_.load(); }
    /// Calls `tell` as soon as there is more than `known`, which may be at once.
    void await(std::uint64_t known) {
        is_awaited_.store(true);
        if (count() > known && is_awaited_.exchange(false)) tell_();
    }

  private:
    std::function<void()> tell_;
    std::atomic<std::uint64_t> count_{0};
    std::atomic<bool> is_awaited_{false};
};

}  // namespace reelpool::worker
