#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "ipc/process/event_loop.hpp"

namespace reelpool::run {

/// Watches a process that owes answers. There is one timer, and it runs only while something is
/// owed: after half of the patience without a sign of life the process is asked whether it moves;
/// if the other half passes without one, it hangs. So what is slow lives as long as it moves, and
/// what has not moved for the patience's length does not, nor what moves for ever and never answers
/// (`most_asked` times in a row).
/// Thread: the event loop's. Callbacks must not destroy their watch.
class AnswerWatch {
  public:
    static constexpr std::uint32_t most_asked = 120;

    struct Events {
        std::function<void()> ask;      ///< may do nothing
        std::function<void()> on_hang;  ///< once; the watch has ended
        /// Whether it has moved since it was last looked at, where that can be seen from outside;
        /// asked when half of the patience is over, and when all of it is. Empty: it cannot.
        std::function<bool()> has_moved{};
    };
    AnswerWatch(EventLoop& loop, std::chrono::milliseconds patience, Events events)
        : loop_(loop), patience_(patience), events_(std::move(events)) {}

    /// So many more answers are owed.
    void owe(std::uint64_t answers);
    /// So many have come.
    void settle(std::uint64_t answers);
    /// It says that it has moved on, though not to an answer.
    void note_moved();
    void end();

    [[nodiscard]] bool is_anything_owed() const { return owed_ > 0; }
    [[nodiscard]] bool is_asked() const { return state_ == State::asked; }

  private:
    using Clock = std::chrono::steady_clock;
    enum class State : std::uint8_t { idle, trusting, asked, ended };
    void trust();
    [[nodiscard]] bool is_seen_moving() const { return events_.has_moved && events_.has_moved(); }
    void wait(std::chrono::milliseconds delay);
    void on_timer();

    EventLoop& loop_;
    std::chrono::milliseconds patience_;
    Events events_;
    State state_ = State::idle;
    std::uint64_t owed_ = 0;
    std::uint32_t times_asked_ = 0;  ///< since the last answer
    Clock::time_point trusted_at_;
    Clock::time_point due_;
    EventLoop::Registration timer_;
};

}  // namespace reelpool::run
