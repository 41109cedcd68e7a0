#include "compositor/render/scene.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "compositor/render/plane_sample.hpp"
#include "compositor/vk/status.hpp"
#include "ipc/frame/canvas_layout.hpp"

namespace reelpool::compositor {
namespace {

/// The widest filter, in level samples; a level that suits its scale needs 2.
constexpr double max_half_width = 4;

/// Beyond this an inverse matrix belongs to something too thin to be seen.
constexpr double max_inverse = 1e9;

std::optional<Matrix> inverse(const Matrix& m) {
    const double determinant = m.determinant();
    if (determinant == 0 || !std::isfinite(1 / determinant)) return std::nullopt;
    const Matrix out = m.inverse();
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

/// A plane whose columns lie exactly a half, one or two samples apart. Its kernel needs positions
/// that are not rounded, however the shader adds them up: the first column is moved by less than
/// 1/4096 of a sample for this, and planes where that is not enough have no such kernel.
std::uint32_t make_step(PlaneView& view, const Grid& grid) {
    if (!is_axis(view)) return 0;
    const double last = grid.width + double{TILE_WIDTH};
    for (const auto& [kind, step] : {std::pair{KIND_STEP_HALF, 0.5}, std::pair{KIND_STEP_1, 1.0},
                                     std::pair{KIND_STEP_2, 2.0}}) {
        if (!(std::abs(view.column.x - step) * last < 1e-5)) continue;
        const double farthest = std::abs(view.column.c) + step * last;
        if (farthest > 8192) return 0;
        const double unit = std::ldexp(1.0, std::ilogb(farthest) + 1 - 24);
        view.column = {step, 0, std::round(view.column.c / unit) * unit};
        return kind;
    }
    return 0;
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

/// A canvas's level, described as a frame is.
FrameSource planes_of(const DrawCanvas& canvas, Level level, const Target& target) {
    FrameSource planes;
    planes.level = level;
    planes.format = {.model = target.space.model, .bit_depth = 16, .has_alpha = canvas.has_alpha};
    planes.width = canvas.width;
    planes.height = canvas.height;
    return planes;
}

class SceneBuilder {
  public:
    SceneBuilder(const Target& target, const Grid& grid, const Sources& sources,
                 ShaderBlocks& blocks)
        : target_(target), sources_(sources), blocks_(blocks) {
        scene_.grid = grid;
        scene_.is_straight = target.is_straight && grid.first_component != alpha_component;
        scene_.components = {grid.first_component, grid.first_component + grid.component_count};
        if (!target.encoding.is_hdr()) return;
        scene_.to_light = 0;
        scene_.from_light = 1;
        scene_.conversions = {ColorConversion::to_light(target.encoding),
                              ColorConversion::from_light(target.encoding)};
    }

    Result<Scene> build(const std::vector<DrawGroup>& groups) && {
        if (needs_colors(groups)) {
            scene_.components.first = 0;
            scene_.components.end = std::max(scene_.components.end, alpha_component);
        }
        for (const DrawGroup& group : groups) {
            SceneGroup& out = scene_.groups.emplace_back();
            out.light = light_ = group.light;
            if (group.background.a > 0) {
                out.has_background = true;
                out.background = add_solid(group.background, light_);
            }
            for (const DrawLayer& layer : group.layers) REELPOOL_TRY_STATUS(add_layer(layer, out));
        }
        return std::move(scene_);
    }

    /// The bilinear kernel is what halves: midway between two samples it is their mean, and the odd
    /// last sample, to which positions are clamped, is its own. Alpha is a plane like the others.
    Scene build_halving(const DrawLayer& layer, const SlotLayout& layout) && {
        const Matrix to_source = inverse(layer.matrix).value();
        const Source source{.layer = layer,
                            .to_source = to_source,
                            .layout = layout,
                            .arena_byte = sources_.find_canvas(layer.canvas, layer.level),
                            .map = {},
                            .filter = {}};
        Leaf leaf{.kind = LayerKind::canvas};
        leaf.unclamped = {-1e9, -1e9, 1e9, 1e9};
        for (std::uint32_t c = scene_.components.first; c < scene_.components.end; ++c)
            add_term(leaf, source, c, c, 1, target_.zero[c]);
        scene_.leaves.push_back(leaf);
        scene_.groups.push_back({.nodes = {{.kind = LayerKind::canvas}}});
        return std::move(scene_);
    }

  private:
    /// Whether some component can be told only from all colours.
    bool needs_colors(const std::vector<DrawGroup>& groups) const {
        return std::any_of(groups.begin(), groups.end(), [this](const DrawGroup& group) {
            if (group.light != Light::codes) return true;
            return std::any_of(group.layers.begin(), group.layers.end(),
                               [this](const DrawLayer& one) {
                                   return one.blend != BlendMode::normal || is_converted(one) ||
                                          !one.effects.empty();
                               });
        });
    }

    bool is_converted(const DrawLayer& layer) const {
        return layer.kind == LayerKind::frame && encoding_of(layer.frame.color) != target_.encoding;
    }

    /// The one of a frame whose encoding is not the target's.
    std::uint32_t add_conversion(const FrameSource& frame) {
        const ColorConversion wanted(encoding_of(frame.color).value(), target_.encoding);
        const auto found =
            std::find(scene_.conversions.begin(), scene_.conversions.end(), wanted);
        const auto index = static_cast<std::uint32_t>(found - scene_.conversions.begin());
        if (found == scene_.conversions.end()) scene_.conversions.push_back(wanted);
        return index;
    }

    Status add_layer(const DrawLayer& layer, SceneGroup& group) {
        REELPOOL_TRY(node, visible_node(layer));
        if (node) {
            group.nodes.push_back(*node);
        } else if (is_stencil(layer.blend)) {
            group.nodes.clear();
            group.has_background = false;
        }
        return ok();
    }

    /// Nothing where the layer shows nowhere.
    Result<std::optional<Node>> visible_node(const DrawLayer& layer) {
        const std::optional<Node> nothing;
        if (layer.opacity == 0) return nothing;
        if (layer.kind == LayerKind::solid && layer.solid.a == 0) return nothing;
        const std::optional<Matrix> to_source = inverse(layer.matrix);
        if (!to_source) return nothing;
        if (layer.rect.right <= layer.rect.left || layer.rect.bottom <= layer.rect.top)
            return nothing;
        Node node{.kind = layer.kind,
                  .index = layer.group,
                  .opacity = layer.opacity,
                  .blend = layer.blend,
                  .dissolve = layer.dissolve};
        if (layer.kind == LayerKind::mix) {
            node.mix = mix_weight(layer, *to_source, scene_.grid);
            node.second = layer.mix.second;
            node.mix->record = static_cast<std::uint32_t>(blocks_.coverages.size());
            blocks_.coverages.push_back(node.mix->block());
            return std::optional(node);
        }
        node.coverage = coverage_of(layer.rect, layer.edges, layer.matrix, *to_source, scene_.grid);
        const TileSites everything{0, 0, scene_.grid.width - 1.0, scene_.grid.height - 1.0};
        const Reach reach = node.coverage.reach(everything);
        if (reach == Reach::none) return nothing;
        if (reach == Reach::full) node.coverage = full_coverage();
        if (reach == Reach::partial) {
            node.coverage.record = static_cast<std::uint32_t>(blocks_.coverages.size());
            blocks_.coverages.push_back(node.coverage.block());
        }
        if (!layer.masks.empty()) {
            if (!inverse(layer.mask_matrix)) return nothing;
            auto mask = sources_.masks.find(layer.masks, layer.mask_matrix, scene_.grid);
            const ValueRange range = mask->range(everything);
            if (range.high <= 0) return nothing;
            if (range.is_constant()) {
                node.opacity *= range.low;
            } else {
                node.mask = static_cast<std::uint32_t>(scene_.masks.size());
                scene_.masks.push_back(std::move(mask));
            }
        }
        add_effects(layer.effects, node);
        switch (layer.kind) {
            case LayerKind::frame: {
                REELPOOL_TRY(leaf, add_frame(layer, *to_source));
                node.index = leaf;
                if (is_converted(layer)) node.conversion = add_conversion(layer.frame);
                break;
            }
            case LayerKind::solid:
                // Effects are on codes.
                node.index = add_solid(layer.solid, node.has_effects() ? Light::codes : light_);
                break;
            case LayerKind::canvas: {
                REELPOOL_TRY(leaf, add_canvas(layer, *to_source));
                node.index = leaf;
                break;
            }
            case LayerKind::group:
            case LayerKind::mix:
            case LayerKind::adjustment:
                break;
        }
        return std::optional(node);
    }

    void add_effects(const std::vector<PictureEffect>& effects, Node& node) {
        node.effects = static_cast<std::uint32_t>(scene_.effects.size());
        for (FusedEffects& chain : fused(effects))
            scene_.effects.push_back(std::move(chain));
        node.effects_end = static_cast<std::uint32_t>(scene_.effects.size());
    }

    std::uint32_t add_block(const shaders::Sample& block) {
        blocks_.samples.push_back(block);
        return static_cast<std::uint32_t>(blocks_.samples.size() - 1);
    }

    [[nodiscard]] static bool is_alpha(std::uint32_t c) { return c == alpha_component; }

    /// A colour of the project, which is SDR, as what is drawn in `light`.
    [[nodiscard]] Color as_shown(Color color, Light light) const {
        if (target_.encoding != ColorEncoding{})
            color = ColorConversion(ColorEncoding{}, target_.encoding).apply(color);
        if (light == Light::codes) return color;
        return ColorConversion::to_light(target_.encoding).apply(color);
    }

    std::uint32_t add_solid(const Color& color, Light light) {
        Leaf leaf{.kind = LayerKind::solid};
        leaf.solid_alpha = color.a;
        const std::array<double, 3> codes = output_codes(as_shown(color, light), target_.space);
        for (std::uint32_t c = scene_.components.first; c < scene_.components.end; ++c) {
            leaf.solid[c] = is_alpha(c) ? target_.alpha_code : codes[c];
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

    /// What the planes of one frame or canvas layer have in common.
    struct Source {
        const DrawLayer& layer;  ///< a canvas's, too, says in `frame` what its planes are like
        const Matrix& to_source;
        SlotLayout layout;
        std::uint32_t arena_byte = 0;
        const std::byte* data = nullptr;  ///< null: this process may not read it
        ComponentMap map;
        FilterSize filter;
        std::size_t alpha_plane = 0;
        std::uint32_t alpha = one_sample;  ///< its alpha plane's block
        std::optional<PlaneView> alpha_view{};
    };

    Result<std::uint32_t> add_frame(const DrawLayer& layer, const Matrix& to_source) {
        const FrameSource& frame = layer.frame;
        REELPOOL_TRY(layout, slot_layout(frame.format, frame.width, frame.height, frame.level));
        const SlotView slot = sources_.find_slot(frame);
        return add_picture(
            {.layer = layer,
             .to_source = to_source,
             .layout = layout,
             .arena_byte = slot.arena_byte,
             .data = slot.data,
             .map = component_map(space_of(frame.format, frame.color), target_.space),
             .filter = filter_size(layer),
             .alpha_plane = static_cast<std::size_t>(frame.format.plane_count() - 1)});
    }

    Result<std::uint32_t> add_canvas(const DrawLayer& layer, const Matrix& to_source) {
        const DrawCanvas& canvas = sources_.canvases[layer.canvas];
        REELPOOL_TRY(layout, canvas_layout(canvas, layer.level));
        DrawLayer as_frame = layer;
        as_frame.frame = planes_of(canvas, layer.level, target_);
        return add_picture({.layer = as_frame,
                            .to_source = to_source,
                            .layout = layout,
                            .arena_byte = sources_.find_canvas(layer.canvas, layer.level),
                            .map = component_map(target_.canvas_space, target_.space),
                            .filter = filter_size(as_frame),
                            .alpha_plane = alpha_component});
    }

    Result<std::uint32_t> add_picture(Source source) {
        const FilterSize& filter = source.filter;
        const bool fits = (filter.across <= max_half_width || source.layout.planes[0].width == 1) &&
                          (filter.down <= max_half_width || source.layout.planes[0].height == 1);
        if (!fits)
            return vk::refuse(ErrorCode::internal,
                              "a smoothly sampled picture was sent at a level far from its scale");
        Leaf leaf{.kind = source.layer.kind};
        leaf.is_cubic = filter.is_cubic();
        leaf.is_smooth = !leaf.is_cubic && !filter.is_bilinear();
        leaf.has_alpha = source.layer.frame.format.has_alpha;
        leaf.unclamped = {-1e9, -1e9, 1e9, 1e9};
        if (leaf.has_alpha) add_alpha(leaf, source);
        for (std::uint32_t c = scene_.components.first; c < scene_.components.end; ++c) {
            if (is_alpha(c)) {
                if (leaf.has_alpha)
                    add_term(leaf, source, c, source.alpha_plane,
                             source.map.alpha_gain * target_.alpha_code, 0);
                else
                    add_nothing(leaf, source, c, target_.alpha_code);
                continue;
            }
            for (std::size_t p = 0; p < 3; ++p) {
                const double gain = source.map.gain[c][p];
                if (gain != 0) add_term(leaf, source, c, p, gain, source.map.zero[p]);
            }
            if (leaf.term_counts[c] == 0) add_nothing(leaf, source, c, 0);
        }
        sort_terms(leaf);
        scene_.leaves.push_back(leaf);
        return static_cast<std::uint32_t>(scene_.leaves.size() - 1);
    }

    /// Terms are added up in the order in which a segment runs their kinds. The order is the
    /// leaf's, whatever kinds a tile takes in the end, so that sums are rounded alike in all tiles.
    static void sort_terms(Leaf& leaf) {
        if (leaf.has_alpha || leaf.is_smooth || leaf.is_cubic) return;
        const auto rank = [](const Term& term) {
            return term.is_whole ? KIND_IDENTITY : term.step_kind;
        };
        for (std::size_t c = 0; c < leaf.terms.size(); ++c) {
            const auto end = leaf.terms[c].begin() + leaf.term_counts[c];
            if (std::any_of(leaf.terms[c].begin(), end,
                            [&](const Term& term) { return rank(term) == 0; }))
                continue;
            std::stable_sort(leaf.terms[c].begin(), end,
                             [&](const Term& a, const Term& b) { return rank(a) < rank(b); });
        }
    }

    PlaneView view_of(const Source& source, std::size_t plane) const {
        return plane_view(source.layer, source.to_source, static_cast<int>(plane),
                          source.layout.planes[plane], scene_.grid, source.filter);
    }

    void add_alpha(Leaf& leaf, Source& source) {
        const PixelFormat& format = source.layer.frame.format;
        const std::size_t plane = source.alpha_plane;
        source.alpha_view = view_of(source, plane);
        shaders::Sample block = sample_block(
            *source.alpha_view, format,
            source.arena_byte + source.layout.planes[plane].offset_bytes, source.filter);
        block.scale = static_cast<float>(source.map.alpha_gain);
        clamp_codes(block, format);
        source.alpha = add_block(block);
        if (source.alpha_view->is_whole && !leaf.is_smooth)
            narrow(leaf.unclamped, *source.alpha_view, 0, 0);
    }

    /// What is filtered is alpha, so it does not overshoot.
    static void clamp_codes(shaders::Sample& block, const PixelFormat& format) {
        block.least = 0;
        block.most = static_cast<float>((1U << format.bit_depth) - 1);
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

    /// Codes of plane p, of which `zero` is 0, times `gain`.
    void add_term(Leaf& leaf, const Source& source, std::uint32_t c, std::size_t p, double gain,
                  double zero) {
        const FrameSource& frame = source.layer.frame;
        PlaneView view = view_of(source, p);
        const bool is_bilinear = !leaf.has_alpha && !leaf.is_smooth && !leaf.is_cubic;
        const std::uint32_t step_kind = is_bilinear ? make_step(view, scene_.grid) : 0;
        shaders::Sample block = sample_block(
            view, frame.format, source.arena_byte + view.layout.offset_bytes, source.filter);
        block.scale = static_cast<float>(gain);
        block.offset = static_cast<float>(-gain * zero);
        block.alpha = source.alpha;
        if (p == source.alpha_plane && leaf.has_alpha) clamp_codes(block, frame.format);
        Term term{.sample = add_block(block),
                  .sample_bytes = static_cast<std::uint8_t>(frame.format.sample_bytes()),
                  .scaled_kind = scaled_kind(view, frame.format),
                  .alpha_kind = alpha_kind(source, view, block),
                  .smooth_kind =
                      leaf.has_alpha ? KIND_SMOOTH : smooth_kind(view, frame.format, source.filter),
                  .step_kind = step_kind,
                  .is_aligned = block.identity_base % 16 == 0,
                  .is_whole = view.is_whole && !leaf.is_smooth,
                  .dx = view.dx,
                  .dy = view.dy,
                  .data = source.data == nullptr ? nullptr : source.data + view.layout.offset_bytes,
                  .stride_bytes = view.layout.stride_bytes,
                  .plane_width = view.layout.width,
                  .plane_height = view.layout.height};
        term.is_copy = term.is_whole && gain == 1 && zero == target_.zero[c] &&
                       frame.format.bit_depth == target_.space.bit_depth && !leaf.has_alpha &&
                       leaf.kind == LayerKind::frame;
        if (term.is_whole) narrow(leaf.unclamped, view, 0, 0);
        if (step_kind != 0)
            narrow(leaf.step_first, leaf.step_last, view.column.x, view.column.c,
                   static_cast<double>(block.column_low), static_cast<double>(block.column_high));
        if (leaf.is_smooth && is_axis(view))
            narrow(leaf.unclamped, view, source.filter.across, source.filter.down);
        leaf.terms[c][leaf.term_counts[c]++] = term;
    }

    /// A component that the source has not (chroma of gray: neutral; the alpha of what is opaque),
    /// with the source's alpha.
    void add_nothing(Leaf& leaf, const Source& source, std::uint32_t c, double value) {
        shaders::Sample block = blocks_.samples[null_sample];
        block.offset = static_cast<float>(value);
        block.alpha = source.alpha;
        // The general kernel reads value and alpha with one sample size.
        block.stride = blocks_.samples[source.alpha].stride & 3U;
        leaf.terms[c][0] = {
            .sample = add_block(block), .sample_bytes = 0, .is_whole = !leaf.is_smooth};
        leaf.term_counts[c] = 1;
    }

    const Target& target_;
    const Sources& sources_;
    ShaderBlocks& blocks_;
    Scene scene_;
    Light light_ = Light::codes;  ///< of the group under way
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

Result<std::vector<Scene>> build_scenes(const std::vector<DrawGroup>& groups, const Target& target,
                                        const Sources& sources, ShaderBlocks& blocks) {
    std::vector<Scene> scenes;
    for (const Grid& grid : target.grids) {
        REELPOOL_TRY(scene, SceneBuilder(target, grid, sources, blocks).build(groups));
        scenes.push_back(std::move(scene));
    }
    return scenes;
}

Result<std::vector<Scene>> build_halving(std::uint32_t canvas, Level level, const Target& target,
                                         const Sources& sources, ShaderBlocks& blocks) {
    const DrawCanvas& drawn = sources.canvases[canvas];
    const Level from = halved_from(level);
    REELPOOL_TRY(layout, canvas_layout(drawn, from));
    DrawLayer layer;
    layer.kind = LayerKind::canvas;
    layer.canvas = canvas;
    layer.level = from;
    layer.matrix = {.xx = std::ldexp(1.0, -level.x), .yy = std::ldexp(1.0, -level.y)};
    layer.rect = {0, 0, double(drawn.width), double(drawn.height)};
    layer.frame = planes_of(drawn, from, target);
    layer.frame.format.has_alpha = false;
    std::vector<Scene> scenes;
    for (const Grid& grid : target.grids)
        scenes.push_back(SceneBuilder(target, grid, sources, blocks).build_halving(layer, layout));
    return scenes;
}

}  // namespace reelpool::compositor
