#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/base/rational.hpp"
#include "ipc/base/result.hpp"

namespace reelpool {

/// Samples of one channel in a block, at the mix rate: a third of a second at 48 kHz.
inline constexpr std::uint32_t sound_block_samples = 16384;
inline constexpr std::uint32_t max_sound_channels = 64;
/// Decoding begins so long before what is wanted: lossy codecs need a while to settle.
inline constexpr std::uint32_t sound_preroll_seconds = 1;
inline constexpr std::uint32_t min_sound_rate_hz = 1'000;
inline constexpr std::uint32_t max_sound_rate_hz = 768'000;
/// A medium has no more blocks: at 48 kHz a year of sound.
inline constexpr std::uint32_t max_sound_blocks = 100'000'000;

/// The sound of a medium: of the stream that plays, as it is coded.
struct SoundInfo {
    std::string codec;           ///< FFmpeg's name
    std::uint32_t rate_hz = 0;   ///< min_sound_rate_hz..max_sound_rate_hz
    std::uint32_t channels = 0;  ///< 1..max_sound_channels
    /// Which speakers the channels are of, in the order of the bits (FFmpeg's AV_CH_*; WAVE's
    /// below bit 18). As many bits as channels. Where the file only counts its channels: the usual
    /// layout of so many. 0: there is none, or the file says something that no mask can.
    std::uint64_t layout_mask = 0;
    /// Of the first sample that is heard (priming removed, edit lists obeyed), on the source's
    /// clock: 0 is the first picture that is presented, of media without pictures the first sample
    /// that is heard. May be < 0.
    Time first_sample = 0;
    /// From the first to the end of the last sample, as far as the file tells before it is decoded;
    /// 0: it does not tell.
    Time duration = 0;
    friend bool operator==(const SoundInfo&, const SoundInfo&) = default;
};

/// Block k of a medium's sound: the samples [k * sound_block_samples, (k + 1) * ...) at the mix
/// rate, counted from 0 of the source's clock. Before the first and after the last sample, and
/// where samples are missing, there is digital zero. What a block holds depends on the file and the
/// mix rate alone.
struct SoundBlockRef {
    MediaId media;
    std::uint32_t block = 0;
    friend auto operator<=>(const SoundBlockRef&, const SoundBlockRef&) = default;
};

/// A stretch of the mix, and what it is mixed from.
struct SoundChunk {
    std::uint32_t chunk = 0;            ///< consecutive in the order of mixing
    std::vector<SoundBlockRef> blocks;  ///< ascending, each once; may be empty
    friend bool operator==(const SoundChunk&, const SoundChunk&) = default;
};

/// Where a block lies: planar 32-bit float, channel c of SoundInfo from
/// `offset_bytes + c * sound_block_samples * 4` on.
struct SoundSlot {
    MediaId media;
    std::uint32_t block = 0;
    SegmentId segment;
    std::uint32_t offset_bytes = 0;
    Generation generation;
    friend bool operator==(const SoundSlot&, const SoundSlot&) = default;
};

/// Refuses what no sound may be; descriptions come from untrusted workers.
[[nodiscard]] Status validate(const SoundInfo& sound);

/// The bytes of a block of so many channels.
[[nodiscard]] constexpr std::uint32_t sound_block_bytes(std::uint32_t channels) {
    return channels * sound_block_samples * static_cast<std::uint32_t>(sizeof(float));
}
/// Of the segment that holds one such block (a whole number of pages).
static_assert(sound_block_bytes(1) % 4096 == 0);

}  // namespace reelpool
