#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "orchestrator/plan/forecast.hpp"

/// A forecast made small enough to draw, whatever its length.
namespace reelpool::cli {

/// How much may be drawn, over all files.
struct ChartLimits {
    std::size_t stretches = 20'000;
    std::size_t spans = 10'000;  ///< when files are shown, and lives of workers
    std::size_t slot_steps = 10'000;
    std::size_t occupancy_steps = 2'000;
    std::size_t files = 1'000;
    std::uint32_t lanes = 24;  ///< of one file; further cursors share the last one
};

/// One line of the chart: stretches of one cursor that follow each other.
struct DrawnStretch {
    std::uint32_t lane = 0;
    std::uint32_t cursor = 0;
    plan::FrameSpan output{};
    plan::FrameSpan source{};  ///< from the lowest to the highest frame
    std::uint32_t seeks = 0;   ///< of all, one at the begin included
    std::uint32_t pieces = 1;  ///< stretches that are drawn as this one
    bool begins_with_seek = false;
    friend bool operator==(const DrawnStretch&, const DrawnStretch&) = default;
};

struct DrawnFile {
    std::size_t index = 0;  ///< in Forecast::media
    std::uint32_t lanes = 0;
    std::vector<DrawnStretch> stretches{};  ///< by lane, then by output frame
    std::vector<plan::FrameSpan> shown{};
    std::vector<plan::FrameSpan> workers{};
    std::vector<plan::SlotStep> slots{};  ///< thinned: each step is the most of what it stands for
};

struct Chart {
    std::vector<DrawnFile> files{};  ///< as they come on screen; if some are left out, the others
                                     ///< are those that waste most
    std::vector<plan::OccupancyStep> occupancy{};  ///< thinned in the same way
    std::size_t stretches = 0;                     ///< that there are of these files
    std::size_t lines = 0;                         ///< that they are drawn as
    /// Whether neighbours of one lane were drawn as one line, which then may hide seeks, and how
    /// close they are at most. Units: output frames. (Those of one cursor that continue each other
    /// without a seek always are one line.)
    bool merges_stretches = false;
    std::uint32_t merged_gap = 0;
    bool is_coarse = false;  ///< spans were merged, or steps thinned
    std::size_t files_left_out = 0;
};

[[nodiscard]] Chart chart_of(const plan::Forecast& forecast, const ChartLimits& limits);

}  // namespace reelpool::cli
