#include "orchestrator/run/memory_model.hpp"

#include <algorithm>

namespace reelpool::run {
namespace {

constexpr double mb = 1 << 20;
/// Orchestrator, zygote and compositor with its driver, before there is a picture.
constexpr double base_bytes = 140 * mb;
/// Compositing and encoding (x264 with the preset medium), for every pixel of the output.
constexpr double bytes_per_output_pixel = 185;
constexpr double bytes_per_worker = 14 * mb;
/// A codec's own pictures, for every pixel of the medium.
constexpr double bytes_per_cursor_pixel = 10;

}  // namespace

std::uint64_t memory_besides_rings(std::pair<std::uint32_t, std::uint32_t> output_px,
                                   const Decoders& decoders) {
    const double output = static_cast<double>(output_px.first) * output_px.second;
    return static_cast<std::uint64_t>(
        base_bytes + bytes_per_output_pixel * output + bytes_per_worker * decoders.workers +
        bytes_per_cursor_pixel * decoders.largest_medium_px * decoders.cursors);
}

std::uint64_t predicted_memory(const plan::Forecast& forecast,
                               std::pair<std::uint32_t, std::uint32_t> output_px,
                               const std::vector<plan::MediaSource>& sources) {
    double largest = 0;
    for (const plan::MediaForecast& media : forecast.media) {
        const MediaInfo& info = sources[media.media.value].info;
        if (media.wants > 0)
            largest = std::max(largest, static_cast<double>(info.width) * info.height);
    }
    return forecast.cache_peak_bytes +
           memory_besides_rings(output_px, {.workers = forecast.workers_peak,
                                            .cursors = forecast.cursors_peak,
                                            .largest_medium_px = largest});
}

}  // namespace reelpool::run
