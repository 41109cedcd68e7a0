#include "orchestrator/run/time_model.hpp"

#include <algorithm>
#include <array>

namespace reelpool::run {
namespace {

/// Processes that start, a device that is opened, a file that is verified.
constexpr double startup_s = 0.6;
constexpr double shortest_lesson_s = 2;

struct Default {
    const char* name;
    double ns;
};
/// Measured at 1080p with real footage, 2 cores.
constexpr std::array decode_defaults{
    Default{"h264", 2.6},   Default{"hevc", 4.0},  Default{"vp9", 3.0},   Default{"av1", 5.0},
    Default{"prores", 8.0}, Default{"ffv1", 12.0}, Default{"mjpeg", 4.0}, Default{"png", 10.0}};
constexpr double other_decode_ns = 4;
constexpr std::array output_defaults{
    Default{"h264/ultrafast", 5}, Default{"h264/superfast", 9}, Default{"h264/veryfast", 15},
    Default{"h264/faster", 24},   Default{"h264/fast", 32},     Default{"h264/medium", 38},
    Default{"h264/slow", 70},     Default{"h264/slower", 150},  Default{"h264/veryslow", 280},
    Default{"hevc/medium", 200},  Default{"ffv1/", 20},         Default{"png/", 60},
    Default{"prores/", 25},       Default{"dnxhr/", 15}};
constexpr double other_output_ns = 60;

template <std::size_t count>
double known_or(const std::map<std::string, double>& known, const std::string& name,
                const std::array<Default, count>& defaults, double otherwise) {
    if (const auto own = known.find(name); own != known.end()) return own->second;
    const auto found = std::find_if(defaults.begin(), defaults.end(),
                                    [&](const Default& one) { return name == one.name; });
    return found != defaults.end() ? found->ns : otherwise;
}

double decode_ns(const Speed& speed, const std::string& codec) {
    return known_or(speed.decode_ns, codec, decode_defaults, other_decode_ns);
}

double decode_s(const Workload& work, const Speed& speed) {
    double ns = 0;
    for (const auto& [codec, px] : work.decoded_px) ns += px * decode_ns(speed, codec);
    return ns * 1e-9;
}

double halfway(double old, double now) {
    return (old + now) / 2;
}

}  // namespace

std::string encoder_name(Codec codec, const std::string& preset) {
    const bool has_usual = codec == Codec::h264 || codec == Codec::hevc;
    return std::string(codec_name(codec)) + "/" + (preset.empty() && has_usual ? "medium" : preset);
}

Workload workload_of(const Survey& survey, const std::vector<plan::MediaSource>& sources,
                     const std::vector<std::uint64_t>& decoded) {
    Workload work;
    work.composite_ns = survey.composite_ns;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const MediaInfo& info = sources[i].info;
        work.decoded_px[info.codec] += static_cast<double>(decoded[i]) * info.width * info.height;
    }
    return work;
}

double predicted_seconds(const Workload& work, const Speed& speed, std::uint32_t cores) {
    const double output_ns =
        known_or(speed.output_ns, work.encoder, output_defaults, other_output_ns);
    const double cpu_s =
        decode_s(work, speed) + (work.composite_ns + output_ns * work.output_px) * 1e-9;
    return startup_s + cpu_s / (cores * std::max(0.05, speed.busy_share));
}

Speed learned(Speed speed, const Workload& work, const MeasuredTimes& times, std::uint32_t cores) {
    if (times.wall_s < shortest_lesson_s || times.all_s <= 0 || work.output_px <= 0) return speed;
    // Where files have several codecs, each of them was as much faster or slower than thought.
    const double thought_s = decode_s(work, speed);
    if (thought_s > 0 && times.workers_s > 0) {
        const double factor = times.workers_s / thought_s;
        for (const auto& [codec, px] : work.decoded_px) {
            const double now = decode_ns(speed, codec);
            if (px > 0) speed.decode_ns[codec] = halfway(now, now * factor);
        }
    }
    const double measured_ns =
        std::max(0.5, (times.compositor_s * 1e9 - work.composite_ns) / work.output_px);
    const auto known = speed.output_ns.find(work.encoder);
    speed.output_ns[work.encoder] =
        known == speed.output_ns.end() ? measured_ns : halfway(known->second, measured_ns);
    const double busy =
        std::clamp(times.all_s / (std::max(times.wall_s - startup_s, 0.1) * cores), 0.05, 1.0);
    speed.busy_share = halfway(speed.busy_share, busy);
    return speed;
}

}  // namespace reelpool::run
