#pragma once

#include <compare>
#include <cstdint>
#include <functional>

#include "ipc/base/ids.hpp"
#include "ipc/frame/slot_layout.hpp"

namespace reelpool::plan {

/// One source frame at one level: what a layer reads and a slot holds.
struct FrameKey {
    MediaId media;
    FrameIndex frame;
    Level level;
    friend auto operator<=>(const FrameKey&, const FrameKey&) = default;
};

/// "Nobody wants it again", later than every output frame.
inline constexpr std::uint32_t never = 0xffffffff;

}  // namespace reelpool::plan

template <>
struct std::hash<reelpool::plan::FrameKey> {
    std::size_t operator()(const reelpool::plan::FrameKey& key) const noexcept {
        const std::uint64_t a = (std::uint64_t{key.media.value} << 32) | key.frame.value;
        const std::uint64_t b = static_cast<std::uint64_t>(key.level.x * 16 + key.level.y);
        return static_cast<std::size_t>((a * 0x9e3779b97f4a7c15ULL) ^ (b * 0xc2b2ae3d27d4eb4fULL));
    }
};
