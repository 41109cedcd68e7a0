#include "ipc/frame/output_settings.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>

#include "ipc/frame/codec_rules.hpp"
#include "ipc/frame/container_names.hpp"
#include "ipc/frame/hdr_transfer.hpp"
#include "ipc/frame/refused_setting.hpp"

namespace reelpool {
namespace {

/// What may be stored in mp4 and mov, whose list of keys is closed.
constexpr std::array mov_metadata_keys{"title", "artist",    "album", "comment",
                                       "date",  "copyright", "genre"};

std::string joined_names(std::span<const char* const> names) {
    return listed(names, [](const char* name) { return std::string(name); });
}

/// Frame rates that the MXF standard has edit units for, and the muxer takes.
bool is_mxf_rate(const Rational& rate) {
    for (const int base : {24, 25, 30, 48, 50, 60, 100, 120})
        if (rate == Rational(base)) return true;
    return rate == Rational(24000, 1001) || rate == Rational(30000, 1001) ||
           rate == Rational(60000, 1001);
}

Status check_rate(const OutputSettings& settings) {
    const Rational& rate = settings.frame_rate;
    constexpr Int128 limit = std::numeric_limits<std::int32_t>::max();
    if (!rate.is_valid() || rate.num() <= 0 || rate.num() > limit || rate.den() > limit)
        return refused_setting(
            "the frame rate " + (rate.is_valid() ? rate.to_text() : "") + " cannot be written",
            "use a rate above 0 whose two numbers fit 31 bits, such as 30000/1001");
    if (rate < Rational(1, 1000) || rate > Rational(1000))
        return refused_setting("the frame rate " + rate.to_text() + " cannot be written",
                               "between 1/1000 and 1000 frames per second are possible");
    if (settings.container == Container::mxf && !is_mxf_rate(rate))
        return refused_setting(
            "mxf has no frame rate " + rate.to_text(),
            "24000/1001, 24, 25, 30000/1001, 30, 48, 50, 60000/1001, 60, 100 and 120 "
            "are possible, or another container");
    return ok();
}

Status check_quality(const OutputSettings& settings, const CodecRules& rules) {
    const std::string codec = codec_name(rules.codec);
    if (settings.crf < -1)
        return refused_setting("a crf of " + std::to_string(settings.crf) + " does not exist",
                               "use a number from 0 on");
    const bool has_crf = settings.crf != -1;
    const bool has_bitrate = settings.bitrate != 0;
    if (has_crf && has_bitrate)
        return refused_setting("crf and bitrate exclude each other", "give one of them");
    if ((has_crf || has_bitrate) && !rules.takes_rate_control())
        return refused_setting(codec + " takes neither crf nor bitrate",
                               rules.presets.empty()
                                   ? "leave it out"
                                   : "choose a preset: " + joined_names(rules.presets));
    if (has_crf && (settings.crf < rules.min_crf || settings.crf > rules.max_crf))
        return refused_setting(
            "crf " + std::to_string(settings.crf) + " is outside what " + codec + " takes",
            std::to_string(rules.min_crf) + " (best) to " + std::to_string(rules.max_crf) +
                " are possible");
    if (has_bitrate && (settings.bitrate < 1000 || settings.bitrate > 1'000'000'000))
        return refused_setting(
            "a bitrate of " + std::to_string(settings.bitrate) + " is not possible",
            "1000 to 1000000000 bits per second are");
    return ok();
}

Status check_preset(const OutputSettings& settings, const CodecRules& rules) {
    if (settings.preset.empty()) return ok();
    // Of these, presets are kinds of the usual format; others have a single kind.
    const bool is_single_kind = rules.codec == Codec::prores || rules.codec == Codec::dnxhr;
    if (is_single_kind && settings.format.format != rules.formats.front())
        return refused_setting(
            std::string(rules.name) + " has no presets for " + to_text(settings.format.format),
            "leave --preset out");
    for (const char* preset : rules.presets)
        if (settings.preset == preset) return ok();
    const std::string codec = codec_name(rules.codec);
    if (rules.presets.empty()) return refused_setting(codec + " has no presets", "leave it out");
    return refused_setting(codec + " has no preset \"" + settings.preset + "\"",
                           "choose one of " + joined_names(rules.presets));
}

Status check_metadata(const OutputSettings& settings) {
    if (settings.metadata.empty()) return ok();
    if (settings.container == Container::mxf || settings.container == Container::png_sequence)
        return refused_setting(
            std::string(container_name(settings.container)) + " takes no metadata",
            "use mkv, webm, mp4 or mov, or leave it out");
    const bool is_closed = settings.container == Container::mp4 ||
                           settings.container == Container::mov ||
                           settings.container == Container::m4a;
    for (const auto& [key, value] : settings.metadata) {
        if (key.empty() || value.empty())
            return refused_setting("metadata needs a key and a value", "such as title=Holiday");
        if (is_closed && std::find(mov_metadata_keys.begin(), mov_metadata_keys.end(), key) ==
                             mov_metadata_keys.end())
            return refused_setting(std::string(container_name(settings.container)) +
                                       " has no metadata key \"" + key + "\"",
                                   "it has " + joined_names(mov_metadata_keys) + "; mkv takes any");
    }
    return ok();
}

Status check_names(const OutputSettings& settings) {
    if (settings.part_path.empty() || settings.part_path.find('\0') != std::string::npos)
        return refused_setting("the output has no usable path", "give one with -o");
    if (settings.journal_path.find('\0') != std::string::npos)
        return refused_setting("the journal has no usable path", "give another one with -o");
    if (settings.container != Container::png_sequence) return ok();
    const std::string& pattern = settings.png_pattern;
    if (!pattern_digits(pattern) || pattern.find('/') != std::string::npos ||
        pattern.find('\0') != std::string::npos)
        return refused_setting("\"" + pattern + "\" does not name a sequence of pictures",
                               "use a file name with one %d or %0Nd, such as frame_%04d.png");
    const std::string ending = picture_ending(settings.codec);
    if (pattern.ends_with(ending)) return ok();
    return refused_setting("\"" + pattern + "\" is no name for a picture of " +
                               codec_name(settings.codec),
                           "such a name ends with " + ending);
}

Status check_hdr_metadata(const OutputSettings& settings) {
    if (!settings.mastering_display && !settings.content_light) return ok();
    if (!is_hdr(settings.format.color.transfer))
        return refused_setting("a mastering display and content light levels are told of HDR alone",
                               "use --transfer pq, or leave them out");
    if (settings.content_light && settings.container == Container::mxf)
        return refused_setting("mxf has no place for content light levels",
                               "leave --max-cll out, or use another container");
    if (settings.mastering_display) REELPOOL_TRY_STATUS(validate(*settings.mastering_display));
    if (settings.content_light) REELPOOL_TRY_STATUS(validate(*settings.content_light));
    return ok();
}

Status validate_pictures(const OutputSettings& settings) {
    REELPOOL_TRY(format, output_format_for(settings.codec, settings.container,
                                           settings.format.width, settings.format.height,
                                           settings.format.color, settings.format.format));
    format.dither = settings.format.dither;
    if (format.dither != Dither::none && format.format.bit_depth > 8)
        return refused_setting("outputs of " + std::to_string(int{format.format.bit_depth}) +
                                   " bits are not dithered",
                               "leave --dither out, or use a --pixel-format of 8 bits");
    if (format != settings.format)
        return refused_setting("the output's sample format or colour is not what " +
                                   std::string(codec_name(settings.codec)) + " takes",
                               "it takes " + to_text(format.format) + ", fully tagged");
    REELPOOL_TRY(rules, rules_for(settings.codec, settings.container));
    REELPOOL_TRY_STATUS(check_rate(settings));
    REELPOOL_TRY_STATUS(check_preset(settings, *rules));
    REELPOOL_TRY_STATUS(check_quality(settings, *rules));
    if (settings.encoder_threads < 1 || settings.encoder_threads > 16)
        return refused_setting(
            "an encoder lane cannot have " + std::to_string(settings.encoder_threads) + " threads",
            "1 to 16 are possible");
    if (settings.keyframe_interval < 1 || settings.keyframe_interval > 10000)
        return refused_setting("a keyframe interval of " +
                                   std::to_string(settings.keyframe_interval) +
                                   " frames is not possible",
                               "1 to 10000 are");
    if (settings.sound && settings.journal_path.empty())
        return refused_setting("pictures with sound need a journal", {});
    return check_hdr_metadata(settings);
}

}  // namespace

Status validate(const OutputSettings& settings) {
    REELPOOL_TRY_STATUS(check_names(settings));
    if (settings.sound) REELPOOL_TRY_STATUS(validate(*settings.sound, settings.container));
    if (is_sound_only(settings.container)) {
        if (!settings.sound)
            return refused_setting(std::string(container_name(settings.container)) +
                                       " holds sound alone, and there is none",
                                   "use another container, or give a clip with sound");
    } else {
        REELPOOL_TRY_STATUS(validate_pictures(settings));
    }
    if (settings.frame_count == 0)
        return refused_setting("the output has no frames", "widen the range");
    if (settings.frame_count > std::uint32_t{std::numeric_limits<std::int32_t>::max()})
        return refused_setting("the output has more than 2147483647 frames", "narrow the range");
    return check_metadata(settings);
}

std::uint32_t segment_frames(const OutputSettings& settings) {
    return settings.bitrate != 0 ? settings.frame_count
                                 : std::min(settings.keyframe_interval, settings.frame_count);
}

std::uint32_t segment_count(const OutputSettings& settings) {
    if (is_sound_only(settings.container)) return 0;
    const std::uint32_t length = segment_frames(settings);
    return settings.frame_count / length + (settings.frame_count % length != 0 ? 1 : 0);
}

OutputSegment segment_at(const OutputSettings& settings, std::uint32_t index) {
    const std::uint32_t length = segment_frames(settings);
    const std::uint32_t first = index * length;
    return {.index = index,
            .first_frame = first,
            .frame_count = std::min(length, settings.frame_count - first)};
}

}  // namespace reelpool
