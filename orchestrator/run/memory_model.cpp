#include "orchestrator/run/memory_model.hpp"

#include <algorithm>
#include <array>

namespace reelpool::run {
namespace {

constexpr double mb = 1 << 20;
/// Orchestrator, zygote and compositor with its driver, before there is a picture.
constexpr double base_bytes = 185 * mb;
/// Compositing and encoding, for every pixel of the output: of x264 with medium, and the least that
/// any encoder takes.
constexpr double bytes_per_output_pixel = 159;
constexpr double least_bytes_per_pixel = 10;
/// What x264's other presets take more, by their look-ahead and references.
constexpr std::array preset_bytes{
    std::pair{"h264/ultrafast", -190.0}, std::pair{"h264/superfast", -131.0},
    std::pair{"h264/veryfast", -107.0},  std::pair{"h264/faster", -72.0},
    std::pair{"h264/fast", -38.0},       std::pair{"h264/slow", 35.0},
    std::pair{"h264/slower", 95.0},      std::pair{"h264/veryslow", 131.0}};
/// Beside its decoders.
constexpr double bytes_per_worker = 2 * mb;

}  // namespace

std::uint64_t memory_besides(std::pair<std::uint32_t, std::uint32_t> output_px,
                             const std::string& encoder, std::uint32_t workers) {
    const double output = static_cast<double>(output_px.first) * output_px.second;
    const auto other = std::find_if(preset_bytes.begin(), preset_bytes.end(),
                                    [&](const auto& one) { return encoder == one.first; });
    const double more = other == preset_bytes.end() ? 0 : other->second;
    const double encoding = (bytes_per_output_pixel + more) * output;
    return static_cast<std::uint64_t>(
        std::max(base_bytes + encoding, base_bytes / 2 + least_bytes_per_pixel * output) +
        bytes_per_worker * workers);
}

std::uint64_t predicted_memory(const plan::Forecast& forecast,
                               std::pair<std::uint32_t, std::uint32_t> output_px,
                               const std::string& encoder) {
    return forecast.memory_peak_bytes + memory_besides(output_px, encoder, forecast.workers_peak);
}

}  // namespace reelpool::run
