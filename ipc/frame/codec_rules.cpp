#include "ipc/frame/codec_rules.hpp"

#include <algorithm>
#include <array>

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

}  // namespace

const CodecRules* find_rules(Codec codec) {
    const auto* found =
        std::find_if(all_rules.begin(), all_rules.end(),
                     [codec](const CodecRules& rules) { return rules.codec == codec; });
    return found == all_rules.end() ? nullptr : found;
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

}  // namespace reelpool
