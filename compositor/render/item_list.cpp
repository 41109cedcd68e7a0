#include "compositor/render/item_list.hpp"

#include <array>
#include <bit>

namespace reelpool::compositor {
namespace {

/// The order of the runs inside a segment.
constexpr std::array run_kinds{KIND_IDENTITY, KIND_AXIS_2, KIND_AXIS_4,  KIND_GENERAL,
                               KIND_ALPHA,    KIND_SMOOTH, KIND_SCRATCH};

/// An item that changes nothing: a run always executes once.
constexpr shaders::ListEntry idle_entry{.x = null_sample, .y = no_edges};

shaders::ListEntry entry(std::uint32_t index, std::uint32_t coverage, double drop, double gain) {
    return {.x = index,
            .y = coverage,
            .z = std::bit_cast<std::uint32_t>(static_cast<float>(drop)),
            .w = std::bit_cast<std::uint32_t>(static_cast<float>(gain))};
}

}  // namespace

void ItemWriter::begin(std::uint32_t c) {
    component_ = c;
    items_.clear();
    initial_ = 0;
    initial_alpha_ = 0;
    identity_bytes_ = 0;
    identity_aligned_ = true;
    has_edges_ = false;
    copied_ = nullptr;
}

void ItemWriter::add_leaf(const TileOp& op) {
    const Leaf& leaf = scene_.leaves[op.index];
    has_edges_ = has_edges_ || op.coverage != no_edges;
    if (leaf.kind == LayerKind::solid && items_.empty() && !op.varies()) {
        initial_ = initial_ * (1 - op.drop) + op.gain * leaf.solid[component_];
        initial_alpha_ = initial_alpha_ * (1 - op.drop) + op.drop;
        return;
    }
    const std::uint8_t count = leaf.term_counts[component_];
    for (std::uint8_t t = 0; t < count; ++t) {
        const Term& term = leaf.terms[component_][t];
        const double drop = t == 0 ? op.drop : 0;
        const bool alone = items_.empty() && count == 1;
        items_.push_back({.kind = kind_of(op, leaf, term, drop),
                          .entry = entry(term.sample, op.coverage, drop, op.gain)});
        const bool copies = alone && term.is_copy && op.is_unclamped && !op.varies() &&
                            op.drop == 1 && op.gain == 1;
        copied_ = copies ? &term : nullptr;
    }
}

void ItemWriter::add_isolated(const TileOp& op, std::uint32_t scratch_word) {
    has_edges_ = has_edges_ || op.coverage != no_edges;
    items_.push_back(
        {.kind = KIND_SCRATCH, .entry = entry(scratch_word, op.coverage, op.drop, op.gain)});
    copied_ = nullptr;
}

std::uint32_t ItemWriter::kind_of(const TileOp& op, const Leaf& leaf, const Term& term,
                                  double drop) {
    if (leaf.is_smooth) return KIND_SMOOTH;
    if (leaf.has_alpha && drop != 0) return KIND_ALPHA;
    const std::uint32_t scaled = op.has_axis_edges ? term.scaled_kind : KIND_GENERAL;
    if (!term.is_whole || !op.is_unclamped || op.coverage != no_edges) return scaled;
    // One list has identity items of one sample size; others are scaled, which is as exact.
    if (term.sample_bytes != 0) {
        if (identity_bytes_ == 0) identity_bytes_ = term.sample_bytes;
        if (identity_bytes_ != term.sample_bytes) return scaled;
    }
    identity_aligned_ = identity_aligned_ && term.is_aligned;
    return KIND_IDENTITY;
}

ItemList ItemWriter::finish() {
    ItemList list{.list = static_cast<std::uint32_t>(entries_.size()),
                  .segments = 0,
                  .kinds = 0,
                  .identity_bytes = identity_bytes_ == 0 ? 1 : identity_bytes_,
                  .has_edges = has_edges_,
                  .identity_aligned = identity_aligned_,
                  .initial = initial_,
                  .initial_alpha = initial_alpha_,
                  .is_constant = items_.empty(),
                  .copied = copied_};
    if (items_.empty()) items_.push_back({.kind = KIND_IDENTITY, .entry = idle_entry});
    std::size_t count = items_.size();
    while (count > 0 && items_[count - 1].kind == KIND_IDENTITY) --count;
    for (std::size_t i = 0; i < count; ++i) list.kinds |= items_[i].kind;
    const std::size_t trailing = items_.size() - count;
    if (list.kinds == 0) {
        list.kinds = KIND_IDENTITY;
        count = items_.size();
    } else if (trailing > 0) {
        list.kinds |= KIND_TRAILING_IDENTITY;
    }
    write_segments(list, count);
    for (std::size_t i = count; i < items_.size(); ++i) entries_.push_back(items_[i].entry);
    if ((list.kinds & (KIND_IDENTITY | KIND_TRAILING_IDENTITY)) == 0) {
        list.identity_bytes = 1;
        list.identity_aligned = true;
    }
    return list;
}

/// Cuts the items [0, count) into segments, in each of which the kinds appear in run order, and
/// says in the last header what trails.
void ItemWriter::write_segments(ItemList& list, std::size_t count) {
    std::size_t first = 0;
    std::size_t header = entries_.size();
    while (first < count) {
        std::size_t last = first + 1;
        while (last < count && items_[last].kind >= items_[last - 1].kind) ++last;
        header = entries_.size();
        write_segment(list, first, last);
        first = last;
    }
    entries_[header].w |= static_cast<std::uint32_t>(items_.size() - count) << 16;
}

void ItemWriter::write_segment(ItemList& list, std::size_t first, std::size_t last) {
    const std::size_t header = entries_.size();
    entries_.emplace_back();
    std::array<std::uint32_t, run_kinds.size()> counts{};
    std::size_t next = first;
    for (std::size_t k = 0; k < run_kinds.size(); ++k) {
        if ((list.kinds & run_kinds[k]) == 0) continue;
        for (; next < last && items_[next].kind == run_kinds[k]; ++next) {
            entries_.push_back(items_[next].entry);
            ++counts[k];
        }
        if (counts[k] > 0) continue;
        entries_.push_back(idle_entry);
        counts[k] = 1;
    }
    entries_[header] = {.x = counts[0] | counts[1] << 16,
                        .y = counts[2] | counts[3] << 16,
                        .z = counts[4] | counts[5] << 16,
                        .w = counts[6]};
    ++list.segments;
}

}  // namespace reelpool::compositor
