#include "ipc/frame/output_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

#include "ipc/frame/refused_setting.hpp"
#include "ipc/frame/slot_layout.hpp"

namespace reelpool {
namespace {

constexpr std::array x26x_presets{"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                  "medium",    "slow",      "slower",   "veryslow", "placebo"};
constexpr std::array av1_presets{"0", "1", "2", "3",  "4",  "5",  "6",
                                 "7", "8", "9", "10", "11", "12", "13"};
constexpr std::array vp9_presets{"0", "1", "2", "3", "4", "5"};
constexpr std::array prores_presets{"proxy", "lt", "standard", "hq"};
constexpr std::array dnxhr_presets{"lb", "sq", "hq"};

constexpr std::array mp4_mov_mkv{Container::mp4, Container::mov, Container::mkv};
constexpr std::array av1_containers{Container::mp4, Container::mkv, Container::webm};
constexpr std::array vp9_containers{Container::webm, Container::mkv, Container::mp4};
constexpr std::array prores_containers{Container::mov, Container::mkv};
constexpr std::array dnxhr_containers{Container::mov, Container::mxf, Container::mkv};
constexpr std::array ffv1_containers{Container::mkv};
constexpr std::array png_containers{Container::png_sequence};
constexpr std::array qtrle_containers{Container::mov};

/// What may be stored in mp4 and mov, whose list of keys is closed.
constexpr std::array mov_metadata_keys{"title", "artist",    "album", "comment",
                                       "date",  "copyright", "genre"};

/// What one codec takes. Presets are empty where there is nothing to choose.
struct CodecRules {
    Codec codec;
    const char* name;
    std::span<const PixelFormat> formats;  ///< the usual one first
    std::span<const Container> containers;
    std::span<const char* const> presets;
    std::int32_t min_crf;  ///< above max_crf: the codec knows neither crf nor bitrate
    std::int32_t max_crf;
    std::uint32_t min_width_px;
    std::uint32_t min_height_px;
    std::uint32_t max_height_px;
    bool takes_full_range;
};

constexpr PixelFormat deep(PixelFormat format, std::uint8_t bits) {
    format.bit_depth = bits;
    return format;
}
constexpr PixelFormat with_alpha(PixelFormat format) {
    format.has_alpha = true;
    return format;
}
constexpr PixelFormat yuv422p10 = deep(yuv422p, 10);

constexpr std::array h264_formats{yuv420p,           yuv422p,   yuv444p,
                                  deep(yuv420p, 10), yuv422p10, deep(yuv444p, 10)};
constexpr std::array hevc_formats{yuv420p,           yuv422p,           yuv444p,
                                  deep(yuv420p, 10), yuv422p10,         deep(yuv444p, 10),
                                  deep(yuv420p, 12), deep(yuv422p, 12), deep(yuv444p, 12)};
constexpr std::array av1_formats{yuv420p, deep(yuv420p, 10)};
constexpr std::array vp9_formats{yuv420p,           yuv422p,
                                 yuv444p,           deep(yuv420p, 10),
                                 yuv422p10,         deep(yuv444p, 10),
                                 deep(yuv420p, 12), deep(yuv422p, 12),
                                 deep(yuv444p, 12), with_alpha(yuv420p)};
constexpr std::array prores_formats{yuv422p10, deep(yuv444p, 10), with_alpha(deep(yuv444p, 10))};
constexpr std::array dnxhr_formats{yuv422p, yuv422p10, deep(yuv444p, 10)};
constexpr std::array ffv1_formats{yuv420p,
                                  yuv422p,
                                  yuv444p,
                                  deep(yuv420p, 10),
                                  yuv422p10,
                                  deep(yuv444p, 10),
                                  deep(yuv420p, 12),
                                  deep(yuv422p, 12),
                                  deep(yuv444p, 12),
                                  with_alpha(yuv420p),
                                  with_alpha(yuv422p),
                                  with_alpha(yuv444p),
                                  with_alpha(deep(yuv420p, 10)),
                                  with_alpha(yuv422p10),
                                  with_alpha(deep(yuv444p, 10)),
                                  planar_rgb,
                                  deep(planar_rgb, 10),
                                  deep(planar_rgb, 12),
                                  deep(planar_rgb, 16),
                                  with_alpha(planar_rgb),
                                  with_alpha(deep(planar_rgb, 10)),
                                  with_alpha(deep(planar_rgb, 12)),
                                  with_alpha(deep(planar_rgb, 16))};
constexpr std::array png_formats{planar_rgb, with_alpha(planar_rgb), deep(planar_rgb, 16),
                                 with_alpha(deep(planar_rgb, 16))};
constexpr std::array qtrle_formats{with_alpha(planar_rgb), planar_rgb};

constexpr std::array jpeg_formats{yuv420p, yuv422p, yuv444p};
constexpr std::array webp_formats{yuv420p, with_alpha(yuv420p), planar_rgb, with_alpha(planar_rgb)};

constexpr std::array<CodecRules, 11> all_rules{{
    {Codec::h264, "h264", h264_formats, mp4_mov_mkv, x26x_presets, 0, 51, 2, 2, max_picture_side,
     true},
    {Codec::hevc, "hevc", hevc_formats, mp4_mov_mkv, x26x_presets, 0, 51, 16, 16, max_picture_side,
     true},
    {Codec::av1, "av1", av1_formats, av1_containers, av1_presets, 1, 63, 64, 64, 8704, true},
    {Codec::vp9, "vp9", vp9_formats, vp9_containers, vp9_presets, 0, 63, 2, 2, max_picture_side,
     true},
    {Codec::prores, "prores", prores_formats, prores_containers, prores_presets, 1, 0, 2, 2,
     max_picture_side, false},
    {Codec::dnxhr, "dnxhr", dnxhr_formats, dnxhr_containers, dnxhr_presets, 1, 0, 256, 120,
     max_picture_side, false},
    {Codec::ffv1, "ffv1", ffv1_formats, ffv1_containers, {}, 1, 0, 2, 2, max_picture_side, true},
    {Codec::png, "png", png_formats, png_containers, {}, 1, 0, 1, 1, max_picture_side, true},
    {Codec::qtrle,
     "qtrle",
     qtrle_formats,
     qtrle_containers,
     {},
     1,
     0,
     1,
     1,
     max_picture_side,
     true},
    {Codec::jpeg, "jpeg", jpeg_formats, png_containers, {}, 1, 0, 1, 1, max_picture_side, true},
    {Codec::webp, "webp", webp_formats, png_containers, {}, 1, 0, 1, 1, 16383, false},
}};

const CodecRules* find_rules(Codec codec) {
    const auto* found =
        std::find_if(all_rules.begin(), all_rules.end(),
                     [codec](const CodecRules& rules) { return rules.codec == codec; });
    return found == all_rules.end() ? nullptr : found;
}

bool takes_rate_control(const CodecRules& rules) {
    return rules.min_crf <= rules.max_crf;
}

std::string joined_names(std::span<const char* const> names) {
    return listed(names, [](const char* name) { return std::string(name); });
}

std::string size_text(std::uint32_t width, std::uint32_t height) {
    return std::to_string(width) + "x" + std::to_string(height);
}

Result<const CodecRules*> rules_for(Codec codec, Container container) {
    const CodecRules* rules = find_rules(codec);
    if (rules == nullptr) return refused_setting("the codec does not exist", {});
    if (std::find(rules->containers.begin(), rules->containers.end(), container) !=
        rules->containers.end())
        return rules;
    return refused_setting(
        std::string(codec_name(codec)) + " cannot be written to " + container_name(container),
        std::string(codec_name(codec)) + " goes into " + listed(rules->containers, container_name));
}

std::string format_names(const CodecRules& rules) {
    return listed(rules.formats, [](const PixelFormat& format) { return to_text(format); });
}

bool is_hdr(ColorTransfer transfer) {
    return transfer == ColorTransfer::pq || transfer == ColorTransfer::hlg;
}

/// PQ and HLG have too few steps with 8 bits.
Result<PixelFormat> hdr_format_for(const CodecRules& rules,
                                   const std::optional<PixelFormat>& wanted) {
    if (wanted && wanted->bit_depth >= 10) return *wanted;
    const auto deep_one =
        std::find_if(rules.formats.begin(), rules.formats.end(),
                     [](const PixelFormat& format) { return format.bit_depth >= 10; });
    const bool has_one = deep_one != rules.formats.end();
    if (has_one && !wanted) return *deep_one;
    return refused_setting(
        "pq and hlg need at least 10 bits, and " +
            (wanted ? to_text(*wanted) + " has 8" : std::string(rules.name) + " has none"),
        has_one ? "use --pixel-format " + to_text(*deep_one) : "use another codec");
}

Result<PixelFormat> format_for(const CodecRules& rules, const std::optional<PixelFormat>& wanted) {
    if (!wanted) return rules.formats.front();
    if (std::find(rules.formats.begin(), rules.formats.end(), *wanted) != rules.formats.end())
        return *wanted;
    return refused_setting(std::string(rules.name) + " does not take " + to_text(*wanted),
                           "it takes " + format_names(rules));
}

Status check_size(const CodecRules& rules, const PixelFormat& format, std::uint32_t width,
                  std::uint32_t height) {
    const std::string codec = codec_name(rules.codec);
    if (width < rules.min_width_px || height < rules.min_height_px || width > max_picture_side ||
        height > rules.max_height_px)
        return refused_setting(codec + " cannot code pictures of " + size_text(width, height),
                               "between " + size_text(rules.min_width_px, rules.min_height_px) +
                                   " and " + size_text(max_picture_side, rules.max_height_px) +
                                   " is possible");
    // Files of one picture may end in the middle of a chroma sample.
    if (*picture_ending(rules.codec) != '\0') return ok();
    const bool odd_width = format.chroma_shift_x > 0 && width % 2 != 0;
    const bool odd_height = format.chroma_shift_y > 0 && height % 2 != 0;
    if (!odd_width && !odd_height) return ok();
    return refused_setting(codec + " (" + to_text(format) + ") needs an even " +
                               (odd_width ? "width" : "height") + ", not " +
                               size_text(width, height),
                           "use " + size_text(width + width % 2, height + (odd_height ? 1 : 0)) +
                               ", or a PNG sequence");
}

ColorDescription completed(ColorDescription color) {
    if (color.transfer == ColorTransfer::unspecified) color.transfer = ColorTransfer::bt709;
    if (color.primaries == ColorPrimaries::unspecified)
        color.primaries = is_hdr(color.transfer) ? ColorPrimaries::bt2020 : ColorPrimaries::bt709;
    if (color.matrix == ColorMatrix::unspecified)
        color.matrix = color.primaries == ColorPrimaries::bt2020 ? ColorMatrix::bt2020_ncl
                                                                 : ColorMatrix::bt709;
    if (color.range == ColorRange::unspecified) color.range = ColorRange::limited;
    if (color.siting == ChromaSiting::unspecified) color.siting = ChromaSiting::left;
    return color;
}

/// Of those that are tagged, the ones that colours can be converted to.
Status check_encoding(const ColorDescription& color) {
    switch (color.transfer) {
        case ColorTransfer::bt709:
        case ColorTransfer::smpte170m:
        case ColorTransfer::srgb:
        case ColorTransfer::bt2020_10:
        case ColorTransfer::bt2020_12:
        case ColorTransfer::pq:
        case ColorTransfer::hlg:
            break;
        case ColorTransfer::unspecified:
        case ColorTransfer::gamma22:
        case ColorTransfer::gamma28:
        case ColorTransfer::smpte240m:
        case ColorTransfer::linear:
        case ColorTransfer::log100:
        case ColorTransfer::log316:
        case ColorTransfer::iec61966_2_4:
        case ColorTransfer::bt1361:
        case ColorTransfer::smpte428:
            return refused_setting("the output's transfer is none that can be written",
                                   "bt709, srgb, pq and hlg are possible");
    }
    switch (color.primaries) {
        case ColorPrimaries::bt709:
        case ColorPrimaries::bt470bg:
        case ColorPrimaries::smpte170m:
        case ColorPrimaries::bt2020:
        case ColorPrimaries::smpte431:
        case ColorPrimaries::smpte432:
            return ok();
        case ColorPrimaries::unspecified:
        case ColorPrimaries::bt470m:
        case ColorPrimaries::smpte240m:
        case ColorPrimaries::film:
        case ColorPrimaries::smpte428:
        case ColorPrimaries::ebu3213:
            break;
    }
    return refused_setting(
        "the output's primaries are none that can be written",
        "bt709, bt601-525, bt601-625, bt2020, dci-p3 and display-p3 are possible");
}

/// Of R'G'B'. Picture files and QuickTime's RLE carry no tags of other colours.
Result<ColorDescription> rgb_color_for(const CodecRules& rules, ColorDescription color) {
    color.matrix = ColorMatrix::rgb;
    color.range = ColorRange::full;
    color.siting = ChromaSiting::left;
    if (!is_hdr(color.transfer)) color.transfer = ColorTransfer::srgb;
    const bool is_usual =
        color.transfer == ColorTransfer::srgb && color.primaries == ColorPrimaries::bt709;
    if (is_usual || rules.codec == Codec::ffv1) return color;
    return refused_setting(std::string(rules.name) + " cannot say that its colours are not sRGB",
                           "leave --transfer and --primaries out, or use another codec");
}

/// Of Y'CbCr in picture files, which say nothing, so that everybody takes it for this.
Result<ColorDescription> still_color_for(const CodecRules& rules, ColorDescription color) {
    const bool is_jpeg = rules.codec == Codec::jpeg;
    color.matrix = ColorMatrix::smpte170m;
    color.range = is_jpeg ? ColorRange::full : ColorRange::limited;
    color.siting = ChromaSiting::center;
    if (!is_hdr(color.transfer)) color.transfer = ColorTransfer::srgb;
    if (color.transfer == ColorTransfer::srgb && color.primaries == ColorPrimaries::bt709)
        return color;
    return refused_setting(std::string(rules.name) + " cannot say that its colours are not sRGB",
                           "leave --transfer and --primaries out, or use another codec");
}

Result<ColorDescription> color_for(const CodecRules& rules, const PixelFormat& format,
                                   const ColorDescription& wanted) {
    const ColorDescription color = completed(wanted);
    REELPOOL_TRY_STATUS(check_encoding(color));
    if (format.model == ColorModel::rgb) return rgb_color_for(rules, color);
    if (rules.codec == Codec::jpeg || rules.codec == Codec::webp)
        return still_color_for(rules, color);
    const bool matrix_ok =
        color.matrix == ColorMatrix::bt709 || color.matrix == ColorMatrix::bt470bg ||
        color.matrix == ColorMatrix::smpte170m || color.matrix == ColorMatrix::bt2020_ncl;
    if (!matrix_ok)
        return refused_setting("the output's colour matrix is none that can be written",
                               "bt709, bt601 (bt470bg or smpte170m) and bt2020 are possible");
    if (color.range == ColorRange::full && !rules.takes_full_range)
        return refused_setting(std::string(codec_name(rules.codec)) + " has no full range",
                               "use limited range");
    return color;
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
    if ((has_crf || has_bitrate) && !takes_rate_control(rules))
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

/// The digits N of the only "%0Nd" or "%d" (0 digits) in a file name; nothing if it is no pattern.
std::optional<int> pattern_digits(std::string_view name) {
    const std::size_t percent = name.find('%');
    if (percent == std::string_view::npos || name.find('%', percent + 1) != std::string_view::npos)
        return std::nullopt;
    const std::string_view rest = name.substr(percent + 1);
    if (rest.starts_with('d')) return 0;
    int digits = 0;
    const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), digits);
    if (failure != std::errc{} || !rest.starts_with('0') || digits < 1 || digits > 9)
        return std::nullopt;
    return end != rest.data() + rest.size() && *end == 'd' ? std::optional(digits) : std::nullopt;
}

std::string_view file_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
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

}  // namespace

const char* picture_ending(Codec codec) {
    return codec == Codec::png    ? ".png"
           : codec == Codec::jpeg ? ".jpg"
           : codec == Codec::webp ? ".webp"
                                  : "";
}

const char* codec_name(Codec codec) {
    const CodecRules* rules = find_rules(codec);
    return rules == nullptr ? "unknown" : rules->name;
}

Result<Codec> parse_codec(std::string_view name) {
    for (const CodecRules& rules : all_rules)
        if (name == rules.name) return rules.codec;
    return refused_setting("there is no codec \"" + std::string(name) + "\"",
                           "choose one of " + listed(all_rules, [](const CodecRules& rules) {
                               return std::string(rules.name);
                           }));
}

Result<PixelFormat> parse_pixel_format(Codec codec, std::string_view name) {
    const CodecRules* rules = find_rules(codec);
    if (rules == nullptr) return refused_setting("the codec does not exist", {});
    for (const PixelFormat& format : rules->formats)
        if (name == to_text(format)) return format;
    return refused_setting(
        std::string(rules->name) + " takes no pixel format \"" + std::string(name) + "\"",
        "choose one of " + format_names(*rules));
}

const char* container_name(Container container) {
    switch (container) {
        case Container::mp4:
            return "mp4";
        case Container::mov:
            return "mov";
        case Container::mkv:
            return "mkv";
        case Container::webm:
            return "webm";
        case Container::mxf:
            return "mxf";
        case Container::png_sequence:
            return "png";
        case Container::wav:
            return "wav";
        case Container::flac:
            return "flac";
        case Container::m4a:
            return "m4a";
        case Container::opus:
            return "opus";
        case Container::mp3:
            return "mp3";
        case Container::ogg:
            return "ogg";
    }
    return "unknown";
}

Result<Container> container_from_path(std::string_view path) {
    const std::string_view name = file_name(path);
    const std::size_t dot = name.rfind('.');
    std::string ending(dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1));
    for (char& letter : ending)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (ending == "mp4") return Container::mp4;
    if (ending == "mov") return Container::mov;
    if (ending == "mkv") return Container::mkv;
    if (ending == "webm") return Container::webm;
    if (ending == "mxf") return Container::mxf;
    if (ending == "wav") return Container::wav;
    if (ending == "flac") return Container::flac;
    if (ending == "m4a") return Container::m4a;
    if (ending == "opus") return Container::opus;
    if (ending == "mp3") return Container::mp3;
    if (ending == "ogg") return Container::ogg;
    if (ending != "png")
        return refused_setting(
            "the ending of \"" + std::string(name) + "\" names no container",
            "use .mp4, .mov, .mkv, .webm, .mxf, or _%04d.png for a sequence of pictures; "
            ".wav, .flac, .m4a, .opus, .mp3 or .ogg for sound alone");
    if (pattern_digits(name)) return Container::png_sequence;
    return refused_setting("\"" + std::string(name) + "\" names one picture, not a sequence",
                           "put the number's place into it, such as frame_%04d.png");
}

Codec default_codec(Container container) {
    switch (container) {
        case Container::mp4:
        case Container::mov:
        case Container::mkv:
            return Codec::h264;
        case Container::webm:
            return Codec::vp9;
        case Container::mxf:
            return Codec::dnxhr;
        case Container::png_sequence:
            return Codec::png;
        case Container::wav:
        case Container::flac:
        case Container::m4a:
        case Container::opus:
        case Container::mp3:
        case Container::ogg:
            break;
    }
    return Codec::h264;
}

Result<OutputFormat> output_format_for(Codec codec, Container container, std::uint32_t width,
                                       std::uint32_t height, const ColorDescription& color,
                                       std::optional<PixelFormat> wanted) {
    REELPOOL_TRY(rules, rules_for(codec, container));
    REELPOOL_TRY(usual, format_for(*rules, wanted));
    PixelFormat format = usual;
    if (is_hdr(color.transfer)) {
        REELPOOL_TRY(deep_one, hdr_format_for(*rules, wanted));
        format = deep_one;
    }
    if (codec == Codec::vp9 && format.has_alpha && container == Container::mp4)
        return refused_setting("mp4 has no place for the alpha of vp9", "use webm or mkv");
    REELPOOL_TRY_STATUS(check_size(*rules, format, width, height));
    REELPOOL_TRY(complete_color, color_for(*rules, format, color));
    return OutputFormat{
        .width = width, .height = height, .format = format, .color = complete_color};
}

namespace {

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
