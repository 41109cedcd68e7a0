#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/render/color_conversion.hpp"
#include "compositor/render/coverage.hpp"
#include "compositor/render/fused_effects.hpp"
#include "compositor/render/grid.hpp"
#include "compositor/render/mask_store.hpp"
#include "compositor/render/mix_weight.hpp"
#include "compositor/render/target.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/draw_list.hpp"
#include "shaders/parameters.hpp"

namespace reelpool::compositor {

/// The blocks that the shader reads, of all grids of one frame.
struct ShaderBlocks {
    std::vector<shaders::Sample> samples;
    std::vector<shaders::Coverage> coverages;
};
inline constexpr std::uint32_t null_sample = 0;  ///< value 0 everywhere
inline constexpr std::uint32_t one_sample = 1;   ///< alpha 1 everywhere
inline constexpr std::uint32_t no_edges = 0;     ///< coverage 1 everywhere

/// A slot as this frame reads it.
struct SlotView {
    std::uint32_t arena_byte = 0;     ///< where the shader finds its first byte
    const std::byte* data = nullptr;  ///< where this process finds it
};

/// One source plane that an output component needs.
struct Term {
    std::uint32_t sample = null_sample;  ///< its block
    std::uint8_t sample_bytes = 1;       ///< 0: reads no plane
    /// The kinds of items that draw it scaled, with its alpha, and smoothly sampled.
    std::uint32_t scaled_kind = KIND_GENERAL;
    std::uint32_t alpha_kind = KIND_ALPHA;
    std::uint32_t smooth_kind = KIND_SMOOTH;
    std::uint32_t step_kind = 0;  ///< of STEP_KINDS, where one can; 0: none
    bool is_aligned = true;       ///< is_whole: the row's words begin where the output's do
    bool is_whole = false;        ///< unscaled, and grid samples fall on plane samples
    bool is_copy = false;         ///< is_whole, and codes mean the same on both sides
    std::int32_t dx = 0;          ///< is_whole: plane column of grid column 0
    std::int32_t dy = 0;
    const std::byte* data = nullptr;  ///< the plane's first byte
    std::uint32_t stride_bytes = 0;
    std::uint32_t plane_width = 0;
    std::uint32_t plane_height = 0;
};

/// A frame, a solid or a canvas over one grid.
struct Leaf {
    LayerKind kind = LayerKind::solid;
    bool is_smooth = false;
    bool is_cubic = false;  ///< or shows the nearest sample
    bool has_alpha = false;
    /// Per component: the planes to add up, as seen from the grid's sites. Those of
    /// Scene::components.
    std::array<std::array<Term, 3>, 4> terms{};
    std::array<std::uint8_t, 4> term_counts{};
    std::array<double, 4> solid{};  ///< zero-based codes per component
    double solid_alpha = 1;
    /// Grid samples over which no position of a whole plane, and no tap of a smooth one, is
    /// clamped.
    TileSites unclamped{};
    /// The grid columns over which no position of a plane with a step kind is clamped.
    double step_first = -1e9;
    double step_last = 1e9;
};

/// A layer of a group over one grid.
struct Node {
    LayerKind kind = LayerKind::solid;
    std::uint32_t index = 0;  ///< of its leaf or its group
    double opacity = 1;
    Coverage coverage{};
    BlendMode blend = BlendMode::normal;
    DissolveSeed dissolve{};
    std::optional<MixWeight> mix{};  ///< kind mix: of its groups `index` and `second`
    std::uint32_t second = 0;
    std::optional<std::uint32_t> mask{};  ///< into Scene::masks
    std::optional<std::uint32_t> conversion{};  ///< kind frame: into Scene::conversions
    std::uint32_t effects = 0;            ///< into Scene::effects: [effects, effects_end)
    std::uint32_t effects_end = 0;
    [[nodiscard]] bool has_effects() const { return effects != effects_end; }
};

struct SceneGroup {
    std::vector<Node> nodes;
    std::uint32_t background = 0;  ///< its leaf, if it has one
    bool has_background = false;
    Light light = Light::codes;  ///< solids of others than this are in its light already
};

/// Components: [first, end).
struct Components {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    [[nodiscard]] std::uint32_t count() const { return end - first; }
};

/// A draw list made ready for one grid: only what can show, bottom to top.
struct Scene {
    Grid grid;
    bool is_straight = false;  ///< the target's colours are not multiplied by alpha
    /// What leaves can show: the grid's components; all colours where some layer's blend mode or
    /// conversion needs them together.
    Components components;
    std::vector<Leaf> leaves;
    std::vector<std::shared_ptr<MaskPlane>> masks;
    std::vector<ColorConversion> conversions;
    /// Into those, where linear light is not SDR's.
    std::optional<std::uint32_t> to_light{};
    std::optional<std::uint32_t> from_light{};
    std::vector<FusedEffects> effects;
    std::vector<SceneGroup> groups;  ///< as in the draw list or canvas; the last is the root
};

/// Starts `blocks` with null_sample, one_sample and no_edges.
void add_constants(ShaderBlocks& blocks);

/// The frame layers that can show on any grid, canvases not counted.
[[nodiscard]] std::uint64_t count_frames(const std::vector<Scene>& scenes);

/// Where the shader and this process find a slot.
using FindSlot = std::function<SlotView(const FrameSource&)>;
/// Where the shader finds a level of a canvas: its first byte in the arena.
using FindCanvas = std::function<std::uint32_t(std::uint32_t canvas, Level level)>;

/// What the layers of a draw list show.
struct Sources {
    FindSlot find_slot;
    const std::vector<DrawCanvas>& canvases;
    FindCanvas find_canvas = {};  ///< needed where there are canvases
    MaskStore& masks;
};

/// Prepares checked groups, of a draw list or of a canvas, for each grid of a target, and adds to
/// `blocks`.
/// Errors: a smoothly sampled picture whose level is far from its scale.
[[nodiscard]] Result<std::vector<Scene>> build_scenes(const std::vector<DrawGroup>& groups,
                                                      const Target& target, const Sources& sources,
                                                      ShaderBlocks& blocks);

/// Prepares the halving of a canvas to `level`, which `target` is, from the level before it.
[[nodiscard]] Result<std::vector<Scene>> build_halving(std::uint32_t canvas, Level level,
                                                       const Target& target, const Sources& sources,
                                                       ShaderBlocks& blocks);

}  // namespace reelpool::compositor
