#include "ipc/frame/sound_settings.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "ipc/frame/output_settings.hpp"
#include "ipc/frame/refused_setting.hpp"

namespace reelpool {
namespace {

using enum Container;

constexpr std::array aac_containers{mp4, mov, mkv, m4a};
constexpr std::array opus_containers{webm, mkv, mp4, opus, ogg};
constexpr std::array flac_containers{mkv, mp4, flac, ogg};
constexpr std::array pcm_containers{wav, mov, mkv, mxf};
constexpr std::array float_containers{wav, mov, mkv};
constexpr std::array ac3_containers{mp4, mov, mkv};
constexpr std::array mp3_containers{mp4, mov, mkv, mp3};
constexpr std::array vorbis_containers{webm, mkv, ogg};

constexpr std::array opus_rates{8000U, 12000U, 16000U, 24000U, 48000U};
constexpr std::array ac3_rates{32000U, 44100U, 48000U};
constexpr std::array mp3_rates{8000U,  11025U, 12000U, 16000U, 22050U,
                               24000U, 32000U, 44100U, 48000U};
constexpr std::array aac_rates{8000U,  11025U, 12000U, 16000U, 22050U, 24000U,
                               32000U, 44100U, 48000U, 64000U, 88200U, 96000U};

/// What one codec takes.
struct SoundRules {
    SoundCodec codec;
    const char* name;
    std::span<const Container> containers;
    std::span<const std::uint32_t> rates_hz;  ///< empty: any
    std::uint32_t max_channels;
    bool takes_6_1;
    std::uint64_t bits_per_second;  ///< our default for stereo at 48 kHz; 0: it takes no bitrate
    std::uint64_t min_bitrate;
    std::uint64_t max_bitrate;
};

constexpr std::array<SoundRules, 9> all_rules{{
    {SoundCodec::aac, "aac", aac_containers, aac_rates, 8, true, 192'000, 16'000, 1'024'000},
    {SoundCodec::opus, "opus", opus_containers, opus_rates, 8, true, 128'000, 6'000, 2'000'000},
    {SoundCodec::flac, "flac", flac_containers, {}, 8, true, 0, 0, 0},
    {SoundCodec::pcm16, "pcm16", pcm_containers, {}, 8, true, 0, 0, 0},
    {SoundCodec::pcm24, "pcm24", pcm_containers, {}, 8, true, 0, 0, 0},
    {SoundCodec::pcm32f, "pcm32f", float_containers, {}, 8, true, 0, 0, 0},
    {SoundCodec::ac3, "ac3", ac3_containers, ac3_rates, 6, false, 224'000, 32'000, 640'000},
    {SoundCodec::mp3, "mp3", mp3_containers, mp3_rates, 2, false, 192'000, 8'000, 320'000},
    {SoundCodec::vorbis, "vorbis", vorbis_containers, {}, 8, true, 160'000, 32'000, 2'000'000},
}};

const SoundRules& rules_of(SoundCodec codec) {
    return all_rules[static_cast<std::size_t>(codec)];
}

struct LayoutFacts {
    const char* name;
    std::uint64_t mask;
};

constexpr std::uint64_t stereo_mask = speaker::front_left | speaker::front_right;
constexpr std::uint64_t back_mask = speaker::back_left | speaker::back_right;
constexpr std::uint64_t side_mask = speaker::side_left | speaker::side_right;
constexpr std::array<LayoutFacts, 8> all_layouts{{
    {"mono", speaker::front_center},
    {"stereo", stereo_mask},
    {"3.0", stereo_mask | speaker::front_center},
    {"quad", stereo_mask | back_mask},
    {"5.0", stereo_mask | speaker::front_center | back_mask},
    {"5.1", stereo_mask | speaker::front_center | speaker::low_frequency | back_mask},
    {"6.1", stereo_mask | speaker::front_center | speaker::low_frequency | speaker::back_center |
                side_mask},
    {"7.1", stereo_mask | speaker::front_center | speaker::low_frequency | back_mask | side_mask},
}};

bool holds(const SoundRules& rules, Container container) {
    return std::find(rules.containers.begin(), rules.containers.end(), container) !=
           rules.containers.end();
}

std::string codecs_of(Container container) {
    std::string text;
    for (const SoundRules& rules : all_rules) {
        if (!holds(rules, container)) continue;
        if (!text.empty()) text += ", ";
        text += rules.name;
    }
    return text;
}

Status check_bitrate(const SoundSettings& settings, const SoundRules& rules) {
    if (settings.bitrate == 0) return ok();
    const std::string bits = std::to_string(settings.bitrate) + " bits per second";
    if (rules.bits_per_second == 0)
        return refused_setting(std::string(rules.name) + " takes no bitrate",
                               "leave --audio-bitrate out");
    if (settings.bitrate < rules.min_bitrate || settings.bitrate > rules.max_bitrate)
        return refused_setting(bits + " are outside what " + rules.name + " takes",
                               std::to_string(rules.min_bitrate) + " to " +
                                   std::to_string(rules.max_bitrate) + " are possible");
    return ok();
}

}  // namespace

const char* sound_codec_name(SoundCodec codec) {
    return rules_of(codec).name;
}

Result<SoundCodec> parse_sound_codec(std::string_view name) {
    for (const SoundRules& rules : all_rules)
        if (name == rules.name) return rules.codec;
    if (name == "pcm") return SoundCodec::pcm24;
    return refused_setting("there is no sound codec \"" + std::string(name) + "\"",
                           "use " + listed(all_rules, [](const SoundRules& r) {
                               return std::string(r.name);
                           }) + ", or none");
}

const char* layout_name(SoundLayout layout) {
    return all_layouts[static_cast<std::size_t>(layout)].name;
}

std::uint64_t layout_mask(SoundLayout layout) {
    return all_layouts[static_cast<std::size_t>(layout)].mask;
}

std::uint32_t channel_count(SoundLayout layout) {
    return static_cast<std::uint32_t>(std::popcount(layout_mask(layout)));
}

SoundLayout usual_layout(std::uint32_t channels) {
    REELPOOL_CHECK(channels >= 1 && channels <= max_output_channels);
    return static_cast<SoundLayout>(channels - 1);
}

std::optional<SoundCodec> default_sound_codec(Container container) {
    switch (container) {
        case mp4:
        case mov:
        case m4a:
            return SoundCodec::aac;
        case mkv:
        case webm:
        case opus:
            return SoundCodec::opus;
        case mxf:
        case wav:
            return SoundCodec::pcm24;
        case flac:
            return SoundCodec::flac;
        case mp3:
            return SoundCodec::mp3;
        case ogg:
            return SoundCodec::vorbis;
        case png_sequence:
            return std::nullopt;
    }
    return std::nullopt;
}

bool is_sound_only(Container container) {
    switch (container) {
        case wav:
        case flac:
        case m4a:
        case opus:
        case mp3:
        case ogg:
            return true;
        case mp4:
        case mov:
        case mkv:
        case webm:
        case mxf:
        case png_sequence:
            return false;
    }
    return false;
}

Status validate(const SoundSettings& settings, Container container) {
    if (settings.codec > SoundCodec::vorbis || settings.layout > SoundLayout::surround_7_1)
        return refused_setting("the sound's codec or layout does not exist", {});
    const SoundRules& rules = rules_of(settings.codec);
    if (!holds(rules, container)) {
        const std::string possible = codecs_of(container);
        return refused_setting(
            std::string(rules.name) + " cannot be written to " + container_name(container),
            possible.empty()
                ? std::string("use --audio none")
                : std::string(container_name(container)) + " takes " + possible + "; " +
                      rules.name + " goes into " + listed(rules.containers, container_name));
    }
    const bool rate_fits = rules.rates_hz.empty()
                               ? settings.rate_hz >= 8000 && settings.rate_hz <= 192'000
                               : std::find(rules.rates_hz.begin(), rules.rates_hz.end(),
                                           settings.rate_hz) != rules.rates_hz.end();
    if (!rate_fits)
        return refused_setting(
            std::string(rules.name) + " has no sample rate of " + std::to_string(settings.rate_hz) +
                " Hz",
            rules.rates_hz.empty()
                ? std::string("8000 to 192000 are possible")
                : "set the main comp's \"sampleRate\" to one of " +
                      listed(rules.rates_hz, [](std::uint32_t r) { return std::to_string(r); }));
    if (container == mxf && settings.rate_hz != 48000)
        return refused_setting("mxf takes sound of 48000 Hz only",
                               "set the main comp's \"sampleRate\"");
    if (channel_count(settings.layout) > rules.max_channels ||
        (settings.layout == SoundLayout::surround_6_1 && !rules.takes_6_1))
        return refused_setting(
            std::string(rules.name) + " cannot code " + layout_name(settings.layout),
            "set another \"channelLayout\" on the main comp, or choose another --audio");
    if (settings.samples == 0)
        return refused_setting("the sound has no samples", "widen the range");
    if (settings.loudness_lufs && !(*settings.loudness_lufs >= -70 && *settings.loudness_lufs <= 0))
        return refused_setting("a loudness must lie in -70..0 LUFS", {});
    return check_bitrate(settings, rules);
}

std::uint64_t effective_bitrate(const SoundSettings& settings) {
    if (settings.bitrate != 0) return settings.bitrate;
    const SoundRules& rules = rules_of(settings.codec);
    const std::uint64_t channels = channel_count(settings.layout);
    switch (settings.codec) {
        case SoundCodec::aac:
        case SoundCodec::opus:
        case SoundCodec::vorbis:
            return std::clamp(rules.bits_per_second * channels / 2, rules.min_bitrate,
                              rules.max_bitrate);
        case SoundCodec::ac3:
            return channels <= 2 ? rules.bits_per_second : 448'000;
        case SoundCodec::mp3:
            // Lower rates are other tables of the standard.
            return settings.rate_hz < 32'000 ? 64'000 : rules.bits_per_second;
        case SoundCodec::flac:
        case SoundCodec::pcm16:
        case SoundCodec::pcm24:
        case SoundCodec::pcm32f:
            return 0;
    }
    return 0;
}

}  // namespace reelpool
