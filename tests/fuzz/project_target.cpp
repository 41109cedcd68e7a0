#include <algorithm>
#include <cmath>
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
    facts.info.has_sound = true;
    facts.info.sound = SoundInfo{.codec = "aac",
                                 .rate_hz = 44100,
                                 .channels = 1 + id % 6,
                                 .layout_mask = (std::uint64_t{1} << (1 + id % 6)) - 1,
                                 .first_sample = 0,
                                 .duration = 4};
    return facts;
}

void check_sound(const SoundMix& mix, std::uint32_t rate_hz) {
    for (const SoundVoice& voice : mix.voices) {
        std::uint64_t end = mix.first;
        for (const SoundRun& run : voice.runs) {
            fuzz::require(run.first >= end && run.count > 0 && run.step != 0 && run.pitch != 0);
            end = run.first + run.count;
        }
        fuzz::require(end <= mix.first + mix.samples);
        fuzz::require(voice.gains.size() == voice.points.size() * voice.routes.size());
        for (const double gain : voice.gains) fuzz::require(std::isfinite(gain));
        fuzz::require(voice.bus == main_bus || voice.bus < mix.buses.size());
    }
    for (std::size_t i = 0; i < mix.buses.size(); ++i) {
        const SoundBus& bus = mix.buses[i];
        fuzz::require(bus.parent == main_bus || bus.parent < i);
        fuzz::require(bus.layout_mask != 0 && bus.count > 0 && bus.first >= mix.first &&
                      bus.first + bus.count <= mix.first + mix.samples);
        fuzz::require(bus.gains.size() == bus.points.size() * bus.routes.size());
        for (const SoundEffect& effect : bus.effects) fuzz::require(is_sane(effect));
    }
    (void)model::blocks_of(mix, rate_hz);
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
    const model::Comp main = project->comps[project->main];
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
    const std::uint64_t samples = timeline->sound_samples();
    if (samples > 0) check_sound(timeline->sound_mix(0), main.sound.rate_hz);
    if (samples > 0)
        check_sound(timeline->sound_mix(
                        static_cast<std::uint32_t>((samples - 1) / sound_chunk_samples)),
                    main.sound.rate_hz);
    return 0;
}
