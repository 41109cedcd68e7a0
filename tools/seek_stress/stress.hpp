#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/seek_stress/comparison.hpp"
#include "tools/seek_stress/zygote_driver.hpp"

namespace reelpool::seek_stress {

/// Which frames may be decoded straight into slots.
enum class DirectFrames : std::uint8_t { all, none, mixed };

struct StressOptions {
    std::chrono::seconds duration{60};          ///< for each file
    std::optional<std::uint64_t> max_requests;  ///< for each file, instead of the duration
    std::uint32_t cursors = 3;
    std::uint32_t threads = 2;  ///< of each cursor's codec
    std::uint64_t seed = 1;
    DirectFrames direct = DirectFrames::mixed;
};

/// What was found about one file.
struct StressReport {
    std::uint32_t table_frames = 0;
    std::size_t keyframes = 0;
    Rational time_base{1};          ///< of the table's PTS
    std::size_t linear_frames = 0;  ///< as many as ffmpeg decodes
    std::uint64_t requests = 0;     ///< Decode messages
    std::uint64_t frames = 0;       ///< asked for and compared
    std::uint64_t concealed = 0;    ///< not compared: the codec flagged errors in them
    std::uint64_t mismatches = 0;
    std::vector<Mismatch> first_mismatches;  ///< ten at most
    std::optional<Error> failure;            ///< the worker could not go on
    wire::WorkerCounters counters;

    [[nodiscard]] bool is_clean() const {
        return mismatches == 0 && !failure && table_frames == linear_frames;
    }
};

/// Compares a worker's random access with ffmpeg's linear decoding until the time is over.
/// Errors: media, when the worker refuses the file or ffmpeg decodes nothing; whatever keeps a
/// worker from being started.
[[nodiscard]] Result<StressReport> stress_file(ZygoteDriver& zygote, const std::string& path,
                                               const StressOptions& options);

}  // namespace reelpool::seek_stress
