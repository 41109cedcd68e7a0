#include "orchestrator/run/memory_model.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "ipc/frame/mask.hpp"
#include "orchestrator/run/drawn_area.hpp"

namespace reelpool::run {
namespace {

constexpr double mb = 1 << 20;
/// Orchestrator, zygote and compositor with its driver, before there is a picture.
constexpr double base_bytes = 140 * mb;
/// Compositing and encoding, for every pixel of the output: of x264 with medium, and the least that
/// any encoder takes.
constexpr double bytes_per_output_pixel = 203;
constexpr double least_bytes_per_pixel = 10;
/// What x264's other presets take more, by their look-ahead and references.
constexpr std::array preset_bytes{
    std::pair{"h264/ultrafast", -211.0}, std::pair{"h264/superfast", -152.0},
    std::pair{"h264/veryfast", -100.0},  std::pair{"h264/faster", -93.0},
    std::pair{"h264/fast", -59.0},       std::pair{"h264/slow", 35.0},
    std::pair{"h264/slower", 95.0},      std::pair{"h264/veryslow", 131.0}};
/// Beside its decoders.
constexpr double bytes_per_worker = 2 * mb;
/// What Mesa's software driver keeps of the kernels that it compiled for kinds besides plain
/// scaling: for the first, and for one kind more; kinds combine.
constexpr double first_kernel_bytes = 10 * mb;
constexpr double bytes_per_kernel_kind = 24 * mb;

/// What the compositor keeps of masks, for every pixel of the output: several in all planes.
constexpr double mask_bytes_per_pixel = 12;

double kernel_bytes(std::uint32_t kinds) {
    kinds &= ~std::uint32_t{kept_masks};
    if (kinds == 0) return 0;
    return first_kernel_bytes +
           bytes_per_kernel_kind * ((1U << static_cast<unsigned>(std::popcount(kinds))) - 1);
}

double mask_bytes(std::uint32_t kinds, double output_px) {
    if ((kinds & kept_masks) == 0) return 0;
    return std::min(double{max_kept_mask_bytes}, mask_bytes_per_pixel * output_px);
}

}  // namespace

std::uint64_t memory_besides(const Surroundings& around, std::uint32_t workers) {
    const double output = static_cast<double>(around.width_px) * around.height_px;
    const auto other = std::find_if(preset_bytes.begin(), preset_bytes.end(),
                                    [&](const auto& one) { return around.encoder == one.first; });
    const double more = other == preset_bytes.end() ? 0 : other->second;
    const double encoding = (bytes_per_output_pixel + more) * output;
    return static_cast<std::uint64_t>(
        std::max(base_bytes + encoding, base_bytes / 2 + least_bytes_per_pixel * output) +
        bytes_per_worker * workers + kernel_bytes(around.kernel_kinds) +
        mask_bytes(around.kernel_kinds, output) + static_cast<double>(around.sound_bytes));
}

std::uint64_t predicted_memory(const plan::Forecast& forecast, const Surroundings& around) {
    return forecast.memory_peak_bytes + memory_besides(around, forecast.workers_peak);
}

}  // namespace reelpool::run
