#include "compositor/render/item_list.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace reelpool::compositor {
namespace {

/// The order of the runs inside a segment.
constexpr std::array run_kinds{
    KIND_IDENTITY, KIND_ALPHA_IDENTITY, KIND_STEP_HALF,  KIND_STEP_2,      KIND_STEP_1,
    KIND_AXIS_2,   KIND_AXIS_4,         KIND_ALPHA_AXIS, KIND_SMOOTH_AXIS, KIND_GENERAL,
    KIND_ALPHA,    KIND_SMOOTH,         KIND_CUBIC,      KIND_SCRATCH};
static_assert(run_kinds.size() == RUN_KINDS);
constexpr std::array step_kinds{KIND_STEP_HALF, KIND_STEP_2, KIND_STEP_1};
static_assert((KIND_STEP_HALF | KIND_STEP_2 | KIND_STEP_1) == STEP_KINDS);

/// Kinds that make their whole list use the general kernels.
constexpr std::uint32_t special_kinds = KIND_ALPHA | KIND_SMOOTH | KIND_CUBIC | KIND_SCRATCH;
/// Those that are often together; a list of several of them has a pipeline for all.
constexpr std::uint32_t usual_special_kinds = KIND_ALPHA | KIND_SMOOTH | KIND_SCRATCH;

/// An item that changes nothing: a run always executes once.
constexpr shaders::ListEntry idle_entry{.x = null_sample, .y = no_edges};

void set_count(shaders::ListEntry& header, std::size_t kind, std::size_t count) {
    const std::array words{&header.x, &header.y, &header.z, &header.w};
    *words[kind / COUNTS_PER_WORD] |= static_cast<std::uint32_t>(count)
                                      << (kind % COUNTS_PER_WORD * COUNT_BITS);
}

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
    has_edges_ = false;
    copied_ = nullptr;
}

void ItemWriter::add_leaf(const TileOp& op) {
    const Leaf& leaf = scene_.leaves[op.index];
    if (leaf.kind == LayerKind::solid && items_.empty() && !op.varies()) {
        initial_ = initial_ * (1 - op.drop) + op.gain * leaf.solid[component_];
        initial_alpha_ = initial_alpha_ * (1 - op.drop) + op.drop;
        return;
    }
    has_edges_ = has_edges_ || op.coverage != no_edges;
    const std::uint8_t count = leaf.term_counts[component_];
    for (std::uint8_t t = 0; t < count; ++t) {
        const Term& term = leaf.terms[component_][t];
        const double drop = t == 0 ? op.drop : 0;
        const bool alone = items_.empty() && count == 1;
        items_.push_back({.kind = kind_of(op, leaf, term, drop),
                          .scaled_kind = term.scaled_kind,
                          .sample_bytes = term.sample_bytes,
                          .is_aligned = term.is_aligned,
                          .is_clamped = !op.is_step_unclamped,
                          .entry = entry(term.sample, op.coverage, drop, op.gain)});
        const bool copies = alone && term.is_copy && op.is_unclamped && !op.varies() &&
                            op.drop == 1 && op.gain == 1;
        copied_ = copies ? &term : nullptr;
    }
}

void ItemWriter::add_isolated(const TileOp& op, std::uint32_t scratch_word) {
    has_edges_ = has_edges_ || op.coverage != no_edges;
    items_.push_back({.kind = KIND_SCRATCH,
                      .scaled_kind = KIND_SCRATCH,
                      .entry = entry(scratch_word, op.coverage, op.drop, op.gain)});
    copied_ = nullptr;
}

std::uint32_t ItemWriter::kind_of(const TileOp& op, const Leaf& leaf, const Term& term,
                                  double drop) const {
    const bool is_inside = op.is_unclamped && op.coverage == no_edges;
    if (leaf.is_smooth)
        return op.is_unclamped && op.has_axis_edges ? term.smooth_kind : KIND_SMOOTH;
    if (leaf.is_cubic)
        return term.is_whole && is_inside && !leaf.has_alpha ? KIND_IDENTITY : KIND_CUBIC;
    if (leaf.has_alpha && drop != 0) {
        if (!op.has_axis_edges) return KIND_ALPHA;
        const bool is_identity = term.alpha_kind == KIND_ALPHA_IDENTITY;
        return is_identity && !is_inside ? KIND_ALPHA_AXIS : term.alpha_kind;
    }
    if (term.is_whole && is_inside) return KIND_IDENTITY;
    if (!op.has_axis_edges) return KIND_GENERAL;
    return has_steps_ && term.step_kind != 0 ? term.step_kind : term.scaled_kind;
}

std::uint32_t ItemWriter::present_kinds() const {
    std::uint32_t kinds = 0;
    for (const Item& item : items_) kinds |= item.kind;
    return kinds;
}

void ItemWriter::replace(std::uint32_t kind, std::uint32_t by) {
    for (Item& item : items_)
        if (item.kind == kind) item.kind = by;
}

void ItemWriter::replace_steps() {
    for (Item& item : items_)
        if ((item.kind & STEP_KINDS) != 0) item.kind = item.scaled_kind;
}

/// What has edges clamps positions; other pipelines do not.
void ItemWriter::replace_clamped_steps() {
    for (Item& item : items_)
        if ((item.kind & STEP_KINDS) != 0 && item.is_clamped) item.kind = item.scaled_kind;
}

bool ItemWriter::has_turned_and_half() const {
    constexpr std::uint32_t both = KIND_GENERAL | KIND_STEP_HALF;
    constexpr std::uint32_t others = KIND_IDENTITY | STEP_KINDS | KIND_AXIS_2 | KIND_AXIS_4;
    const std::uint32_t kinds = present_kinds();
    return (kinds & both) == both && (kinds & ~(both | others)) == 0;
}

/// Whether the list needs a kernel of alpha, smooth or scratch items under any matrix. Such lists
/// are rare, and use only the kernels that can do everything.
bool ItemWriter::is_special() const {
    const std::uint32_t kinds = present_kinds();
    const bool has_axis_only =
        (kinds & (KIND_ALPHA_IDENTITY | KIND_ALPHA_AXIS | KIND_SMOOTH_AXIS)) != 0;
    const bool has_general = std::any_of(items_.begin(), items_.end(), [](const Item& item) {
        return item.kind == KIND_GENERAL ||
               ((item.kind & STEP_KINDS) != 0 && item.scaled_kind == KIND_GENERAL);
    });
    return (kinds & special_kinds) != 0 || (has_axis_only && has_general);
}

void ItemWriter::narrow(bool has_edges, bool is_special) {
    if (is_special) {
        for (const std::uint32_t kind : step_kinds) replace(kind, KIND_GENERAL);
        replace(KIND_AXIS_2, KIND_GENERAL);
        replace(KIND_AXIS_4, KIND_GENERAL);
        replace(KIND_ALPHA_IDENTITY, KIND_ALPHA);
        replace(KIND_ALPHA_AXIS, KIND_ALPHA);
        replace(KIND_SMOOTH_AXIS, KIND_SMOOTH);
        return;
    }
    // Kernels for steps stand beside identity ones only, and the one for chroma on the grid of luma
    // beside the general one: so there are few sets of kinds.
    if (has_turned_and_half()) {
        replace(KIND_STEP_1, KIND_GENERAL);
        replace(KIND_STEP_2, KIND_GENERAL);
    } else if ((present_kinds() & ~(KIND_IDENTITY | STEP_KINDS)) != 0) {
        replace_steps();
    }
    const std::uint32_t kinds = present_kinds();
    if (has_edges || (kinds & ~(KIND_IDENTITY | KIND_AXIS_4)) != 0)
        replace(KIND_AXIS_4, KIND_AXIS_2);
    if (has_edges && (kinds & KIND_GENERAL) != 0) replace(KIND_AXIS_2, KIND_GENERAL);
    if (has_edges || (kinds & KIND_ALPHA_AXIS) != 0) replace(KIND_ALPHA_IDENTITY, KIND_ALPHA_AXIS);
}

/// One list has identity and step items of one sample size; others are scaled, which is as exact.
void ItemWriter::choose_identity(ItemList& list, bool is_special) {
    std::uint8_t bytes = is_special ? 1 : 0;
    const bool has_general = (present_kinds() & KIND_GENERAL) != 0;
    for (Item& item : items_) {
        const bool is_identity = item.kind == KIND_IDENTITY;
        if ((!is_identity && (item.kind & STEP_KINDS) == 0) || item.sample_bytes == 0) continue;
        if (bytes == 0) bytes = item.sample_bytes;
        if (bytes != item.sample_bytes || (is_identity && is_special && !item.is_aligned))
            item.kind = has_general || is_special ? KIND_GENERAL : item.scaled_kind;
        else if (is_identity)
            list.identity_aligned = list.identity_aligned && item.is_aligned;
    }
    list.identity_bytes = bytes == 0 ? 1 : bytes;
}

ItemList ItemWriter::finish(ItemTarget target) {
    ItemList list{.list = static_cast<std::uint32_t>(entries_.size()),
                  .segments = 0,
                  .kinds = 0,
                  .initial = initial_,
                  .initial_alpha = initial_alpha_,
                  .is_constant = items_.empty(),
                  .copied = copied_};
    if (items_.empty()) items_.push_back({.kind = KIND_IDENTITY, .entry = idle_entry});
    const bool special = is_special();
    // Of what has more kinds than most there is one pipeline, and not two.
    list.has_edges =
        has_edges_ || special || target == ItemTarget::scratch || has_turned_and_half();
    if (!list.has_edges) replace_clamped_steps();
    choose_identity(list, special);
    narrow(list.has_edges, special);

    const bool trails = !special && target == ItemTarget::codes;
    const Trail rest = trails ? trail() : Trail{items_.size(), items_.size()};
    for (std::size_t i = 0; i < rest.identity; ++i) list.kinds |= items_[i].kind;
    if (rest.identity < rest.half) list.kinds |= KIND_TRAILING_IDENTITY;
    if (rest.half < items_.size()) list.kinds |= KIND_TRAILING_HALF;
    if (list.has_edges) list.kinds |= KIND_IDENTITY;
    if (std::popcount(list.kinds & ~TRAILING_KINDS) > 1) list.kinds |= KIND_IDENTITY;
    if (std::popcount(list.kinds & special_kinds) > 1)
        list.kinds |= usual_special_kinds | KIND_GENERAL;
    write_segments(list, rest);
    for (std::size_t i = rest.identity; i < items_.size(); ++i) entries_.push_back(items_[i].entry);
    return list;
}

/// What trails needs no segment of its own, in which all other kinds would stand idle: the identity
/// items at the end, and over turned ones also the chroma that follows those on the grid of luma.
ItemWriter::Trail ItemWriter::trail() const {
    const std::size_t end = items_.size();
    const auto before = [this](std::size_t from, std::uint32_t kind) {
        while (from > 0 && items_[from - 1].kind == kind) --from;
        return from;
    };
    const std::uint32_t kinds = present_kinds();
    const std::size_t half = (kinds & KIND_GENERAL) != 0 ? before(end, KIND_STEP_HALF) : end;
    const std::size_t identity = before(half, KIND_IDENTITY);
    const bool is_bare = half < end && identity == half;
    const bool is_other = half == end && (kinds & STEP_KINDS) != 0;
    if (is_bare || is_other || identity == 0 || end - identity > MAX_COUNT) return {end, end};
    return {identity, half};
}

/// Cuts the items before those that trail into segments, in each of which the kinds appear in run
/// order, and says in the last header what trails.
void ItemWriter::write_segments(ItemList& list, const Trail& trail) {
    std::size_t first = 0;
    std::size_t header = entries_.size();
    while (first < trail.identity) {
        std::size_t last = first + 1;
        while (last < trail.identity && last - first < MAX_COUNT &&
               items_[last].kind >= items_[last - 1].kind)
            ++last;
        header = entries_.size();
        write_segment(list, first, last);
        first = last;
    }
    set_count(entries_[header], RUN_KINDS, trail.half - trail.identity);
    set_count(entries_[header], RUN_KINDS + 1, items_.size() - trail.half);
}

void ItemWriter::write_segment(ItemList& list, std::size_t first, std::size_t last) {
    const std::size_t header = entries_.size();
    entries_.emplace_back();
    std::size_t next = first;
    for (std::size_t k = 0; k < run_kinds.size(); ++k) {
        if ((list.kinds & run_kinds[k]) == 0) continue;
        const std::size_t begin = next;
        for (; next < last && items_[next].kind == run_kinds[k]; ++next)
            entries_.push_back(items_[next].entry);
        if (next == begin) entries_.push_back(idle_entry);
        set_count(entries_[header], k, std::max<std::size_t>(next - begin, 1));
    }
    ++list.segments;
}

}  // namespace reelpool::compositor
