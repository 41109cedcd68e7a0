#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ipc/base/rational.hpp"
#include "ipc/frame/draw_list.hpp"

namespace reelpool {

enum class Codec : std::uint8_t { h264, hevc, av1, vp9, prores, dnxhr, ffv1, png };
enum class Container : std::uint8_t { mp4, mov, mkv, webm, mxf, png_sequence };

/// Everything that decides the bytes of the output file besides its pictures.
struct OutputSettings {
    std::string part_path;    ///< where to write: the file OUT.part, or for PNG a directory
    std::string png_pattern;  ///< PNG only: file name with one %d or %0Nd, no directories
    Codec codec = Codec::h264;
    Container container = Container::mp4;
    OutputFormat format;
    Rational frame_rate{25};
    std::uint32_t frame_count = 0;
    std::string preset;                     ///< empty: the codec's default of ours
    std::int32_t crf = -1;                  ///< -1: the codec's default of ours
    std::uint64_t bitrate = 0;              ///< bits per second; 0: by crf
    std::uint32_t encoder_threads = 2;      ///< of one lane; part of the settings
    std::uint32_t keyframe_interval = 250;  ///< frames; segments are cut at its multiples
    std::vector<std::pair<std::string, std::string>> metadata;

    friend bool operator==(const OutputSettings&, const OutputSettings&) = default;
};

}  // namespace reelpool
