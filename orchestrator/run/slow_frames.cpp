#include "orchestrator/run/slow_frames.hpp"

#include <algorithm>

#include "orchestrator/run/drawn_area.hpp"

namespace reelpool::run {

void SlowFrames::note(const DrawList& list, std::uint32_t width_px, std::uint32_t height_px,
                      std::uint64_t composite_us) {
    if (composite_us <= slow_us) return;
    std::map<std::uint32_t, double> drawn;
    const auto add = [&](const std::vector<DrawGroup>& groups, double width, double height) {
        for (const DrawGroup& group : groups)
            for (const DrawLayer& layer : group.layers)
                drawn[group.comp] += drawn_px(layer, width, height);
    };
    for (const DrawCanvas& canvas : list.canvases) add(canvas.groups, canvas.width, canvas.height);
    add(list.groups, width_px, height_px);
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

void SlowFrames::add(const SlowFrames& other) {
    for (const auto& [index, more] : other.by_comp_) {
        OfComp& comp = by_comp_[index];
        comp.frames += more.frames;
        if (more.worst_us <= comp.worst_us) continue;
        comp.worst_us = more.worst_us;
        comp.worst = more.worst;
    }
}

}  // namespace reelpool::run
