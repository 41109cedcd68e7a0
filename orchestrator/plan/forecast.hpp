#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "ipc/base/ids.hpp"

/// What an export will do, before it does it: who decodes what when, and what that takes.
///
/// Units: output frames are frames of the export, from 0; source frames are frames of one file in
/// presentation order, from 0; bytes are bytes. Spans of frames are inclusive at both ends.
namespace reelpool::plan {

/// How much of the export shows a file.
enum class UsageClass : std::uint8_t {
    heavy,      ///< during more than 20 % of the export
    normal,     ///< neither of the others
    scattered,  ///< in short stretches far apart
};

struct FrameSpan {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  ///< inclusive
    friend auto operator<=>(const FrameSpan&, const FrameSpan&) = default;
};

/// One run of one cursor: from where it was put to where it went on from somewhere else or ended.
struct DecodeStretch {
    MediaId media{};
    std::uint32_t cursor = 0;       ///< of this file, from 0
    FrameSpan output{};             ///< output frames for which it decodes
    FrameSpan source{};             ///< source frames that it decodes
    bool begins_with_seek = false;  ///< else it goes on where this cursor was
    friend bool operator==(const DecodeStretch&, const DecodeStretch&) = default;
};

/// The life of one worker.
struct WorkerSpan {
    FrameSpan output{};
    friend bool operator==(const WorkerSpan&, const WorkerSpan&) = default;
};

/// What the cache holds from an output frame on, until the next step.
struct OccupancyStep {
    std::uint32_t output = 0;
    std::uint64_t bytes = 0;
    friend bool operator==(const OccupancyStep&, const OccupancyStep&) = default;
};

/// How many slots a file has from an output frame on, until the next step.
struct SlotStep {
    std::uint32_t output = 0;
    std::uint32_t slots = 0;
    friend bool operator==(const SlotStep&, const SlotStep&) = default;
};

struct MediaForecast {
    MediaId media{};
    std::vector<std::string> clips{};  ///< places in the project: "/comps/main/tracks/0/clips/3"
    std::vector<FrameSpan> output_spans{};  ///< when it is shown; merged, ascending
    std::vector<FrameSpan> source_spans{};  ///< what of it is shown; merged, ascending
    std::uint64_t wants = 0;                ///< (output frame, source frame) pairs
    std::uint64_t frames_unique = 0;        ///< different source frames that are shown
    std::uint64_t frames_decoded = 0;       ///< that come out of decoders, shown or not
    std::uint64_t frames_ideal = 0;         ///< that any decoder would have to decode
    std::uint64_t seeks = 0;                ///< the first of each cursor included
    std::uint64_t decoded_again = 0;        ///< for a want, after the cache had to let them go
    UsageClass usage = UsageClass::normal;
    std::uint32_t cursors_peak = 0;     ///< open at once
    std::vector<WorkerSpan> workers{};  ///< ascending, disjoint
    std::vector<SlotStep> slots{};      ///< ascending
};

/// What goes to the disk cache and comes back.
struct DiskForecast {
    std::uint64_t budget_bytes = 0;  ///< 0: there is none
    std::uint64_t peak_bytes = 0;
    std::uint64_t frames_spilled = 0;
    std::uint64_t frames_loaded = 0;
};

struct Forecast {
    std::uint32_t frames = 0;                ///< of the output
    std::vector<MediaForecast> media{};      ///< by MediaId, each once
    std::vector<DecodeStretch> stretches{};  ///< in any order
    std::vector<OccupancyStep> occupancy{};  ///< ascending
    std::uint64_t cache_peak_bytes = 0;
    std::uint64_t cache_budget_bytes = 0;
    std::uint64_t memory_peak_bytes = 0;  ///< of slots and decoders together
    std::uint32_t workers_peak = 0;       ///< alive at once
    std::uint32_t cursors_peak = 0;       ///< open at once, over all files
    std::uint32_t workers_started = 0;    ///< over the whole export
    DiskForecast disk{};
};

/// Sums over all files.
struct ForecastTotals {
    std::uint64_t wants = 0;
    std::uint64_t frames_unique = 0;
    std::uint64_t frames_decoded = 0;
    std::uint64_t frames_ideal = 0;
    std::uint64_t seeks = 0;
    std::uint64_t decoded_again = 0;
};
[[nodiscard]] ForecastTotals totals_of(const Forecast& forecast);

/// decoded / ideal; 1 where nothing has to be decoded.
[[nodiscard]] double amplification(std::uint64_t frames_decoded, std::uint64_t frames_ideal);
[[nodiscard]] double amplification_of(const MediaForecast& media);

/// Frames decoded beyond those that any decoder would have to decode.
[[nodiscard]] std::uint64_t wasted_decodes(const MediaForecast& media);

/// The most slots at once.
[[nodiscard]] std::uint32_t slots_peak(const MediaForecast& media);

[[nodiscard]] const char* name_of(UsageClass usage);

}  // namespace reelpool::plan
