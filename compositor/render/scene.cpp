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
    const double largest =
        std::max({std::abs(out.xx), std::abs(out.xy), std::abs(out.yx), std::abs(out.yy)});
    if (!(largest <= max_inverse)) return std::nullopt;
    return out;
}

bool is_axis(const PlaneView& view) {
    return view.column.y == 0 && view.row.x == 0;
}

/// The cheapest kernel for a plane that is not turned: how many neighbouring pixels find all their
/// taps among 4 samples.
std::uint32_t scaled_kind(const PlaneView& view, const PixelFormat& format) {
    const double step = std::abs(view.column.x);
    if (!is_axis(view) || format.sample_bytes() != 1 || step > 2) return KIND_GENERAL;
    return step > 2.0 / 3 ? KIND_AXIS_2 : KIND_AXIS_4;
}

std::uint32_t smooth_kind(const PlaneView& view, const PixelFormat& format,
                          const FilterSize& filter) {
    constexpr double widest = 2 + 1e-4;  // the least residual scale, and rounding
    const bool fits = filter.across <= widest && filter.down <= widest;
    return is_axis(view) && format.sample_bytes() == 1 && fits ? KIND_SMOOTH_AXIS : KIND_SMOOTH;
}

/// The part of the line [first, last] (in grid samples) where low <= f <= high.
void narrow(double& first, double& last, double slope, double zero, double low, double high) {
    if (slope == 0) {
        if (zero < low || zero > high) last = first - 1;
        return;
    }
    const double a = (low - zero) / slope;
    const double b = (high - zero) / slope;
    first = std::max(first, std::min(a, b));
    last = std::min(last, std::max(a, b));
}

/// Leaves of `sites` those over which positions on an axis-aligned plane need no clamp.
void narrow(TileSites& sites, const PlaneView& view, double margin_x, double margin_y) {
    narrow(sites.left, sites.right, view.column.x, view.column.c,
           std::max(view.column_low, margin_x),
           std::min(view.column_high, view.layout.width - 1.0 - margin_x));
    narrow(sites.top, sites.bottom, view.row.y, view.row.c, std::max(view.row_low, margin_y),
           std::min(view.row_high, view.layout.height - 1.0 - margin_y));
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
            for (const DrawLayer& layer : group.layers) REELPOOL_TRY_STATUS(add_layer(layer, out));
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
        node.coverage = coverage_of(layer.rect, layer.edges, layer.matrix, *to_source, scene_.grid);
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
            case LayerKind::solid:
                node.index = add_solid(layer.solid);
                break;
            case LayerKind::group:
                break;
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
        Source source{.layer = layer,
                      .to_source = to_source,
                      .layout = layout,
                      .slot = find_slot_(frame),
                      .map = component_map(frame.format, frame.color, output_),
                      .filter = filter};
        if (leaf.has_alpha) add_alpha(leaf, source);
        for (std::uint32_t c = 0; c < scene_.grid.component_count; ++c) {
            for (std::size_t p = 0; p < 3; ++p)
                if (source.map.gain[scene_.grid.first_component + c][p] != 0)
                    add_term(leaf, source, c, p);
            if (leaf.term_counts[c] == 0) add_nothing(leaf, source, c);
        }
        scene_.leaves.push_back(leaf);
        return static_cast<std::uint32_t>(scene_.leaves.size() - 1);
    }

    /// What the planes of one frame layer have in common.
    struct Source {
        const DrawLayer& layer;
        const Matrix& to_source;
        const SlotLayout& layout;
        SlotView slot;
        ComponentMap map;
        FilterSize filter;
        std::uint32_t alpha = one_sample;  ///< its alpha plane's block
        std::optional<PlaneView> alpha_view{};
    };

    PlaneView view_of(const Source& source, std::size_t plane) const {
        return plane_view(source.layer, source.to_source, static_cast<int>(plane),
                          source.layout.planes[plane], scene_.grid, source.filter);
    }

    void add_alpha(Leaf& leaf, Source& source) {
        const PixelFormat& format = source.layer.frame.format;
        const auto plane = static_cast<std::size_t>(format.plane_count() - 1);
        source.alpha_view = view_of(source, plane);
        shaders::Sample block = sample_block(
            *source.alpha_view, format,
            source.slot.arena_byte + source.layout.planes[plane].offset_bytes, source.filter);
        block.scale = static_cast<float>(source.map.alpha_gain);
        source.alpha = add_block(block);
        if (source.alpha_view->is_whole && !leaf.is_smooth)
            narrow(leaf.unclamped, *source.alpha_view, 0, 0);
    }

    /// The kernel for a value and its alpha together.
    std::uint32_t alpha_kind(const Source& source, const PlaneView& view,
                             const shaders::Sample& block) const {
        if (!source.alpha_view) return KIND_ALPHA;
        const PixelFormat& format = source.layer.frame.format;
        const bool axis = scaled_kind(view, format) != KIND_GENERAL &&
                          scaled_kind(*source.alpha_view, format) != KIND_GENERAL;
        if (!axis) return KIND_ALPHA;
        const bool aligned =
            block.identity_base % 16 == 0 && blocks_.samples[source.alpha].identity_base % 16 == 0;
        return view.is_whole && source.alpha_view->is_whole && aligned ? KIND_ALPHA_IDENTITY
                                                                       : KIND_ALPHA_AXIS;
    }

    void add_term(Leaf& leaf, const Source& source, std::uint32_t c, std::size_t p) {
        const FrameSource& frame = source.layer.frame;
        const std::uint32_t component = scene_.grid.first_component + c;
        const double gain = source.map.gain[component][p];
        const PlaneView view = view_of(source, p);
        shaders::Sample block = sample_block(
            view, frame.format, source.slot.arena_byte + view.layout.offset_bytes, source.filter);
        block.scale = static_cast<float>(gain);
        block.offset = static_cast<float>(-gain * source.map.zero[p]);
        block.alpha = source.alpha;
        const Coding out = coding_of(output_.format, output_.color.range);
        Term term{.sample = add_block(block),
                  .sample_bytes = static_cast<std::uint8_t>(frame.format.sample_bytes()),
                  .scaled_kind = scaled_kind(view, frame.format),
                  .alpha_kind = alpha_kind(source, view, block),
                  .smooth_kind =
                      leaf.has_alpha ? KIND_SMOOTH : smooth_kind(view, frame.format, source.filter),
                  .is_aligned = block.identity_base % 16 == 0,
                  .is_whole = view.is_whole && !leaf.is_smooth,
                  .dx = view.dx,
                  .dy = view.dy,
                  .data = source.slot.data + view.layout.offset_bytes,
                  .stride_bytes = view.layout.stride_bytes,
                  .plane_width = view.layout.width,
                  .plane_height = view.layout.height};
        term.is_copy = term.is_whole && gain == 1 && source.map.zero[p] == out.zero[component] &&
                       frame.format.bit_depth == output_.format.bit_depth && !leaf.has_alpha;
        if (term.is_whole) narrow(leaf.unclamped, view, 0, 0);
        if (leaf.is_smooth && is_axis(view))
            narrow(leaf.unclamped, view, source.filter.across, source.filter.down);
        leaf.terms[c][leaf.term_counts[c]++] = term;
    }

    /// A component that the source has not (chroma of gray) is neutral, with the source's alpha.
    void add_nothing(Leaf& leaf, const Source& source, std::uint32_t c) {
        shaders::Sample block = blocks_.samples[null_sample];
        block.alpha = source.alpha;
        // The general kernel reads value and alpha with one sample size.
        block.stride = blocks_.samples[source.alpha].stride & 3U;
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
