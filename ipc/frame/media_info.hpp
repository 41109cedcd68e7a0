#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ipc/base/rational.hpp"
#include "ipc/frame/color.hpp"
#include "ipc/frame/pixel_format.hpp"
#include "ipc/frame/sound_block.hpp"

namespace reelpool {

/// How the coded picture is turned to stand upright: mirror first, then rotate.
struct Orientation {
    std::uint8_t quarter_turns_clockwise = 0;  ///< 0..3
    bool mirrored_horizontally = false;
    friend bool operator==(const Orientation&, const Orientation&) = default;
};

/// One stream of a container, for people.
struct StreamSummary {
    std::uint32_t index = 0;  ///< in the container
    std::string kind;         ///< "video", "audio", "subtitle", "data", "attachment", "unknown"
    std::string codec;        ///< FFmpeg's name
    std::string facts;        ///< such as "1920x1080, 25 fps" or "48000 Hz, stereo, eng"
    bool is_shown = false;    ///< one of those that are meant: pictures, sound
    friend bool operator==(const StreamSummary&, const StreamSummary&) = default;
};

/// What a worker found in its file. Everything but the frame table.
struct MediaInfo {
    std::string container;  ///< FFmpeg's demuxer name
    std::string codec;      ///< FFmpeg's codec name
    /// Without, there is sound alone: the frame table is empty, the size 0, and everything about
    /// pictures of no meaning. (`codec` is the sound's.)
    bool has_pictures = true;
    PixelFormat format;       ///< of the slots, after the worker's one conversion
    std::uint32_t width = 0;  ///< coded picture, before orientation and sample aspect
    std::uint32_t height = 0;
    Rational sample_aspect{1};  ///< width of a sample over its height, of the coded picture
    Orientation orientation;
    ColorDescription tagged;  ///< as the file says; `unspecified` where it says nothing
    ColorDescription color;   ///< as it will be read: tags, or the stated rules
    bool is_still = false;    ///< one frame that never ends
    bool is_interlaced = false;
    bool is_top_field_first = false;  ///< of interlaced media, by the first frame
    bool has_sound = false;           ///< there is a sound stream, whether or not it can be decoded
    std::optional<SoundInfo> sound;   ///< of the one that plays; nothing: none can be decoded
    std::vector<StreamSummary> streams;
    std::vector<std::string> notes;  ///< what the container lied about, for people

    friend bool operator==(const MediaInfo&, const MediaInfo&) = default;
};

}  // namespace reelpool
