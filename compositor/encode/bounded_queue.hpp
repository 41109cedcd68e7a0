#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace reelpool::compositor {

/// Hands values from one thread to another, a bounded number at a time.
/// Thread: one producer, one consumer; `abort` from any.
template <class T>
class BoundedQueue {
  public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

    enum class Push { taken, refused };

    /// Waits while the queue is full; refused once it was aborted.
    [[nodiscard]] Push push(T value) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return aborted_ || values_.size() < capacity_; });
        if (aborted_) return Push::refused;
        values_.push_back(std::move(value));
        changed_.notify_all();
        return Push::taken;
    }

    /// No value will follow.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

    /// Waits for a value; nothing once the queue is closed and empty, or aborted.
    [[nodiscard]] std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return aborted_ || closed_ || !values_.empty(); });
        if (values_.empty()) return std::nullopt;
        std::optional<T> value(std::move(values_.front()));
        values_.pop_front();
        changed_.notify_all();
        return value;
    }

    /// Drops what is queued and refuses the rest.
    void abort() {
        std::deque<T> dropped;  // destroyed after the lock is gone
        const std::lock_guard lock(mutex_);
        aborted_ = true;
        dropped.swap(values_);
        changed_.notify_all();
    }

    [[nodiscard]] bool is_aborted() const {
        const std::lock_guard lock(mutex_);
        return aborted_;
    }

  private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<T> values_;
    bool closed_ = false;
    bool aborted_ = false;
};

}  // namespace reelpool::compositor
