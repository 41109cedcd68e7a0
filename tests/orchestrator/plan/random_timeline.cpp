#include "random_timeline.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "orchestrator/plan/frame_cache.hpp"
#include "simulated_world.hpp"

namespace reelpool::plan::test {
namespace {

constexpr std::uint64_t mb = 1 << 20;
constexpr std::uint32_t backwards = 3;

struct Layer {
    std::uint32_t media, start, length, in, step;
    Level level;
};

std::uint64_t bytes_of(const std::vector<FrameKey>& wants, const MediaCatalog& catalog) {
    const FrameCache measure({.budget_bytes = 16 * mb});
    std::uint64_t bytes = 0;
    for (const FrameKey& key : std::set<FrameKey>(wants.begin(), wants.end()))
        bytes += measure.segment_bytes(catalog.slot_bytes(key.media, key.level));
    return bytes;
}

}  // namespace

RandomTimeline::RandomTimeline(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t n) { return static_cast<std::uint32_t>(random() % n); };
    const std::uint32_t files = 1 + below(4);
    for (std::uint32_t i = 0; i < files; ++i)
        media.push_back(make_media(i, 60 + below(300), 1 + below(100), 640, 360));
    const std::uint32_t total = 40 + below(120);
    std::vector<Layer> layers(1 + below(8));
    for (Layer& layer : layers)
        layer = {below(files), below(total), 10 + below(100), below(200), below(4), {}};
    for (Layer& layer : layers)
        layer.level = {static_cast<std::uint8_t>(below(3)), static_cast<std::uint8_t>(below(3))};
    wants.resize(total);
    const MediaCatalog catalog(media);
    least_bytes = mb;
    for (std::uint32_t n = 0; n < total; ++n) {
        for (const Layer& layer : layers) {
            if (n < layer.start || n >= layer.start + layer.length) continue;
            const std::uint32_t u = n - layer.start;
            const std::uint32_t frame =
                layer.step == backwards ? layer.in + layer.length - u : layer.in + layer.step * u;
            const std::uint32_t last = media[layer.media].table.frame_count() - 1;
            wants[n].push_back(
                {MediaId{layer.media}, FrameIndex{std::min(frame, last)}, layer.level});
        }
        least_bytes = std::max(least_bytes, bytes_of(wants[n], catalog));
    }
}

}  // namespace reelpool::plan::test
