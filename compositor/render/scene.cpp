#include "compositor/render/scene.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "compositor/render/plane_sample.hpp"
#include "compositor/vk/status.hpp"

namespace reelpool::compositor {
namespace {

/// The widest filter, in level samples; a level that suits its scale needs 2.
constexpr double max_half_width = 4;

/// Beyond this an inverse matrix belongs to something too thin to be seen.
constexpr double max_inverse = 1e9;

std::optional<Matrix> inverse(const Matrix& m) {
    const double determinant = m.determinant();
    if (determinant == 0 || !std::isfinite(1 / determinant)) return std::nullopt;
    const Matrix out{.xx = m.yy / determinant,
                     .xy = -m.xy / determinant,
                     .yx = -m.yx / determinant,
                     .yy = m.xx / determinant,
                     .tx = (m.xy * m.ty - m.yy * m.tx) / determinant,
                     .ty = (m.yx * m.tx - m.xx * m.ty) / determinant};
    const double largest = std::max({std::abs(out.xx), std::abs(out.xy), std::abs(out.yx),
                                     std::abs(out.yy)});
    if (!(largest <= max_inverse)) return std::nullopt;
    return out;
}

/// The cheapest kernel for a plane that is not turned: how many neighbouring pixels find all their
/// taps among 4 samples.
std::uint32_t scaled_kind(const PlaneView& view, const PixelFormat& format) {
    const bool is_axis = view.column.y == 0 && view.row.x == 0 && format.sample_bytes() == 1;
    const double step = std::abs(view.column.x);
    if (!is_axis || step > 2) return KIND_GENERAL;
    return step > 2.0 / 3 ? KIND_AXIS_2 : KIND_AXIS_4;
}

class SceneBuilder {
  public:
    SceneBuilder(const DrawList& list, const OutputFormat& output, const Grid& grid,
                 const FindSlot& find_slot, ShaderBlocks& blocks)
        : list_(list), output_(output), find_slot_(find_slot), blocks_(blocks) {
        scene_.grid = grid;
    }

    Result<Scene> build() && {
        for (const DrawGroup& group : list_.groups) {
            SceneGroup& out = scene_.groups.emplace_back();
            if (group.background.a > 0) {
                out.has_background = true;
                out.background = add_solid(group.background);
            }
            for (const DrawLayer& layer : group.layers)
                REELPOOL_TRY_STATUS(add_layer(layer, out));
        }
        return std::move(scene_);
    }

  private:
    Status add_layer(const DrawLayer& layer, SceneGroup& group) {
        if (layer.opacity == 0) return ok();
        if (layer.kind == LayerKind::solid && layer.solid.a == 0) return ok();
        const std::optional<Matrix> to_source = inverse(layer.matrix);
        if (!to_source) return ok();
        if (layer.rect.right <= layer.rect.left || layer.rect.bottom <= layer.rect.top) return ok();
        Node node{.kind = layer.kind, .index = layer.group, .opacity = layer.opacity};
        node.coverage =
            coverage_of(layer.rect, layer.edges, layer.matrix, *to_source, scene_.grid);
        const TileSites everything{0, 0, scene_.grid.width - 1.0, scene_.grid.height - 1.0};
        const Reach reach = node.coverage.reach(everything);
        if (reach == Reach::none) return ok();
        if (reach == Reach::full) node.coverage = full_coverage();
        if (reach == Reach::partial) {
            node.coverage.record = static_cast<std::uint32_t>(blocks_.coverages.size());
            blocks_.coverages.push_back(node.coverage.block());
        }
        switch (layer.kind) {
            case LayerKind::frame: {
                REELPOOL_TRY(leaf, add_frame(layer, *to_source));
                node.index = leaf;
                break;
            }
            case LayerKind::solid: node.index = add_solid(layer.solid); break;
            case LayerKind::group: break;
        }
        group.nodes.push_back(node);
        return ok();
    }

    std::uint32_t add_block(const shaders::Sample& block) {
        blocks_.samples.push_back(block);
        return static_cast<std::uint32_t>(blocks_.samples.size() - 1);
    }

    std::uint32_t add_solid(const Color& color) {
        Leaf leaf{.kind = LayerKind::solid};
        leaf.solid_alpha = color.a;
        const std::array<double, 3> codes = output_codes(color, output_);
        for (std::uint32_t c = 0; c < scene_.grid.component_count; ++c) {
            leaf.solid[c] = codes[scene_.grid.first_component + c];
            shaders::Sample block = blocks_.samples[null_sample];
            block.offset = static_cast<float>(leaf.solid[c]);
            leaf.terms[c][0].sample = add_block(block);
            leaf.terms[c][0].is_whole = true;
            leaf.terms[c][0].sample_bytes = 0;
            leaf.term_counts[c] = 1;
        }
        leaf.unclamped = {-1e9, -1e9, 1e9, 1e9};
        scene_.leaves.push_back(leaf);
        return static_cast<std::uint32_t>(scene_.leaves.size() - 1);
    }

    Result<std::uint32_t> add_frame(const DrawLayer& layer, const Matrix& to_source) {
        const FrameSource& frame = layer.frame;
        const FilterSize filter = filter_size(layer);
        REELPOOL_TRY(layout, slot_layout(frame.format, frame.width, frame.height, frame.level));
        const bool fits = (filter.across <= max_half_width || layout.planes[0].width == 1) &&
                          (filter.down <= max_half_width || layout.planes[0].height == 1);
        if (!fits)
            return vk::refuse(ErrorCode::internal,
                              "a smoothly sampled frame was sent at a level far from its scale");
        Leaf leaf{.kind = LayerKind::frame};
        leaf.is_smooth = !filter.is_bilinear();
        leaf.has_alpha = frame.format.has_alpha;
        leaf.unclamped = {-1e9, -1e9, 1e9, 1e9};
        const SlotView slot = find_slot_(frame);
        const ComponentMap map = component_map(frame.format, frame.color, output_);

        std::uint32_t alpha = one_sample;
        if (leaf.has_alpha) {
            const int plane = frame.format.plane_count() - 1;
            const PlaneLayout& at = layout.planes[static_cast<std::size_t>(plane)];
            const PlaneView view = plane_view(layer, to_source, plane, at, scene_.grid, filter);
            shaders::Sample block =
                sample_block(view, frame.format, slot.arena_byte + at.offset_bytes, filter);
            block.scale = static_cast<float>(map.alpha_gain);
            alpha = add_block(block);
        }
        for (std::uint32_t c = 0; c < scene_.grid.component_count; ++c) {
            for (std::size_t p = 0; p < 3; ++p) {
                if (map.gain[scene_.grid.first_component + c][p] == 0) continue;
                const PlaneLayout& at = layout.planes[p];
                const PlaneView view =
                    plane_view(layer, to_source, static_cast<int>(p), at, scene_.grid, filter);
                add_term(leaf, c, p, view, frame, slot, map, alpha, filter);
            }
            if (leaf.term_counts[c] == 0) add_nothing(leaf, c, alpha);
        }
        scene_.leaves.push_back(leaf);
        return static_cast<std::uint32_t>(scene_.leaves.size() - 1);
    }

    void add_term(Leaf& leaf, std::uint32_t c, std::size_t p, const PlaneView& view,
                  const FrameSource& frame, const SlotView& slot, const ComponentMap& map,
                  std::uint32_t alpha, const FilterSize& filter) {
        const std::uint32_t component = scene_.grid.first_component + c;
        const double gain = map.gain[component][p];
        shaders::Sample block = sample_block(
            view, frame.format, slot.arena_byte + view.layout.offset_bytes, filter);
        block.scale = static_cast<float>(gain);
        block.offset = static_cast<float>(-gain * map.zero[p]);
        block.alpha = alpha;
        const Coding out = coding_of(output_.format, output_.color.range);
        Term term{.sample = add_block(block),
                  .sample_bytes = static_cast<std::uint8_t>(frame.format.sample_bytes()),
                  .scaled_kind = scaled_kind(view, frame.format),
                  .is_aligned = block.identity_base % 16 == 0,
                  .is_whole = view.is_whole && !leaf.is_smooth,
                  .dx = view.dx,
                  .dy = view.dy,
                  .data = slot.data + view.layout.offset_bytes,
                  .stride_bytes = view.layout.stride_bytes,
                  .plane_width = view.layout.width,
                  .plane_height = view.layout.height};
        term.is_copy = term.is_whole && gain == 1 && map.zero[p] == out.zero[component] &&
                       frame.format.bit_depth == output_.format.bit_depth && !leaf.has_alpha;
        if (term.is_whole) {
            TileSites& u = leaf.unclamped;
            u.left = std::max(u.left, view.column_low - view.dx);
            u.right = std::min(u.right, view.column_high - view.dx);
            u.top = std::max(u.top, view.row_low - view.dy);
            u.bottom = std::min(u.bottom, view.row_high - view.dy);
        }
        leaf.terms[c][leaf.term_counts[c]++] = term;
    }

    /// A component that the source has not (chroma of gray) is neutral, with the source's alpha.
    void add_nothing(Leaf& leaf, std::uint32_t c, std::uint32_t alpha) {
        shaders::Sample block = blocks_.samples[null_sample];
        block.alpha = alpha;
        // The general kernel reads value and alpha with one sample size.
        block.stride = blocks_.samples[alpha].stride & 3U;
        leaf.terms[c][0] = {
            .sample = add_block(block), .sample_bytes = 0, .is_whole = !leaf.is_smooth};
        leaf.term_counts[c] = 1;
    }

    const DrawList& list_;
    const OutputFormat& output_;
    const FindSlot& find_slot_;
    ShaderBlocks& blocks_;
    Scene scene_;
};

}  // namespace

void add_constants(ShaderBlocks& blocks) {
    shaders::Sample null{};
    null.alpha = one_sample;
    null.half_width = null.half_height = 1;
    null.taps_x = null.taps_y = 1;
    shaders::Sample one = null;
    one.offset = 1;
    blocks.samples = {null, one};
    blocks.coverages = {full_coverage().block()};
}

std::uint64_t count_frames(const std::vector<Scene>& scenes) {
    std::uint64_t most = 0;
    for (const Scene& scene : scenes) {
        const auto count =
            std::count_if(scene.leaves.begin(), scene.leaves.end(),
                          [](const Leaf& leaf) { return leaf.kind == LayerKind::frame; });
        most = std::max(most, static_cast<std::uint64_t>(count));
    }
    return most;
}

Result<std::vector<Scene>> build_scenes(const DrawList& list, const OutputFormat& output,
                                        const FindSlot& find_slot, ShaderBlocks& blocks) {
    add_constants(blocks);
    std::vector<Scene> scenes;
    for (const Grid& grid : grids_of(output)) {
        REELPOOL_TRY(scene, SceneBuilder(list, output, grid, find_slot, blocks).build());
        scenes.push_back(std::move(scene));
    }
    return scenes;
}

}  // namespace reelpool::compositor
