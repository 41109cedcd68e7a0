#include "orchestrator/run/slow_frames.hpp"

#include <algorithm>
#include <array>

#include "orchestrator/model/geometry.hpp"
#include "orchestrator/model/visibility.hpp"

namespace reelpool::run {
namespace {

/// Output pixels that the layer covers, roughly: of its bounds.
double area_of(const DrawLayer& layer, const Rect& output) {
    const Rect shown =
        model::intersection(model::bounds_of(model::corners_of(layer.rect, layer.matrix)), output);
    return std::max(0.0, shown.right - shown.left) * std::max(0.0, shown.bottom - shown.top);
}

}  // namespace

void SlowFrames::note(const DrawList& list, std::uint32_t width_px, std::uint32_t height_px,
                      std::uint64_t composite_us) {
    if (composite_us <= slow_us) return;
    const Rect output{0, 0, double(width_px), double(height_px)};
    std::map<std::uint32_t, double> drawn;
    for (const DrawGroup& group : list.groups)
        for (const DrawLayer& layer : group.layers) drawn[group.comp] += area_of(layer, output);
    const auto most =
        std::max_element(drawn.begin(), drawn.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most == drawn.end()) return;
    OfComp& comp = by_comp_[most->first];
    ++comp.frames;
    if (composite_us <= comp.worst_us) return;
    comp.worst_us = composite_us;
    comp.worst = list.output;
}

}  // namespace reelpool::run
