#include "orchestrator/run/survey.hpp"

#include <algorithm>
#include <set>

#include "ipc/frame/canvas_layout.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/plan/frame_cache.hpp"
#include "orchestrator/plan/want_counter.hpp"
#include "orchestrator/run/drawn_area.hpp"

namespace reelpool::run {
namespace {

std::uint64_t bytes_of(const std::set<plan::FrameKey>& keys, const plan::MediaCatalog& catalog,
                       const plan::FrameCache& cache, std::uint64_t gap_bytes) {
    std::uint64_t bytes = 0;
    for (const plan::FrameKey& key : keys)
        bytes += cache.segment_bytes(catalog.slot_bytes(key.media, key.level)) + gap_bytes;
    return bytes;
}

}  // namespace

std::vector<plan::FrameKey> keys_by_file(const model::ResolvedFrame& frame) {
    std::vector<plan::FrameKey> keys;
    for_each_layer(frame.list, [&keys](const DrawLayer& layer) {
        if (layer.kind == LayerKind::frame)
            keys.push_back({layer.frame.media, layer.frame.frame, layer.frame.level});
    });
    return keys;
}

std::vector<plan::FrameKey> keys_by_appearance(const model::ResolvedFrame& frame,
                                               const Survey& survey) {
    std::vector<plan::FrameKey> keys = keys_by_file(frame);
    for (std::size_t i = 0; i < keys.size(); ++i)
        keys[i].media = MediaId{survey.appearance_by_key.at(frame.appearances[i])};
    return keys;
}

Survey survey(const model::Timeline& timeline, const std::vector<plan::MediaSource>& media,
              std::uint64_t cache_bytes) {
    const plan::MediaCatalog catalog(media);
    const plan::FrameCache cache({.budget_bytes = cache_bytes});
    std::vector<plan::WantCounter> counters;
    for (const plan::MediaSource& source : media) counters.emplace_back(source);
    Survey found;
    for (std::uint32_t n = 0; n < timeline.frame_count(); ++n) {
        const model::ResolvedFrame frame = timeline.resolve(OutputIndex{n});
        const std::vector<plan::FrameKey> keys = keys_by_file(frame);
        found.composite_ns +=
            composite_ns(frame.list, timeline.output().width, timeline.output().height);
        found.kernel_kinds |=
            kernel_kinds(frame.list, timeline.output().width, timeline.output().height);
        // Comps have sizes that canvases may have.
        const CanvasBytes canvases = canvas_bytes(frame.list).value();
        found.canvas_bytes = {std::max(found.canvas_bytes.all, canvases.all),
                              std::max(found.canvas_bytes.largest, canvases.largest)};
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const auto [entry, is_new] = found.appearance_by_key.try_emplace(
                frame.appearances[i], static_cast<std::uint32_t>(found.appearances.size()));
            if (is_new) found.appearances.push_back({keys[i].media, {n, n}});
            found.appearances[entry->second].lifetime.last = n;
        }
        const std::set<plan::FrameKey> different(keys.begin(), keys.end());
        for (const plan::FrameKey& key : different) counters[key.media.value].want(key.frame);
        found.cache_bytes = std::max(found.cache_bytes, bytes_of(different, catalog, cache, 0));
        found.view_bytes =
            std::max(found.view_bytes, bytes_of(different, catalog, cache, wire::view_gap_bytes));
    }
    for (const plan::WantCounter& counter : counters) {
        found.wanted.push_back(counter.statistics());
        if (counter.statistics().wants > 0) ++found.files_used;
    }
    return found;
}

}  // namespace reelpool::run
