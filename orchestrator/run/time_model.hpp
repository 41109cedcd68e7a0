#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ipc/frame/output_settings.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/run/survey.hpp"

namespace reelpool::run {

/// What an export has to do.
struct Workload {
    std::map<std::string, double> decoded_px;  ///< by codec
    double draw_ns = 0;                        ///< CPU time, see drawn_area.hpp
    double output_px = 0;
    double frame_px = 0;  ///< of one output frame
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
    std::map<std::string, double> output_ns;  ///< by encoder: of a pixel of a 1080p frame
    double draw_factor = 2.3;  ///< how much more drawing takes beside encoding than by itself
    double start_s = 0.4;      ///< until the first picture is drawn
    double busy_share = 0.9;   ///< of all cores, from then on
    /// What exactly the same work took, the latest last; by fingerprint.
    std::vector<std::pair<std::uint64_t, double>> known_s;
    friend bool operator==(const Speed&, const Speed&) = default;
};

/// What was measured: CPU time, and two times of the clock.
struct MeasuredTimes {
    double workers_s = 0;
    double draw_s = 0;
    double encode_s = 0;
    double start_s = 0;  ///< of the clock: until the first picture was drawn
    double wall_s = 0;   ///< of the clock: everything
};

/// Tells a workload from others; the same work has the same.
[[nodiscard]] std::uint64_t fingerprint(const Workload& work);

/// Wall time: what the same work took before, or a sum of its parts. What `speed` does not know is taken as on the machine that the defaults were measured
/// on (docs/performance.md).
[[nodiscard]] double predicted_seconds(const Workload& work, const Speed& speed,
                                       std::uint32_t cores);

/// What an export teaches: half of each figure from now on is its own. Exports of less than a second
/// after their start teach nothing but how long that takes.
[[nodiscard]] Speed learned(Speed speed, const Workload& work, const MeasuredTimes& times,
                            std::uint32_t cores);

}  // namespace reelpool::run
