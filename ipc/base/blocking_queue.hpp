#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace reelpool {

/// How threads of one process hand values to each other, in order. Thread: any.
template <class Value>
class BlockingQueue {
  public:
    /// What a push found: whoever fills an empty queue wakes its reader.
    enum class Found : std::uint8_t { empty, filled, closed };

    /// A value pushed after `close` is dropped.
    Found push(Value value) {
        const std::lock_guard lock(mutex_);
        if (is_closed_) return Found::closed;
        const Found found = values_.empty() ? Found::empty : Found::filled;
        values_.push_back(std::move(value));
        filled_.notify_one();
        return found;
    }

    /// The next value; waits for one. Nothing once the queue is closed and empty.
    [[nodiscard]] std::optional<Value> pop() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return is_closed_ || !values_.empty(); });
        if (values_.empty()) return std::nullopt;
        std::optional<Value> value(std::move(values_.front()));
        values_.pop_front();
        return value;
    }

    /// The next value if there is one now.
    [[nodiscard]] std::optional<Value> try_pop() {
        const std::lock_guard lock(mutex_);
        if (values_.empty()) return std::nullopt;
        std::optional<Value> value(std::move(values_.front()));
        values_.pop_front();
        return value;
    }

    /// Everything that is there now, without waiting.
    [[nodiscard]] std::deque<Value> take_all() {
        const std::lock_guard lock(mutex_);
        return std::exchange(values_, {});
    }

    /// What is in the queue can still be taken.
    void close() {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        filled_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable filled_;
    std::deque<Value> values_;
    bool is_closed_ = false;
};

}  // namespace reelpool
