#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ipc/frame/output_settings.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/run/survey.hpp"

namespace reelpool::run {

/// What an export has to do.
struct Workload {
    std::map<std::string, double> decoded_px;  ///< by codec
    double composite_ns = 0;                   ///< CPU time, see drawn_area.hpp
    double output_px = 0;
    std::string encoder;  ///< codec and preset: "h264/medium"
};

/// "h264/medium"; a preset that is left out is named where it has a name.
[[nodiscard]] std::string encoder_name(Codec codec, const std::string& preset);

/// `decoded`: frames by MediaId.
[[nodiscard]] Workload workload_of(const Survey& survey,
                                   const std::vector<plan::MediaSource>& sources,
                                   const std::vector<std::uint64_t>& decoded);

/// How fast a machine is, as far as it is known.
struct Speed {
    std::map<std::string, double> decode_ns;  ///< CPU time of a pixel, by codec
    std::map<std::string, double> output_ns;  ///< by encoder: of a pixel, beside compositing
    double busy_share = 0.9;                  ///< of all cores, while an export runs
    friend bool operator==(const Speed&, const Speed&) = default;
};

/// CPU time that was measured.
struct MeasuredTimes {
    double workers_s = 0;
    double compositor_s = 0;
    double all_s = 0;
    double wall_s = 0;
};

/// Wall time. What `speed` does not know is taken as on the machine that the defaults were measured
/// on (docs/performance.md).
[[nodiscard]] double predicted_seconds(const Workload& work, const Speed& speed,
                                       std::uint32_t cores);

/// What an export teaches: half of each figure from now on is its own. Exports of less than two
/// seconds teach nothing.
[[nodiscard]] Speed learned(Speed speed, const Workload& work, const MeasuredTimes& times,
                            std::uint32_t cores);

}  // namespace reelpool::run
