#pragma once

#include <cstdint>
#include <string>

namespace reelpool {

/// What silence measures. Units: LUFS, dB.
inline constexpr double silence_db = -200;

/// What the sound of an output turned out to be. Loudness by EBU R 128, peaks over full scale 1.
struct SoundResult {
    std::string encoder;  ///< FFmpeg's name
    double mixed_lufs = silence_db;       ///< as it was mixed
    double integrated_lufs = silence_db;  ///< as it was encoded
    double range_lu = 0;
    double true_peak_db = silence_db;
    double gain_db = 0;  ///< what normalisation added
    std::uint64_t clipped_samples = 0;
    double worst_peak_db = silence_db;
    std::uint64_t worst_sample = 0;  ///< of the export: where the worst peak is
    std::uint64_t mix_us = 0;        ///< CPU time
    std::uint64_t encode_us = 0;     ///< likewise
    friend bool operator==(const SoundResult&, const SoundResult&) = default;
};

}  // namespace reelpool
