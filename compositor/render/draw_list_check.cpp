#include "compositor/render/draw_list_check.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "compositor/render/color_conversion.hpp"
#include "compositor/render/component_map.hpp"
#include "compositor/vk/status.hpp"
#include "ipc/frame/canvas_layout.hpp"

namespace reelpool::compositor {
namespace {

/// Beyond this no coordinate of a picture has a meaning, and single precision would overflow.
constexpr double max_magnitude = 1e9;

bool is_sane(std::initializer_list<double> values) {
    return std::all_of(values.begin(), values.end(), [](double value) {
        return std::isfinite(value) && std::abs(value) <= max_magnitude;
    });
}

bool is_share(double value) {
    return std::isfinite(value) && value >= 0 && value <= 1;
}

class Check {
  public:
    Check(const DrawList& list, const SegmentBytes& segment_bytes, std::uint64_t table_bytes)
        : list_(list),
          segment_bytes_(segment_bytes),
          table_entries_(table_bytes / table_entry_bytes) {}

    Status run() {
        std::uint64_t layers = 0;
        for (std::size_t i = 0; i < list_.canvases.size(); ++i) {
            canvases_before_ = i;
            REELPOOL_TRY_STATUS(check_canvas(list_.canvases[i]));
            REELPOOL_TRY(drawn, check_groups(list_.canvases[i].groups));
            layers += drawn;
        }
        canvases_before_ = list_.canvases.size();
        REELPOOL_TRY(drawn, check_groups(list_.groups));
        if (layers + drawn > max_drawn_layers)
            return limit("more than " + std::to_string(max_drawn_layers) + " layers");
        return ok();
    }

  private:
    [[nodiscard]] Unexpected refused(const std::string& what) const {
        return vk::refuse(ErrorCode::internal, "the draw list of output frame " +
                                                   std::to_string(list_.output.value) + " " + what);
    }
    [[nodiscard]] Unexpected limit(const std::string& what) const {
        return vk::refuse(ErrorCode::limit,
                          "output frame " + std::to_string(list_.output.value) + " has " + what);
    }

    Status check_canvas(const DrawCanvas& canvas) const {
        if (list_.canvases.size() > max_canvases)
            return limit("more than " + std::to_string(max_canvases) + " rasterized comps");
        REELPOOL_TRY_STATUS(validate_levels(canvas.levels));
        return canvas_layout(canvas, {}) ? ok() : refused("has a canvas of an impossible size");
    }

    /// How many layers are drawn, every use of a group counted.
    Result<std::uint64_t> check_groups(const std::vector<DrawGroup>& groups) const {
        if (groups.empty()) return refused("has no group");
        // Layers drawn and levels below, of each group, its uses counted.
        std::vector<std::pair<std::uint64_t, std::uint32_t>> totals;
        for (std::size_t g = 0; g < groups.size(); ++g) {
            const DrawGroup& group = groups[g];
            const Color& color = group.background;
            if (group.light > Light::linear_part)
                return refused("has a group in a light that does not exist");
            if (!is_sane({color.r, color.g, color.b}) || !is_share(color.a))
                return refused("has a background that is not a colour");
            std::uint64_t layers = 0;
            std::uint32_t depth = 0;
            for (const DrawLayer& layer : group.layers) {
                ++layers;
                REELPOOL_TRY_STATUS(check_layer(layer, g));
                if (!layer.effects.empty() && layer.kind == LayerKind::group &&
                    groups[layer.group].light == Light::linear_part)
                    return refused("has effects on a part of a group in linear light");
                const auto add_inner = [&](std::uint32_t inner) {
                    layers = std::min(layers + totals[inner].first, max_drawn_layers + 1);
                    depth = std::max(depth, totals[inner].second + 1);
                };
                const bool is_mix = layer.kind == LayerKind::mix;
                if (layer.kind == LayerKind::group || is_mix) add_inner(layer.group);
                if (is_mix) add_inner(layer.mix.second);
            }
            if (layers > max_drawn_layers)
                return limit("more than " + std::to_string(max_drawn_layers) + " layers");
            if (depth > max_nesting)
                return limit("comps nested more than " + std::to_string(max_nesting) + " deep");
            totals.emplace_back(layers, depth);
        }
        return totals.back().first;
    }

    Status check_layer(const DrawLayer& layer, std::size_t owner) const {
        const Matrix& m = layer.matrix;
        if (!is_sane({m.xx, m.xy, m.yx, m.yy, m.tx, m.ty}))
            return refused("has a matrix that is not finite");
        const Rect& r = layer.rect;
        if (!is_sane({r.left, r.top, r.right, r.bottom}))
            return refused("has a rectangle that is not finite");
        if (!is_share(layer.opacity)) return refused("has an opacity outside 0..1");
        for (const EdgeRule rule : layer.edges)
            if (rule > EdgeRule::seam) return refused("has an edge rule that does not exist");
        REELPOOL_TRY_STATUS(check_masks(layer));
        REELPOOL_TRY_STATUS(check_effects(layer));
        if (layer.blend > BlendMode::silhouette_luma)
            return refused("has a blend mode that does not exist");
        if (layer.sampling > Sampling::bicubic)
            return refused("has a sampling that does not exist");
        switch (layer.kind) {
            case LayerKind::frame:
                return check_frame(layer.frame);
            case LayerKind::solid:
                if (!is_sane({layer.solid.r, layer.solid.g, layer.solid.b}) ||
                    !is_share(layer.solid.a))
                    return refused("has a solid that is not a colour");
                return ok();
            case LayerKind::group:
                if (layer.group >= owner) return refused("nests a group that is not below it");
                return ok();
            case LayerKind::canvas:
                return check_use(layer);
            case LayerKind::mix:
                if (layer.group >= owner || layer.mix.second >= owner)
                    return refused("mixes a group that is not below it");
                if (layer.mix.kind > MixKind::iris || !is_share(layer.mix.progress) ||
                    !is_share(layer.mix.softness))
                    return refused("has a mix that does not exist");
                return ok();
            case LayerKind::adjustment:
                if (layer.blend != BlendMode::normal)
                    return refused("has an adjustment with a blend mode");
                return ok();
        }
        return refused("has a layer of a kind that does not exist");
    }

    Status check_effects(const DrawLayer& layer) const {
        if (layer.effects.size() > max_layer_effects ||
            (layer.kind == LayerKind::mix && !layer.effects.empty()))
            return refused("has effects where there can be none");
        for (const PictureEffect& effect : layer.effects)
            if (!reelpool::is_sane(effect) ||
                (effect.table.dimensions != 0 && effect.table.end() > table_entries_))
                return refused("has an effect that does not exist");
        return ok();
    }

    Status check_masks(const DrawLayer& layer) const {
        if (layer.masks.empty()) return ok();
        const Matrix& m = layer.mask_matrix;
        if (layer.masks.size() > max_masks || layer.kind == LayerKind::mix)
            return refused("has masks where there can be none");
        if (!is_sane({m.xx, m.xy, m.yx, m.yy, m.tx, m.ty}))
            return refused("has a mask's matrix that is not finite");
        for (const Mask& mask : layer.masks) {
            if (mask.shape > MaskShape::path || mask.mode > MaskMode::intersect)
                return refused("has a mask that does not exist");
            if (!is_sane({mask.feather, mask.expansion, mask.center.x, mask.center.y, mask.size.x,
                          mask.size.y}) ||
                mask.feather < 0 || mask.size.x < 0 || mask.size.y < 0 || !is_share(mask.opacity))
                return refused("has a mask of impossible measures");
            if (mask.vertices.size() > max_mask_vertices ||
                (mask.shape == MaskShape::path && mask.vertices.size() < 2))
                return refused("has a mask with too many vertices, or too few");
            for (const MaskVertex& v : mask.vertices)
                if (!is_sane({v.point.x, v.point.y, v.in.x, v.in.y, v.out.x, v.out.y}))
                    return refused("has a mask whose path is not finite");
        }
        return ok();
    }

    Status check_use(const DrawLayer& layer) const {
        if (layer.canvas >= canvases_before_)
            return refused("shows a canvas that is not drawn before it");
        const std::vector<Level>& levels = list_.canvases[layer.canvas].levels;
        if (!std::binary_search(levels.begin(), levels.end(), layer.level))
            return refused("shows a canvas at a level that it has not");
        return ok();
    }

    Status check_frame(const FrameSource& frame) const {
        REELPOOL_TRY(layout, slot_layout(frame.format, frame.width, frame.height, frame.level));
        REELPOOL_TRY_STATUS(check_color(frame.format, frame.color));
        const std::optional<std::uint64_t> bytes = segment_bytes_(frame.slot.segment);
        if (!bytes) return refused("reads a segment that is not mapped");
        const std::uint64_t end = std::uint64_t{frame.slot.offset_bytes} + layout.bytes;
        if (frame.slot.offset_bytes % 64 != 0 || end > *bytes)
            return refused("reads a slot that does not fit its segment");
        return ok();
    }

    const DrawList& list_;
    const SegmentBytes& segment_bytes_;
    const std::uint64_t table_entries_;  ///< of all tables of effects
    std::size_t canvases_before_ = 0;  ///< that what is being checked may show
};

}  // namespace

Status check_draw_list(const DrawList& list, const SegmentBytes& segment_bytes,
                       std::uint64_t table_bytes) {
    return Check(list, segment_bytes, table_bytes).run();
}

Status check_output(const OutputFormat& output) {
    if (output.width == 0 || output.height == 0 || output.width > max_picture_side ||
        output.height > max_picture_side)
        return vk::refuse(ErrorCode::usage, "the output's size is outside 1..16384");
    if (const Status valid = validate(output.format); !valid)
        return vk::refuse(ErrorCode::internal, "the output's pixel format does not exist");
    if (output.format.has_alpha && output.format.model == ColorModel::gray)
        return vk::refuse(ErrorCode::usage, "gray output with alpha is not built yet");
    if (output.dither > Dither::ordered)
        return vk::refuse(ErrorCode::internal, "the output's dither does not exist");
    REELPOOL_TRY_STATUS(check_color(output.format, output.color));
    const ColorEncoding encoding = encoding_of(output.color).value();
    if (!encoding.is_hdr() && encoding.transfer != ColorTransfer::bt709)
        return vk::refuse(ErrorCode::usage, "output with this colour transfer is not built yet");
    return ok();
}

}  // namespace reelpool::compositor
