#include "compositor/render/tile_composer.hpp"

#include <algorithm>

#include "ipc/frame/blend_mode.hpp"
#include "shaders/parameters.hpp"

namespace reelpool::compositor {

// The shader that combines knows the modes by these numbers.
static_assert(BLEND_DISSOLVE == static_cast<std::uint32_t>(BlendMode::dissolve));
static_assert(BLEND_SILHOUETTE_LUMA == static_cast<std::uint32_t>(BlendMode::silhouette_luma));

void TileComposer::compose(const TileSites& sites) {
    sites_ = sites;
    ops_.clear();
    isolated_count_ = 0;
    add_group(scene_.groups.back());
    if (scene_.is_straight && !is_opaque(0, ops_.size())) transform(0, {.operation = COMBINE_STRAIGHT});
    if (isolated_count_ > 0) mark_used();
}

void TileComposer::add_group(const SceneGroup& group) {
    const std::size_t first = ops_.size();
    if (group.has_background) add_leaf(group.background, {}, 1);
    for (const Node& node : group.nodes) {
        Edges edges;
        if (node.coverage.record != no_edges) {
            const Reach reach = node.coverage.reach(sites_);
            if (reach == Reach::none) {
                if (is_stencil(node.blend)) ops_.resize(first);
                continue;
            }
            if (reach == Reach::partial) edges = {node.coverage.record, node.coverage.is_axis()};
        }
        double opacity = node.opacity;
        bool is_masked = false;
        if (node.mask) {
            const ValueRange masked = scene_.masks[*node.mask]->range(sites_);
            if (masked.high <= 0) {
                if (is_stencil(node.blend)) ops_.resize(first);
                continue;
            }
            is_masked = !masked.is_constant();
            if (!is_masked) opacity *= masked.low;
        }
        if (node.kind == LayerKind::adjustment) {
            adjust(first, node, edges, opacity, is_masked, group.light);
            continue;
        }
        const std::size_t inner = ops_.size();
        const bool is_made_linear = group.light != Light::codes && !is_in_linear_light(node);
        if (is_masked || is_made_linear || node.conversion || node.has_effects()) {
            add_node(node);
            change(inner, node);
            if (is_made_linear) enter_linear_light(inner);
            if (is_masked) transform(inner, {.operation = COMBINE_MASK, .mask = *node.mask});
            if (node.blend != BlendMode::normal)
                combine(first, inner, node, edges, opacity);
            else
                place_group(inner, edges, opacity);
        } else if (node.blend != BlendMode::normal) {
            add_node(node);
            combine(first, inner, node, edges, opacity);
        } else if (node.kind == LayerKind::group || node.kind == LayerKind::mix) {
            add_node(node);
            place_group(inner, edges, opacity);
        } else {
            add_leaf(node.index, edges, opacity);
        }
        drop_hidden(first);
    }
    if (group.light == Light::linear) leave_linear_light(first);
}

/// Whether what the node shows is in the light of a linear group as it is.
bool TileComposer::is_in_linear_light(const Node& node) const {
    if (node.kind == LayerKind::group) return scene_.groups[node.index].light == Light::linear_part;
    return (node.kind == LayerKind::solid && !node.has_effects()) || node.kind == LayerKind::mix;
}

/// Replaces the ops from `first` on by what the operation, of one group, makes of them.
void TileComposer::transform(std::size_t first, Combination combination) {
    if (ops_.size() == first) return;
    const bool stays_opaque =
        combination.operation != COMBINE_MASK && is_opaque(first, ops_.size());
    combination.source = combination.backdrop = take(first);
    push_combination(combination, stays_opaque);
}

void TileComposer::convert(std::size_t first, std::uint32_t conversion) {
    const bool has_gain = scene_.conversions[conversion].has_gain();
    transform(first, {.operation = has_gain ? COMBINE_CONVERT_GAIN : COMBINE_CONVERT,
                      .conversion = conversion});
}

/// The node's effects on the ops from `first` on, which are codes.
void TileComposer::change(std::size_t first, const Node& node) {
    for (std::uint32_t i = node.effects; i < node.effects_end; ++i)
        transform(first, {.operation = COMBINE_EFFECTS, .effects = i});
}

void TileComposer::adjust(std::size_t first, const Node& node, Edges edges, double opacity,
                          bool is_masked, Light light) {
    if (ops_.size() == first) return;
    const bool is_whole = edges.coverage == no_edges && opacity == 1 && !is_masked;
    const bool stays_opaque = is_opaque(first, ops_.size());
    std::uint32_t backdrop = 0;
    if (!is_whole) {
        backdrop = take(first);
        ops_.push_back({.source = TileOp::Source::isolated,
                        .has_alpha = !stays_opaque,
                        .index = backdrop,
                        .drop = 1,
                        .gain = 1});
    }
    if (light != Light::codes) to_codes(first);
    change(first, node);
    if (light != Light::codes) enter_linear_light(first);
    if (is_whole) return;
    Combination mix{.operation = is_masked ? COMBINE_MASKED_MIX : COMBINE_MIX,
                    .coverage = edges.coverage,
                    .opacity = opacity,
                    .mask = node.mask.value_or(0)};
    mix.source = take(first);
    mix.backdrop = backdrop;
    push_combination(mix, stays_opaque);
}

void TileComposer::enter_linear_light(std::size_t first) {
    if (scene_.to_light) return convert(first, *scene_.to_light);
    transform(first, {.operation = COMBINE_TO_LINEAR});
}

/// Out of linear light.
void TileComposer::to_codes(std::size_t first) {
    if (scene_.from_light) return convert(first, *scene_.from_light);
    transform(first, {.operation = COMBINE_FROM_LINEAR});
}

/// One layer alone is the same in every light.
void TileComposer::leave_linear_light(std::size_t first) {
    if (ops_.size() == first + 1 && take_back(first)) return;
    to_codes(first);
}

/// Undoes the last conversion to linear light, if it is all that the one op from `first` on shows.
bool TileComposer::take_back(std::size_t first) {
    TileOp& op = ops_[first];
    if (op.source != TileOp::Source::isolated) return false;
    const auto& made = isolated_[op.index].combination;
    if (!made) return false;
    const bool makes_linear = scene_.to_light
                                  ? made->converts() && made->conversion == *scene_.to_light
                                  : made->operation == COMBINE_TO_LINEAR;
    if (!makes_linear) return false;
    const std::uint32_t source = made->source;
    const IsolatedGroup& shown = isolated_[source];
    const bool is_list_of_one = !shown.combination && shown.ops.size() == 1;
    if (is_list_of_one && (op.coverage == no_edges || shown.ops.front().coverage == no_edges)) {
        const TileOp outer = op;
        op = shown.ops.front();
        op.drop *= outer.drop;
        op.gain *= outer.gain;
        if (outer.coverage != no_edges) set_edges(op, {outer.coverage, outer.has_axis_edges});
        if (outer.index + 1 == isolated_count_ && source + 2 == isolated_count_)
            isolated_count_ -= 2;
    } else {
        op.index = source;
    }
    return true;
}

/// What the node shows, in the target's codes, without its own coverage and opacity.
void TileComposer::add_node(const Node& node) {
    const std::size_t first = ops_.size();
    if (node.kind == LayerKind::group)
        add_group(scene_.groups[node.index]);
    else if (node.kind == LayerKind::mix)
        add_mix(node);
    else
        add_leaf(node.index, {}, 1);
    if (node.conversion) convert(first, *node.conversion);
}

/// Puts the ops from `source` on over those from `first` on.
void TileComposer::combine(std::size_t first, std::size_t source, const Node& node, Edges edges,
                           double opacity) {
    const bool shows_nothing = ops_.size() == source;
    const bool only_scales = is_stencil(node.blend) || is_silhouette(node.blend);
    if (shows_nothing && !is_stencil(node.blend)) return;
    if (shows_nothing || (only_scales && source == first)) {
        ops_.resize(first);
        return;
    }
    if (source == first && node.blend != BlendMode::dissolve) {
        place_group(first, edges, opacity);
        return;
    }
    const bool stays_opaque = !only_scales && is_opaque(first, source);
    Combination combination{.operation = static_cast<std::uint32_t>(node.blend),
                            .coverage = edges.coverage,
                            .opacity = opacity,
                            .dissolve = node.dissolve};
    combination.source = take(source);
    combination.backdrop = take(first);
    push_combination(combination, stays_opaque);
}

void TileComposer::add_mix(const Node& node) {
    const MixWeight& weight = *node.mix;
    const Reach reach = weight.reach(sites_);
    const std::size_t first = ops_.size();
    if (reach != Reach::full) add_group(scene_.groups[node.index]);
    const std::size_t second = ops_.size();
    if (reach != Reach::none) add_group(scene_.groups[node.second]);
    if (reach != Reach::partial || ops_.size() == first) return;
    const bool is_constant = !weight.is_radial && weight.ramp.reach(sites_) == Reach::full;
    if (is_constant && !varies(first)) {
        const double of_second = weight.constant;
        std::vector<TileOp> above(ops_.begin() + static_cast<std::ptrdiff_t>(second), ops_.end());
        ops_.resize(second);
        fold(first, {}, 1 - of_second);
        ops_.insert(ops_.end(), above.begin(), above.end());
        fold(second, {}, of_second);
        // What is taken away of what lies below is taken away at once.
        if (second > first && second < ops_.size()) {
            const double both = ops_[first].drop + ops_[second].drop;
            ops_[first].drop = both > 1 - 1e-12 ? 1 : both;
            ops_[second].drop = 0;
        }
        return;
    }
    const bool are_opaque = is_opaque(first, second) && is_opaque(second, ops_.size());
    Combination combination{.operation = weight.is_radial ? COMBINE_IRIS : COMBINE_MIX,
                            .coverage = weight.record,
                            .opacity = weight.constant};
    combination.source = take(second);
    combination.backdrop = take(first);
    push_combination(combination, are_opaque);
}

bool TileComposer::varies(std::size_t first) const {
    return std::any_of(ops_.begin() + static_cast<std::ptrdiff_t>(first), ops_.end(),
                       [](const TileOp& op) { return op.varies(); });
}

bool TileComposer::is_opaque(std::size_t first, std::size_t end) const {
    return std::any_of(ops_.begin() + static_cast<std::ptrdiff_t>(first),
                       ops_.begin() + static_cast<std::ptrdiff_t>(end),
                       [](const TileOp& op) { return !op.varies() && op.drop >= 1; });
}

void TileComposer::push_combination(const Combination& combination, bool is_opaque) {
    const std::uint32_t height =
        std::max(isolated_[combination.source].height, isolated_[combination.backdrop].height) + 1;
    IsolatedGroup& result = new_isolated();
    result.combination = combination;
    result.height = height;
    ops_.push_back({.source = TileOp::Source::isolated,
                    .has_alpha = !is_opaque,
                    .index = static_cast<std::uint32_t>(isolated_count_ - 1),
                    .drop = 1,
                    .gain = 1});
}

void TileComposer::add_leaf(std::uint32_t index, Edges edges, double opacity) {
    const Leaf& leaf = scene_.leaves[index];
    const double weight = opacity * leaf.solid_alpha;
    const TileSites& u = leaf.unclamped;
    ops_.push_back(
        {.source = TileOp::Source::leaf,
         .has_alpha = leaf.has_alpha,
         .has_axis_edges = edges.are_axis,
         .is_unclamped = u.left <= sites_.left && u.top <= sites_.top && u.right >= sites_.right &&
                         u.bottom >= sites_.bottom,
         .is_step_unclamped = leaf.step_first <= sites_.left && leaf.step_last >= sites_.right,
         .index = index,
         .coverage = edges.coverage,
         .drop = weight,
         .gain = weight});
}

void TileComposer::set_edges(TileOp& op, Edges edges) {
    op.coverage = edges.coverage;
    op.has_axis_edges = edges.are_axis;
}

void TileComposer::place_group(std::size_t first, Edges edges, double opacity) {
    const std::size_t count = ops_.size() - first;
    if (count == 0 || (edges.coverage == no_edges && opacity == 1)) return;
    if (!varies(first)) {
        fold(first, edges, opacity);
    } else if (count == 1 && (edges.coverage == no_edges || ops_[first].coverage == no_edges)) {
        TileOp& op = ops_[first];
        op.drop *= opacity;
        op.gain *= opacity;
        if (edges.coverage != no_edges) set_edges(op, edges);
    } else {
        isolate(first, edges, opacity);
    }
}

/// The group's value is sum(gain_i v_i prod_{j>i}(1 - drop_j)) and its alpha
/// 1 - prod(1 - drop_i), both without any pixel's say: the first item takes the whole alpha.
void TileComposer::fold(std::size_t first, Edges edges, double opacity) {
    double kept = 1;
    for (std::size_t i = ops_.size(); i-- > first;) {
        TileOp& op = ops_[i];
        op.gain *= opacity * kept;
        kept *= 1 - op.drop;
        op.drop = i == first ? opacity * (1 - kept) : 0;
        set_edges(op, edges);
    }
}

void TileComposer::isolate(std::size_t first, Edges edges, double opacity) {
    const std::uint32_t index = take(first);
    ops_.push_back({.source = TileOp::Source::isolated,
                    .has_alpha = true,
                    .has_axis_edges = edges.are_axis,
                    .index = index,
                    .coverage = edges.coverage,
                    .drop = opacity,
                    .gain = opacity});
}

/// Makes the ops from `first` on an isolated group, unless they are one already.
std::uint32_t TileComposer::take(std::size_t first) {
    if (ops_.size() == first + 1) {
        const TileOp op = ops_[first];
        if (op.source == TileOp::Source::isolated && op.coverage == no_edges && op.drop == 1 &&
            op.gain == 1) {
            ops_.pop_back();
            return op.index;
        }
    }
    const auto begin = ops_.begin() + static_cast<std::ptrdiff_t>(first);
    IsolatedGroup& group = new_isolated();
    group.ops.assign(begin, ops_.end());
    ops_.erase(begin, ops_.end());
    group.height = height_of(group.ops);
    return static_cast<std::uint32_t>(isolated_count_ - 1);
}

IsolatedGroup& TileComposer::new_isolated() {
    if (isolated_count_ == isolated_.size()) isolated_.emplace_back();
    IsolatedGroup& group = isolated_[isolated_count_++];
    group.ops.clear();
    group.combination.reset();
    group.height = 0;
    group.is_used = group.needs_colors = false;
    return group;
}

/// Removes what the topmost opaque item above `first` covers whole.
void TileComposer::drop_hidden(std::size_t first) {
    for (std::size_t i = ops_.size(); i-- > first + 1;) {
        if (ops_[i].varies() || ops_[i].drop < 1) continue;
        const auto begin = ops_.begin() + static_cast<std::ptrdiff_t>(first);
        ops_.erase(begin, ops_.begin() + static_cast<std::ptrdiff_t>(i));
        return;
    }
}

/// An isolated group lies after all that it contains.
void TileComposer::mark_used() {
    const auto mark = [this](const std::vector<TileOp>& ops, bool needs_colors) {
        for (const TileOp& op : ops) {
            if (op.source != TileOp::Source::isolated) continue;
            isolated_[op.index].is_used = true;
            isolated_[op.index].needs_colors |= needs_colors;
        }
    };
    mark(ops_, false);
    for (std::size_t i = isolated_count_; i-- > 0;) {
        const IsolatedGroup& group = isolated_[i];
        if (!group.is_used) continue;
        mark(group.ops, group.needs_colors);
        if (!group.combination) continue;
        for (const std::uint32_t part : {group.combination->backdrop, group.combination->source}) {
            isolated_[part].is_used = true;
            isolated_[part].needs_colors |= group.needs_colors || group.combination->blends();
        }
    }
}

std::uint32_t TileComposer::height_of(const std::vector<TileOp>& ops) const {
    std::uint32_t height = 0;
    for (const TileOp& op : ops)
        if (op.source == TileOp::Source::isolated)
            height = std::max(height, isolated_[op.index].height + 1);
    return height;
}

}  // namespace reelpool::compositor
