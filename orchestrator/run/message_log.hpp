#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

namespace reelpool::run {

/// The last messages of a channel, for when something goes wrong.
class MessageLog {
  public:
    enum class Direction : std::uint8_t { sent, received };
    struct Entry {
        std::chrono::steady_clock::time_point at;
        Direction direction = Direction::sent;
        const char* name = "";     ///< a literal
        std::uint64_t about = 0;   ///< the id that the message is about
        std::uint64_t amount = 0;  ///< of whatever it brings
    };

    void note(Direction direction, const char* name, std::uint64_t about = 0,
              std::uint64_t amount = 0) {
        entries_[next_ % capacity] = {std::chrono::steady_clock::now(), direction, name, about,
                                      amount};
        ++next_;
    }
    /// The oldest first.
    [[nodiscard]] std::vector<Entry> entries() const {
        std::vector<Entry> list;
        for (std::uint64_t i = next_ > capacity ? next_ - capacity : 0; i < next_; ++i)
            list.push_back(entries_[i % capacity]);
        return list;
    }
    /// Messages that there were, the forgotten ones included.
    [[nodiscard]] std::uint64_t count() const { return next_; }

  private:
    static constexpr std::uint64_t capacity = 64;
    std::array<Entry, capacity> entries_{};
    std::uint64_t next_ = 0;
};

}  // namespace reelpool::run
