#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "ipc/frame/frame_table.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::seek_stress {

/// In which order frames are asked for.
enum class Pattern : std::uint8_t {
    random,       ///< single frames anywhere
    backwards,    ///< one before the other
    strided,      ///< forwards in equal steps; a seek only where a keyframe lies in between
    forwards,     ///< one run without a seek inside
    interleaved,  ///< two cursors by turns, each forwards
};
inline constexpr std::array all_patterns = {Pattern::random, Pattern::backwards, Pattern::strided,
                                            Pattern::forwards, Pattern::interleaved};
[[nodiscard]] const char* pattern_name(Pattern pattern);

/// One Decode message: frames ascend.
struct Request {
    std::uint32_t cursor = 0;
    std::uint32_t seek_to = wire::no_seek;
    std::vector<std::uint32_t> frames;
};

/// Makes requests that a worker must be able to serve, from a table and a seed, always the same.
/// It remembers where each cursor stands; every request that it makes must be sent.
class AccessPatterns {
  public:
    /// `table` must outlive the object.
    AccessPatterns(const FrameTable& table, std::uint32_t cursors, std::uint64_t seed);

    /// Requests for `frames` frames in all (fewer at the end of the file), at a random place.
    [[nodiscard]] std::vector<Request> make(Pattern pattern, std::uint32_t frames);
    /// The same in a random pattern.
    [[nodiscard]] std::vector<Request> make(std::uint32_t frames);

  private:
    [[nodiscard]] std::uint32_t below(std::uint32_t limit);
    [[nodiscard]] std::uint32_t any_frame() { return below(table_.frame_count()); }
    [[nodiscard]] std::uint32_t any_cursor() {
        return below(static_cast<std::uint32_t>(positions_.size()));
    }
    [[nodiscard]] Request jump(std::uint32_t cursor, std::uint32_t frame);
    [[nodiscard]] Request step(std::uint32_t cursor, std::uint32_t frame);
    [[nodiscard]] std::vector<Request> strided(std::uint32_t frames);
    [[nodiscard]] std::vector<Request> interleaved(std::uint32_t frames);

    const FrameTable& table_;
    std::mt19937_64 random_;
    std::vector<std::int64_t> positions_;  ///< per cursor: its last frame, -1 before the first
};

}  // namespace reelpool::seek_stress
