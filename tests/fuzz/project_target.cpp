#include <algorithm>
#include <string_view>

#include "orchestrator/model/project.hpp"
#include "orchestrator/model/timeline.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// A project file: parsed, resolved against media of 100 frames, and some output frames of it.

using namespace reelpool;

namespace {

model::MediaFacts hundred_frames(std::uint32_t id) {
    model::MediaFacts facts;
    facts.id = MediaId{id};
    facts.info.codec = "h264";
    facts.info.format = yuv420p;
    facts.info.width = 64;
    facts.info.height = 36;
    facts.table.time_base = Rational(1, 25);
    for (std::uint32_t n = 0; n < 100; ++n) facts.table.pts.push_back(n);
    facts.table.end_pts = 100;
    facts.table.keyframes = {0, 50};
    return facts;
}

constexpr std::size_t most_media = 100;
constexpr std::uint32_t most_layers = 1000;

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto project = model::parse_project({reinterpret_cast<const char*>(data), size});
    if (!project) {
        fuzz::require(!project.error().what.empty());
        return 0;
    }
    if (project->media.size() > most_media) return 0;
    std::vector<std::optional<model::MediaFacts>> facts;
    for (std::uint32_t n = 0; n < project->media.size(); ++n) facts.push_back(hundred_frames(n));
    const model::Comp& main = project->comps[project->main];
    auto timeline = model::Timeline::build(
        std::move(*project), facts, {.width = main.width, .height = main.height, .fps = main.fps});
    if (!timeline) {
        fuzz::require(!timeline.error().what.empty());
        return 0;
    }
    const std::uint32_t count = timeline->frame_count();
    for (const std::uint32_t n : {0U, count / 3, count - 1}) {
        if (n >= count) continue;
        const model::ResolvedFrame frame = timeline->resolve(OutputIndex{n});
        std::uint32_t layers = 0;
        for_each_layer(frame.list, [&](const DrawLayer& layer) {
            if (++layers > most_layers || layer.kind != LayerKind::frame) return;
            fuzz::require(layer.frame.frame.value < 100);
            fuzz::require(layer.opacity >= 0 && layer.opacity <= 1);
        });
    }
    return 0;
}
