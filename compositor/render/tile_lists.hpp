#pragma once

#include <cstdint>
#include <vector>

#include "compositor/render/color_curves.hpp"
#include "compositor/render/passes.hpp"
#include "compositor/render/pipeline_key.hpp"
#include "compositor/render/tile_composer.hpp"
#include "compositor/render/variants.hpp"
#include "shaders/parameters.hpp"

namespace reelpool::compositor {

/// One dispatch: tiles of one pipeline. Dispatches are in order; one whose `height` or `batch`
/// differs from the one before needs its results (or its scratch memory).
struct TileRun {
    std::uint32_t pass = 0;  ///< into whose target it writes
    std::uint32_t batch = 0;
    std::uint32_t height = 0;
    PipelineKey key;
    std::vector<shaders::Tile> tiles;
};

/// A part of an output plane that needs no arithmetic: copied from a slot, or one value.
struct DirectSpan {
    std::uint32_t plane = 0;
    std::uint32_t x = 0, y = 0, width = 0, height = 0;  ///< samples
    const std::byte* from = nullptr;  ///< the source's sample under (x, y); null: fill
    std::uint32_t from_stride_bytes = 0;
    std::uint16_t fill = 0;
};

/// Whether tiles that are one opaque whole layer, or one value, become DirectSpans.
enum class DirectTiles { no, yes };

/// Everything that one frame asks of the device.
struct TileLists {
    std::vector<TileRun> runs;  ///< in execution order
    std::vector<shaders::ListEntry> entries;
    std::vector<DirectSpan> spans;
    std::uint32_t scratch_tiles = 0;  ///< the most that one batch uses
};

/// What tile lists must know of the device.
struct TileOptions {
    ColorCurves* curves = nullptr;         ///< null: no colours are converted
    std::uint32_t scratch_tiles = 0;       ///< how many its scratch memory can hold
    std::uint32_t batch_tiles = 0;         ///< how many of them are used where that is enough
    DirectTiles direct = DirectTiles::no;  ///< of the last pass
    Variants variants = Variants::exact;   ///< not automatic
};

/// A frame that needs more than the scratch memory is drawn in several batches.
/// Errors: one tile alone needs more.
[[nodiscard]] Result<TileLists> build_tile_lists(const std::vector<Pass>& passes,
                                                 const TileOptions& options);

/// One tile of each pipeline that draws nothing worth keeping: makes the device compile them.
[[nodiscard]] TileLists idle_lists(const std::vector<PipelineKey>& keys);

/// The whole frame is one opaque, untransformed, uncropped picture of exactly the output's size
/// and codes: its leaf per scene, else null.
[[nodiscard]] bool is_pass_through(const Pass& pass, std::vector<const Leaf*>& leaves);

}  // namespace reelpool::compositor
