#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc/base/rational.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/draw_list.hpp"
#include "ipc/frame/hdr_metadata.hpp"
#include "ipc/frame/sound_settings.hpp"

namespace reelpool {

enum class Codec : std::uint8_t {
    h264,
    hevc,
    av1,
    vp9,
    prores,
    dnxhr,
    ffv1,
    png,
    qtrle,
    jpeg,  ///< of stills
    webp,  ///< likewise
};
enum class Container : std::uint8_t {
    mp4,
    mov,
    mkv,
    webm,
    mxf,
    png_sequence,
    wav,
    flac,
    m4a,
    opus,
    mp3,
    ogg
};

inline constexpr std::uint32_t default_keyframe_interval = 250;

/// Everything that decides the bytes of the output file besides its pictures. Of a container without
/// pictures, what is said of pictures does not count, and there are no segments.
struct OutputSettings {
    std::string part_path;  ///< where to write: a file, or for PNG a directory
    /// Directory in which finished segments are kept on the way; empty: they are not.
    std::string journal_path;
    /// Pictures in files of their own only: file name with one %d or %0Nd and the codec's ending, no
    /// directories.
    std::string png_pattern;
    Codec codec = Codec::h264;
    Container container = Container::mp4;
    OutputFormat format;
    Rational frame_rate{25};
    std::uint32_t frame_count = 0;
    std::string preset;                 ///< empty: the codec's default of ours
    std::int32_t crf = -1;              ///< -1: the codec's default of ours
    std::uint64_t bitrate = 0;          ///< bits per second; 0: by crf
    std::uint32_t encoder_threads = 2;  ///< of one lane; part of the settings
    std::uint32_t keyframe_interval =
        default_keyframe_interval;  ///< frames; segments are cut at its multiples
    std::vector<std::pair<std::string, std::string>> metadata;
    std::optional<MasteringDisplay> mastering_display = {};  ///< of PQ and HLG alone
    std::optional<ContentLight> content_light = {};          ///< likewise
    /// Nothing: the output is silent. With sound a container with pictures has a journal.
    std::optional<SoundSettings> sound = {};

    friend bool operator==(const OutputSettings&, const OutputSettings&) = default;
};

/// The name on the command line, such as "h264".
[[nodiscard]] const char* codec_name(Codec codec);
/// Errors: a name that is none of ours; the hint lists them.
[[nodiscard]] Result<Codec> parse_codec(std::string_view name);
/// The ending of a picture's file, such as ".png"; empty for what no such file holds.
[[nodiscard]] const char* picture_ending(Codec codec);
/// Such as "mp4"; "png" for a sequence of pictures.
[[nodiscard]] const char* container_name(Container container);
/// The container that the ending of a path asks for; ".png" needs a %d or %0Nd in the file name.
[[nodiscard]] Result<Container> container_from_path(std::string_view path);
/// What is taken when the user names no codec: h264 for mp4, mov and mkv, vp9, dnxhr, png; h264,
/// which does not count, where there are no pictures.
[[nodiscard]] Codec default_codec(Container container);

/// The format that a name such as "yuva444p10" or "gbrp" means, if the codec takes it.
/// Errors: it does not; the hint lists those that it takes.
[[nodiscard]] Result<PixelFormat> parse_pixel_format(Codec codec, std::string_view name);

/// What the compositor has to render for this codec: the sample format (`wanted`, or the codec's
/// usual one), and `color` completed.
/// An unspecified transfer becomes BT.709, primaries BT.709's, of PQ and HLG BT.2020's, the matrix
/// BT.709, with BT.2020's primaries BT.2020; range limited, siting left.
/// JPEG is BT.601, full range, sited in the centre, and WebP BT.601, limited: neither says so.
/// R'G'B' is full range, and sRGB where BT.709 was meant. PQ and HLG take the codec's first format
/// of at least 10 bits.
/// Errors: the container cannot hold the codec (the hint lists what fits), the codec cannot code
/// the size, the format or the colour description.
[[nodiscard]] Result<OutputFormat> output_format_for(Codec codec, Container container,
                                                     std::uint32_t width, std::uint32_t height,
                                                     const ColorDescription& color,
                                                     std::optional<PixelFormat> wanted = {});

/// Finds everything that is wrong with the settings and can be known without the encoder.
/// Errors: code usage; the first thing that is wrong, and what would be right.
[[nodiscard]] Status validate(const OutputSettings& settings);

/// How many frames each segment has (the last one has fewer): the keyframe interval, or, with
/// `bitrate`, all of them, because rate control has no memory across encoders.
[[nodiscard]] std::uint32_t segment_frames(const OutputSettings& settings);

/// A stretch of the output with an encoder of its own.
struct OutputSegment {
    std::uint32_t index = 0;
    std::uint32_t first_frame = 0;
    std::uint32_t frame_count = 0;
    [[nodiscard]] std::uint32_t end() const { return first_frame + frame_count; }
    friend bool operator==(const OutputSegment&, const OutputSegment&) = default;
};
[[nodiscard]] std::uint32_t segment_count(const OutputSettings& settings);
/// The `index`-th segment; `index` is below segment_count.
[[nodiscard]] OutputSegment segment_at(const OutputSettings& settings, std::uint32_t index);

}  // namespace reelpool
