#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace reelpool::run {

/// How long one output frame had to wait for its pictures, at most, and how long because a worker
/// had died: every frame counts that was to be planned soon when it did. A wait begins when nothing
/// else keeps the frame from being drawn.
class FrameWait {
  public:
    using Clock = std::chrono::steady_clock;
    struct Longest {
        std::chrono::milliseconds of_all{0};
        std::chrono::milliseconds after_deaths{0};
    };

    /// `frame` waits now; nothing: none does.
    void look(std::optional<std::uint32_t> frame, Clock::time_point now) {
        if (frame == frame_) return;
        if (frame_) {
            const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(now - since_);
            longest_.of_all = std::max(longest_.of_all, wait);
            if (*frame_ < deaths_end_)
                longest_.after_deaths = std::max(longest_.after_deaths, wait);
        }
        frame_ = frame;
        since_ = now;
    }
    /// A worker has died: frames before this one may feel it.
    void note_death(std::uint32_t end) { deaths_end_ = std::max(deaths_end_, end); }

    [[nodiscard]] const Longest& longest() const { return longest_; }

  private:
    std::optional<std::uint32_t> frame_;
    Clock::time_point since_;
    std::uint32_t deaths_end_ = 0;
    Longest longest_;
};

}  // namespace reelpool::run
