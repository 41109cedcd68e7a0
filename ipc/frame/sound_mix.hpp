#pragma once

#include <cstdint>
#include <vector>

#include "ipc/frame/sound_block.hpp"
#include "ipc/frame/sound_effect.hpp"
#include "ipc/frame/sound_settings.hpp"

namespace reelpool {

/// Sound is heard at speeds from 1 / this to this, and silent beyond.
inline constexpr double max_sound_speed = 16;
/// How far the filter that reads between samples reaches, in samples of the slower side.
inline constexpr std::uint32_t resampler_half_taps = 16;

/// Which source samples consecutive samples of the mix are made of.
/// Sample n (first <= n < first + count) is at source position position + fraction +
/// step x (n - first). Where `pitch` is equal to `step`, it is the source's value there; else
/// grains of sound are read with `pitch` and laid where the positions say.
struct SoundRun {
    std::uint64_t first = 0;  ///< sample of the export
    std::uint32_t count = 0;
    std::int64_t position = 0;  ///< source sample at the mix rate; may be < 0
    double fraction = 0;        ///< 0 <= fraction < 1
    double step = 1;            ///< source samples per sample of the mix; < 0: backwards
    double pitch = 1;           ///< of the sign of `step`
    friend bool operator==(const SoundRun&, const SoundRun&) = default;
};

/// One channel of a medium or bus, and the channel of the bus or mix that it is added to.
struct SoundRoute {
    std::uint8_t from = 0;
    std::uint8_t to = 0;
    friend bool operator==(const SoundRoute&, const SoundRoute&) = default;
};

/// What is named where a sound goes into the mix itself.
inline constexpr std::uint32_t main_bus = 0xffffffff;

/// One appearance of a medium's sound in a chunk.
/// Gains are linear factors, given at `points` for every route and linear between; every sample of
/// the runs lies between the first and the last point.
struct SoundVoice {
    std::uint64_t key = 0;  ///< equal for the same appearance in every chunk
    MediaId media;
    std::uint32_t channels = 0;  ///< of the medium
    std::vector<SoundRun> runs;  ///< ascending
    std::vector<SoundRoute> routes;
    std::vector<std::uint64_t> points;  ///< ascending samples of the export
    std::vector<double> gains;          ///< by point, then by route
    std::uint32_t bus = main_bus;       ///< index of the bus that it is added to
    friend bool operator==(const SoundVoice&, const SoundVoice&) = default;
};

/// What is added up before the rest, because effects work on the sum: a clip or a track, wherever it
/// is shown. Gains are of what comes out of the effects, as a voice's are.
struct SoundBus {
    std::uint64_t key = 0;            ///< equal for the same appearance in every chunk
    std::uint32_t parent = main_bus;  ///< index of the bus that it is added to; less than its own
    std::uint64_t layout_mask = 0;    ///< of its channels, one bit for each
    std::uint64_t first = 0;          ///< it is there from this sample of the chunk on
    std::uint32_t count = 0;          ///< for so many
    std::vector<SoundEffect> effects;
    std::vector<SoundRoute> routes;
    std::vector<std::uint64_t> points;
    std::vector<double> gains;
    friend bool operator==(const SoundBus&, const SoundBus&) = default;
};

/// A chunk of the mix: what is added up, and where it lies.
struct SoundMix {
    std::uint32_t chunk = 0;
    std::uint64_t first = 0;    ///< sample of the export
    std::uint32_t samples = 0;  ///< 1..sound_chunk_samples
    std::vector<SoundVoice> voices;
    std::vector<SoundBus> buses = {};  ///< what holds others before these
    std::vector<SoundSlot> slots;  ///< ascending by medium and block; others are silent
    friend bool operator==(const SoundMix&, const SoundMix&) = default;
};

/// Samples from one grain to the next where speed changes and pitch does not. Units: mix samples.
[[nodiscard]] constexpr std::uint32_t grain_hop(std::uint32_t rate_hz) {
    return rate_hz / 50;
}
/// How far a grain may lie beside its place, so that it continues the one before.
[[nodiscard]] constexpr std::uint32_t grain_search(std::uint32_t rate_hz) {
    return rate_hz / 100;
}

/// Source samples [begin, end).
struct SoundReach {
    std::int64_t begin = 0;
    std::int64_t end = 0;
};
/// All that the mixer may read for a run; no source sample beyond is looked at.
[[nodiscard]] SoundReach reach_of(const SoundRun& run, std::uint32_t rate_hz);

}  // namespace reelpool
