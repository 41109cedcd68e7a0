#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace reelpool {

/// The one thread of a process that owns all state (Boost.Asio underneath). Thread: that one, except
/// for `post` and `stop`. Errors: throws std::system_error where no descriptor is left in the system.
class EventLoop {
  public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Runs until `stop`, or until nothing is left to wait for.
    void run();
    void stop();
    /// Runs `task` on the loop's thread, soon. Thread: any.
    void post(std::function<void()> task);

    /// Stops watching or waiting when destroyed; its callback is not called afterwards.
    class Registration {
      public:
        struct State;
        Registration() = default;
        explicit Registration(std::shared_ptr<State> state);
        Registration(Registration&&) noexcept = default;
        Registration& operator=(Registration&& other) noexcept;
        ~Registration();
        void cancel();

      private:
        std::shared_ptr<State> state_;
    };

    /// Calls back every time `fd` can be read, until cancelled. Owner: the caller keeps the fd,
    /// and keeps it open as long as the registration.
    [[nodiscard]] Registration on_readable(int fd, std::function<void()> callback);
    /// Likewise for writing.
    [[nodiscard]] Registration on_writable(int fd, std::function<void()> callback);
    /// Calls back once after `delay` (steady clock).
    [[nodiscard]] Registration after(std::chrono::milliseconds delay,
                                     std::function<void()> callback);
    /// Calls back for each SIGINT or SIGTERM with the signal's number.
    [[nodiscard]] Registration on_termination(std::function<void(int)> callback);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace reelpool
