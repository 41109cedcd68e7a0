#include "compositor/render/passes.hpp"

#include <algorithm>
#include <utility>

#include "ipc/frame/canvas_layout.hpp"

namespace reelpool::compositor {

Result<CanvasPlaces> CanvasPlaces::of(const DrawList& list, std::uint64_t first_byte) {
    CanvasPlaces places(list);
    std::uint64_t next = first_byte;
    for (const DrawCanvas& canvas : list.canvases) {
        std::vector<std::uint32_t>& bytes = places.bytes_.emplace_back();
        for (const Level level : canvas.levels) {
            REELPOOL_TRY(layout, canvas_layout(canvas, level));
            bytes.push_back(static_cast<std::uint32_t>(next));
            next += layout.bytes;
        }
    }
    return places;
}

std::uint32_t CanvasPlaces::byte_of(std::uint32_t canvas, Level level) const {
    const std::vector<Level>& levels = list_->canvases[canvas].levels;
    const auto found = std::lower_bound(levels.begin(), levels.end(), level);
    return bytes_[canvas][static_cast<std::size_t>(found - levels.begin())];
}

Result<std::vector<Pass>> build_passes(const DrawList& list, const OutputFormat& output,
                                       const FindSlot& find_slot, const CanvasPlaces& places,
                                       MaskStore& masks, ShaderBlocks& blocks) {
    const Sources sources{
        .find_slot = find_slot,
        .canvases = list.canvases,
        .find_canvas = [&places](std::uint32_t canvas,
                                 Level level) { return places.byte_of(canvas, level); },
        .masks = masks};
    std::vector<Pass> passes;
    for (std::uint32_t i = 0; i < list.canvases.size(); ++i) {
        const DrawCanvas& canvas = list.canvases[i];
        for (const Level level : canvas.levels) {
            REELPOOL_TRY(target, canvas_target(output, canvas, level));
            Pass pass{.target = std::move(target), .arena_byte = places.byte_of(i, level)};
            auto scenes = level == Level{}
                              ? build_scenes(canvas.groups, pass.target, sources, blocks)
                              : build_halving(i, level, pass.target, sources, blocks);
            if (!scenes) return unexpected(std::move(scenes).error());
            pass.scenes = std::move(scenes).value();
            passes.push_back(std::move(pass));
        }
    }
    Pass last{.target = output_target(output)};
    REELPOOL_TRY(scenes, build_scenes(list.groups, last.target, sources, blocks));
    last.scenes = std::move(scenes);
    passes.push_back(std::move(last));
    return passes;
}

}  // namespace reelpool::compositor
