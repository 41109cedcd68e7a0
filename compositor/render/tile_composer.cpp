#include "compositor/render/tile_composer.hpp"

#include <algorithm>

namespace reelpool::compositor {

void TileComposer::compose(const TileSites& sites) {
    sites_ = sites;
    ops_.clear();
    isolated_count_ = 0;
    add_group(scene_.groups.back());
    if (isolated_count_ > 0) mark_used();
}

void TileComposer::add_group(const SceneGroup& group) {
    const std::size_t first = ops_.size();
    if (group.has_background) add_leaf(group.background, {}, 1);
    for (const Node& node : group.nodes) {
        Edges edges;
        if (node.coverage.record != no_edges) {
            const Reach reach = node.coverage.reach(sites_);
            if (reach == Reach::none) continue;
            if (reach == Reach::partial) edges = {node.coverage.record, node.coverage.is_axis()};
        }
        if (node.kind == LayerKind::group) {
            const std::size_t inner = ops_.size();
            add_group(scene_.groups[node.index]);
            place_group(inner, edges, node.opacity);
        } else {
            add_leaf(node.index, edges, node.opacity);
        }
        drop_hidden(first);
    }
}

void TileComposer::add_leaf(std::uint32_t index, Edges edges, double opacity) {
    const Leaf& leaf = scene_.leaves[index];
    const double weight = opacity * leaf.solid_alpha;
    const TileSites& u = leaf.unclamped;
    ops_.push_back({.source = TileOp::Source::leaf,
                    .has_alpha = leaf.has_alpha,
                    .has_axis_edges = edges.are_axis,
                    .is_unclamped = u.left <= sites_.left && u.top <= sites_.top &&
                                    u.right >= sites_.right && u.bottom >= sites_.bottom,
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
    const bool varies = std::any_of(ops_.begin() + static_cast<std::ptrdiff_t>(first), ops_.end(),
                                    [](const TileOp& op) { return op.varies(); });
    if (!varies) {
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
    if (isolated_count_ == isolated_.size()) isolated_.emplace_back();
    IsolatedGroup& group = isolated_[isolated_count_];
    const auto begin = ops_.begin() + static_cast<std::ptrdiff_t>(first);
    group.ops.assign(begin, ops_.end());
    group.height = height_of(group.ops);
    group.is_used = false;
    ops_.erase(begin, ops_.end());
    ops_.push_back({.source = TileOp::Source::isolated,
                    .has_alpha = true,
                    .has_axis_edges = edges.are_axis,
                    .index = static_cast<std::uint32_t>(isolated_count_),
                    .coverage = edges.coverage,
                    .drop = opacity,
                    .gain = opacity});
    ++isolated_count_;
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
    const auto mark = [this](const std::vector<TileOp>& ops) {
        for (const TileOp& op : ops)
            if (op.source == TileOp::Source::isolated) isolated_[op.index].is_used = true;
    };
    mark(ops_);
    for (std::size_t i = isolated_count_; i-- > 0;)
        if (isolated_[i].is_used) mark(isolated_[i].ops);
}

std::uint32_t TileComposer::height_of(const std::vector<TileOp>& ops) const {
    std::uint32_t height = 0;
    for (const TileOp& op : ops)
        if (op.source == TileOp::Source::isolated)
            height = std::max(height, isolated_[op.index].height + 1);
    return height;
}

}  // namespace reelpool::compositor
