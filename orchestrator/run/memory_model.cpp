#include "orchestrator/run/memory_model.hpp"

namespace reelpool::run {
namespace {

constexpr double mb = 1 << 20;
/// Orchestrator, zygote and compositor with its driver, before there is a picture.
constexpr double base_bytes = 185 * mb;
/// Compositing and encoding (x264 with the preset medium), for every pixel of the output.
constexpr double bytes_per_output_pixel = 159;
/// Beside its decoders.
constexpr double bytes_per_worker = 2 * mb;

}  // namespace

std::uint64_t memory_besides(std::pair<std::uint32_t, std::uint32_t> output_px,
                             std::uint32_t workers) {
    const double output = static_cast<double>(output_px.first) * output_px.second;
    return static_cast<std::uint64_t>(base_bytes + bytes_per_output_pixel * output +
                                      bytes_per_worker * workers);
}

std::uint64_t predicted_memory(const plan::Forecast& forecast,
                               std::pair<std::uint32_t, std::uint32_t> output_px) {
    return forecast.memory_peak_bytes + memory_besides(output_px, forecast.workers_peak);
}

}  // namespace reelpool::run
