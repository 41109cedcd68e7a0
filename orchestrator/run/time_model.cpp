#include "orchestrator/run/time_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ipc/base/digest.hpp"

namespace reelpool::run {
namespace {

constexpr double shortest_lesson_s = 1;
/// Drawing that takes less says nothing about drawing.
constexpr double least_drawing_s = 0.2;
constexpr std::size_t most_known = 64;

/// A pixel of a smaller frame is encoded faster, because more of the frame is in the cores' caches.
constexpr double full_hd_px = 1920.0 * 1080;
constexpr double size_exponent = 0.4;
double size_factor(double frame_px) {
    return frame_px > 0 ? std::pow(std::min(1.0, frame_px / full_hd_px), size_exponent) : 1;
}

struct Default {
    const char* name;
    double ns;
};
/// Measured at 1080p with real footage, 2 cores.
constexpr std::array decode_defaults{
    Default{"h264", 3.0},   Default{"hevc", 4.0},  Default{"vp9", 3.0},   Default{"av1", 5.0},
    Default{"prores", 8.0}, Default{"ffv1", 12.0}, Default{"mjpeg", 4.0}, Default{"png", 10.0}};
constexpr double other_decode_ns = 4;
constexpr std::array output_defaults{
    Default{"h264/ultrafast", 6}, Default{"h264/superfast", 11}, Default{"h264/veryfast", 19},
    Default{"h264/faster", 26},   Default{"h264/fast", 35},      Default{"h264/medium", 42},
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

void remember(std::vector<std::pair<std::uint64_t, double>>& known_s, std::uint64_t work,
              double seconds) {
    const auto same = std::find_if(known_s.begin(), known_s.end(),
                                   [&](const auto& one) { return one.first == work; });
    if (same != known_s.end()) {
        seconds = halfway(same->second, seconds);
        known_s.erase(same);
    }
    known_s.emplace_back(work, seconds);
    if (known_s.size() > most_known) known_s.erase(known_s.begin());
}

}  // namespace

std::string encoder_name(Codec codec, const std::string& preset) {
    const bool has_usual = codec == Codec::h264 || codec == Codec::hevc;
    return std::string(codec_name(codec)) + "/" + (preset.empty() && has_usual ? "medium" : preset);
}

Workload workload_of(const Survey& survey, const std::vector<plan::MediaSource>& sources,
                     const std::vector<std::uint64_t>& decoded) {
    Workload work;
    work.draw_ns = survey.composite_ns;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const MediaInfo& info = sources[i].info;
        work.decoded_px[info.codec] += static_cast<double>(decoded[i]) * info.width * info.height;
    }
    return work;
}

std::uint64_t fingerprint(const Workload& work) {
    Digester digester;
    for (const auto& [codec, px] : work.decoded_px) {
        digester.add_text(codec);
        digester.add_number(px);
    }
    digester.add_number(work.draw_ns);
    digester.add_number(work.output_px);
    digester.add_text(work.encoder);
    return digester.digest().low;
}

double predicted_seconds(const Workload& work, const Speed& speed, std::uint32_t cores) {
    for (const auto& [known, seconds] : speed.known_s)
        if (known == fingerprint(work)) return seconds;
    const double output_ns =
        known_or(speed.output_ns, work.encoder, output_defaults, other_output_ns) *
        size_factor(work.frame_px);
    const double cpu_s = decode_s(work, speed) + (work.draw_ns * speed.draw_factor +
                                                  output_ns * work.output_px) * 1e-9;
    return speed.start_s + cpu_s / (cores * std::max(0.05, speed.busy_share));
}

Speed learned(Speed speed, const Workload& work, const MeasuredTimes& times, std::uint32_t cores) {
    if (times.wall_s <= 0 || work.output_px <= 0) return speed;
    speed.start_s = halfway(speed.start_s, times.start_s);
    remember(speed.known_s, fingerprint(work), times.wall_s);
    const double rest_s = times.wall_s - times.start_s;
    if (rest_s < shortest_lesson_s) return speed;
    // Where files have several codecs, each of them was as much faster or slower than thought.
    const double thought_s = decode_s(work, speed);
    if (thought_s > 0 && times.workers_s > 0) {
        const double factor = times.workers_s / thought_s;
        for (const auto& [codec, px] : work.decoded_px) {
            const double now = decode_ns(speed, codec);
            if (px > 0) speed.decode_ns[codec] = halfway(now, now * factor);
        }
    }
    const double drawing_s = work.draw_ns * 1e-9;
    if (drawing_s >= least_drawing_s)
        speed.draw_factor =
            halfway(speed.draw_factor, std::clamp(times.draw_s / drawing_s, 0.05, 20.0));
    const double measured_ns = std::max(
        0.5, times.encode_s * 1e9 / (work.output_px * size_factor(work.frame_px)));
    const auto known = speed.output_ns.find(work.encoder);
    speed.output_ns[work.encoder] =
        known == speed.output_ns.end() ? measured_ns : halfway(known->second, measured_ns);
    const double cpu_s = times.workers_s + times.draw_s + times.encode_s;
    speed.busy_share =
        halfway(speed.busy_share, std::clamp(cpu_s / (rest_s * cores), 0.05, 1.0));
    return speed;
}

}  // namespace reelpool::run
