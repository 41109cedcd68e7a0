#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ipc/base/result.hpp"

namespace reelpool {

enum class Container : std::uint8_t;

/// pcm16, pcm24 and pcm32f are samples as they are, little-endian.
enum class SoundCodec : std::uint8_t { aac, opus, flac, pcm16, pcm24, pcm32f, ac3, mp3, vorbis };

/// Which speakers the output has.
enum class SoundLayout : std::uint8_t {
    mono,
    stereo,
    surround_3_0,
    quad,
    surround_5_0,
    surround_5_1,
    surround_6_1,
    surround_7_1
};

/// The bits of layout masks that this program has a meaning for (FFmpeg's AV_CH_*, WAVE's order).
namespace speaker {
inline constexpr std::uint64_t front_left = 1U << 0, front_right = 1U << 1, front_center = 1U << 2,
                               low_frequency = 1U << 3, back_left = 1U << 4, back_right = 1U << 5,
                               front_left_of_center = 1U << 6, front_right_of_center = 1U << 7,
                               back_center = 1U << 8, side_left = 1U << 9, side_right = 1U << 10,
                               top_center = 1U << 11, top_front_left = 1U << 12,
                               top_front_center = 1U << 13, top_front_right = 1U << 14,
                               top_back_left = 1U << 15, top_back_center = 1U << 16,
                               top_back_right = 1U << 17;
}  // namespace speaker

inline constexpr std::uint32_t max_output_channels = 8;

/// Samples of the export that are mixed at a time.
inline constexpr std::uint32_t sound_chunk_samples = 48000;

/// Everything that decides the bytes of an output's sound besides its samples.
struct SoundSettings {
    SoundCodec codec = SoundCodec::aac;
    std::uint32_t rate_hz = 48000;  ///< of the mix and of the output
    SoundLayout layout = SoundLayout::stereo;
    std::uint64_t bitrate = 0;  ///< bits per second; 0: the codec's default of ours
    std::uint64_t samples = 0;  ///< of each channel: frames / fps, rounded
    std::optional<double> loudness_lufs = {};  ///< nothing: as it is mixed

    friend bool operator==(const SoundSettings&, const SoundSettings&) = default;
};

/// The name on the command line, such as "aac".
[[nodiscard]] const char* sound_codec_name(SoundCodec codec);
/// Errors: a name that is none of ours; the hint lists them.
[[nodiscard]] Result<SoundCodec> parse_sound_codec(std::string_view name);
/// As in "channelLayout", such as "5.1".
[[nodiscard]] const char* layout_name(SoundLayout layout);
/// The speakers of a layout, in the order of the bits: its channels.
[[nodiscard]] std::uint64_t layout_mask(SoundLayout layout);
[[nodiscard]] std::uint32_t channel_count(SoundLayout layout);
/// What so many channels are when nobody says more (1..8).
[[nodiscard]] SoundLayout usual_layout(std::uint32_t channels);

/// What is taken when the user names no codec. Nothing: the container holds no sound.
[[nodiscard]] std::optional<SoundCodec> default_sound_codec(Container container);
/// The file has no pictures.
[[nodiscard]] bool is_sound_only(Container container);

/// Finds what is wrong with the settings and can be known without the encoder.
/// Errors: code usage; the first thing that is wrong, and what would be right.
[[nodiscard]] Status validate(const SoundSettings& settings, Container container);

/// Bits per second that the encoder is asked for; 0: the codec has none.
[[nodiscard]] std::uint64_t effective_bitrate(const SoundSettings& settings);

}  // namespace reelpool
