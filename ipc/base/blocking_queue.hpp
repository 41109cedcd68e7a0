#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace reelpool {

/// How threads of one process hand values to each other.
/// Thread: any. After `close`, what is still queued comes out and then nothing.
template <class T>
class BlockingQueue {
  public:
    void push(T value) {
        {
            const std::lock_guard lock(mutex_);
            if (is_closed_) return;
            values_.push_back(std::move(value));
        }
        changed_.notify_one();
    }

    /// Waits for a value; nothing when the queue is closed and empty.
    [[nodiscard]] std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !values_.empty() || is_closed_; });
        return take();
    }

    /// A value if there is one now.
    [[nodiscard]] std::optional<T> try_pop() {
        const std::lock_guard lock(mutex_);
        return take();
    }

    void close() {
        {
            const std::lock_guard lock(mutex_);
            is_closed_ = true;
        }
        changed_.notify_all();
    }

  private:
    std::optional<T> take() {
        if (values_.empty()) return std::nullopt;
        std::optional<T> value(std::move(values_.front()));
        values_.pop_front();
        return value;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<T> values_;
    bool is_closed_ = false;
};

}  // namespace reelpool
