#include "compositor/render/tile_lists.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "compositor/render/item_list.hpp"
#include "compositor/vk/status.hpp"
#include "ipc/frame/slot_layout.hpp"

namespace reelpool::compositor {
namespace {

class Builder {
  public:
    explicit Builder(const TileOptions& options) : options_(options) {}

    Status add_passes(const std::vector<Pass>& passes) {
        for (const Pass& pass : passes) {
            target_ = &pass.target;
            direct_ = &pass == &passes.back() ? options_.direct : DirectTiles::no;
            // What a pass reads is written before it begins; so it has the scratch memory anew.
            if (target_ != &passes.front().target) ++batch_;
            scratch_used_ = 0;
            last_batches_.push_back(batch_);
            for (const Scene& scene : pass.scenes) REELPOOL_TRY_STATUS(add_scene(scene));
            last_batches_.back() = batch_;
        }
        return ok();
    }

    TileLists finish() && {
        std::uint32_t pass = 0;
        for (auto& [place, tiles] : buckets_) {
            const auto& [batch, height, key] = place;
            while (batch > last_batches_[pass]) ++pass;
            lists_.runs.push_back({pass, batch, height, key, std::move(tiles)});
        }
        return std::move(lists_);
    }

  private:
    using Place = std::tuple<std::uint32_t, std::uint32_t, PipelineKey>;

    Status add_scene(const Scene& scene) {
        TileComposer composer(scene);
        ItemWriter writer(scene, options_.variants, lists_.entries);
        previous_.clear();
        grid_entries_.reset();
        conversion_entries_.clear();
        effect_entries_.assign(scene.effects.size(), std::nullopt);
        for (std::uint32_t y = 0; y < scene.grid.height; y += TILE_HEIGHT) {
            for (std::uint32_t x = 0; x < scene.grid.width; x += TILE_WIDTH) {
                const TileSites sites{static_cast<double>(x), static_cast<double>(y),
                                      std::min(x + TILE_WIDTH, scene.grid.width) - 1.0,
                                      std::min(y + TILE_HEIGHT, scene.grid.height) - 1.0};
                composer.compose(sites);
                REELPOOL_TRY_STATUS(add_tile(scene, composer, writer, x, y));
            }
        }
        return ok();
    }

    Status add_tile(const Scene& scene, const TileComposer& composer, ItemWriter& writer,
                    std::uint32_t x, std::uint32_t y) {
        const std::uint32_t first = scene.grid.first_component;
        const std::uint32_t end = first + scene.grid.component_count;
        const std::span<const IsolatedGroup> isolated = composer.isolated();
        if (isolated.empty() && !previous_.empty() && previous_ops_ == composer.ops()) {
            for (std::uint32_t c = first; c < end; ++c)
                place_root(c, x, y, previous_[c - first], 0);
            return ok();
        }
        const auto count = static_cast<std::uint32_t>(isolated.size());
        const std::uint32_t needed = count * scene.components.count();
        if (needed > options_.scratch_tiles)
            return vk::refuse(ErrorCode::limit,
                              "too many comps with opacity or alpha, or layers with blend modes, "
                              "lie over one another",
                              std::to_string(isolated.size()) + " of them meet in one place");
        if (scratch_used_ > 0 && scratch_used_ + needed > options_.batch_tiles) {
            ++batch_;
            scratch_used_ = 0;
        }
        previous_.clear();
        const std::uint32_t base = scratch_used_;
        const std::optional<std::uint32_t> whole = whole_effects(scene, composer);
        for (std::uint32_t i = 0; i < count; ++i) {
            if (!isolated[i].is_used) continue;
            if (isolated[i].combination)
                place_combination(scene, isolated[i], x, y, base, count, i, whole == i);
        }
        for (std::uint32_t c = scene.components.first; c < scene.components.end; ++c) {
            const std::uint32_t first_scratch = base + (c - scene.components.first) * count;
            const bool is_of_grid = first <= c && c < end;
            for (std::uint32_t i = 0; i < count; ++i) {
                if (!isolated[i].is_used || isolated[i].combination) continue;
                if (!is_of_grid && !isolated[i].needs_colors) continue;
                const ItemList list =
                    write(writer, c, isolated[i].ops, first_scratch, ItemTarget::scratch);
                place_isolated(x, y, list, isolated[i].height, first_scratch + i);
            }
            if (!is_of_grid || whole) continue;
            previous_.push_back(write(writer, c, composer.ops(), first_scratch, ItemTarget::codes));
            place_root(c, x, y, previous_.back(), composer.height());
        }
        scratch_used_ += needed;
        lists_.scratch_tiles = std::max(lists_.scratch_tiles, scratch_used_);
        previous_ops_ = composer.ops();
        if (!isolated.empty()) previous_.clear();
        return ok();
    }

    static ItemList write(ItemWriter& writer, std::uint32_t c, const std::vector<TileOp>& ops,
                          std::uint32_t first_scratch, ItemTarget target) {
        writer.begin(c);
        for (const TileOp& op : ops) {
            if (op.source == TileOp::Source::leaf)
                writer.add_leaf(op);
            else
                writer.add_isolated(op, (first_scratch + op.index) * SCRATCH_TILE_WORDS);
        }
        return writer.finish(target);
    }

    /// What combine.comp must know of a grid, as entries of the lists.
    std::uint32_t grid_entries(const Scene& scene) {
        if (grid_entries_) return *grid_entries_;
        grid_entries_ = static_cast<std::uint32_t>(lists_.entries.size());
        const RgbMap map = rgb_map(target_->space);
        const auto put_rows = [this](const std::array<std::array<double, 3>, 3>& rows) {
            for (const auto& row : rows)
                lists_.entries.push_back({bits_of(row[0]), bits_of(row[1]), bits_of(row[2]), 0});
        };
        put_rows(map.to_rgb);
        put_rows(map.from_rgb);
        const auto whole = [](double value) { return static_cast<std::uint32_t>(value); };
        const Grid& grid = scene.grid;
        lists_.entries.push_back(
            {whole(grid.step_x), whole(grid.step_y), whole(grid.origin_x), whole(grid.origin_y)});
        return *grid_entries_;
    }

    /// A conversion of the scene, as entries of the lists.
    std::uint32_t conversion_entries(const Scene& scene, std::uint32_t index) {
        const auto [known, is_new] = conversion_entries_.try_emplace(index);
        if (!is_new) return known->second;
        const ColorConversion& conversion = scene.conversions[index];
        using Kind = CurveKey::Kind;
        const std::array tables{
            table_entries({.kind = Kind::decode, .from = conversion.from()}, conversion),
            table_entries({.kind = Kind::encode, .to = conversion.to()}, conversion),
            conversion.has_gain()
                ? table_entries({Kind::gain, conversion.from(), conversion.to()}, conversion)
                : 0U};
        known->second = static_cast<std::uint32_t>(lists_.entries.size());
        const auto put = [this](const std::array<double, 3>& row, std::uint32_t last) {
            lists_.entries.push_back({bits_of(row[0]), bits_of(row[1]), bits_of(row[2]), last});
        };
        for (std::size_t i = 0; i < 3; ++i) put(conversion.primaries()[i], tables[i]);
        put(conversion.luminance(), 0);
        return known->second;
    }

    std::uint32_t table_entries(const CurveKey& key, const ColorConversion& conversion) {
        const auto [known, is_new] = table_entries_.try_emplace(key);
        if (!is_new) return known->second;
        known->second = static_cast<std::uint32_t>(lists_.entries.size());
        REELPOOL_CHECK(options_.curves != nullptr);
        const std::vector<shaders::ListEntry>& table = options_.curves->table(key, conversion);
        lists_.entries.insert(lists_.entries.end(), table.begin(), table.end());
        return known->second;
    }

    static std::uint32_t bits_of(double value) {
        return std::bit_cast<std::uint32_t>(static_cast<float>(value));
    }

    /// The values of a tile's masks, as entries of the lists.
    std::uint32_t mask_entries(MaskPlane& mask, std::uint32_t x, std::uint32_t y) {
        const auto first = static_cast<std::uint32_t>(lists_.entries.size());
        MaskPlane::TileValues values;
        mask.sample(x, y, values);
        using Entries = std::array<shaders::ListEntry, sizeof(values) / sizeof(shaders::ListEntry)>;
        const auto entries = std::bit_cast<Entries>(values);
        lists_.entries.insert(lists_.entries.end(), entries.begin(), entries.end());
        return first;
    }

    /// The numbers of a chain of effects, as entries of the lists.
    std::uint32_t effect_entries(const Scene& scene, std::uint32_t chain) {
        std::optional<std::uint32_t>& known = effect_entries_[chain];
        if (known) return *known;
        known = static_cast<std::uint32_t>(lists_.entries.size());
        const std::vector<shaders::ListEntry>& numbers = scene.effects[chain].numbers;
        lists_.entries.insert(lists_.entries.end(), numbers.begin(), numbers.end());
        return *known;
    }

    /// The isolated group with effects that is all that the tile shows, and can be written as codes.
    [[nodiscard]] std::optional<std::uint32_t> whole_effects(const Scene& scene,
                                                             const TileComposer& composer) const {
        if (target_->dither != Dither::none) return std::nullopt;
        const Grid& grid = scene.grid;
        if (grid.first_component + grid.component_count > alpha_component) return std::nullopt;
        if (composer.ops().size() != 1) return std::nullopt;
        const TileOp& op = composer.ops().front();
        if (op.source != TileOp::Source::isolated || op.coverage != no_edges || op.drop != 1 ||
            op.gain != 1)
            return std::nullopt;
        const IsolatedGroup& group = composer.isolated()[op.index];
        if (!group.combination || group.combination->operation != COMBINE_EFFECTS)
            return std::nullopt;
        return op.index;
    }

    /// Where a component's plane has the tile, as an entry of the lists.
    [[nodiscard]] shaders::ListEntry place_of(std::uint32_t component, std::uint32_t x,
                                              std::uint32_t y) const {
        const OutputPlane& plane = target_->layout.planes[component];
        const auto bits = [](double value) {
            return std::bit_cast<std::uint32_t>(static_cast<float>(value));
        };
        return {(plane.offset_bytes + y * plane.stride_bytes +
                 x * target_->layout.sample_bytes) / 16,
                plane.stride_bytes / 16, bits(target_->zero[component]),
                bits(target_->space.coding.max_code)};
    }

    /// `base`: the tile's first scratch tile; components lie `count` apart. `is_whole`: effects, and
    /// written as codes.
    void place_combination(const Scene& scene, const IsolatedGroup& group, std::uint32_t x,
                           std::uint32_t y, std::uint32_t base, std::uint32_t count,
                           std::uint32_t index, bool is_whole) {
        const Combination& what = *group.combination;
        // Where component 0 would be: there may be none, and the number wraps.
        const std::uint32_t origin = base - scene.components.first * count;
        std::uint32_t components = group.needs_colors ? 7 : 0;
        for (std::uint32_t c = 0; c < scene.grid.component_count; ++c)
            components |= 1U << (scene.grid.first_component + c);
        const std::uint32_t of_grid = grid_entries(scene);
        PipelineKey key;
        key.operation = what.operation;
        key.components = components;
        std::uint32_t list = 0;
        if (what.operation == COMBINE_EFFECTS) {
            key.effects = scene.effects[what.effects].effects;
            const std::uint32_t numbers = effect_entries(scene, what.effects);
            list = static_cast<std::uint32_t>(lists_.entries.size());
            lists_.entries.push_back({(origin + what.source) * SCRATCH_TILE_WORDS, numbers, 0, 0});
            key.target = TARGET_SCRATCH;
            if (is_whole) {
                key.target = target_->layout.sample_bytes == 1 ? TARGET_CODES_8 : TARGET_CODES_16;
                for (std::uint32_t c = 0; c < alpha_component; ++c) {
                    const bool is_of_grid =
                        scene.grid.first_component <= c &&
                        c < scene.grid.first_component + scene.grid.component_count;
                    lists_.entries.push_back(is_of_grid ? place_of(c, x, y)
                                                        : shaders::ListEntry{});
                }
            }
        } else {
            const std::uint32_t mask =
                what.has_mask() ? mask_entries(*scene.masks[what.mask], x, y) : 0;
            const std::uint32_t conversion =
                what.converts() ? conversion_entries(scene, what.conversion) : 0;
            list = static_cast<std::uint32_t>(lists_.entries.size());
            lists_.entries.push_back(
                {(origin + what.backdrop) * SCRATCH_TILE_WORDS,
                 (origin + what.source) * SCRATCH_TILE_WORDS, what.coverage,
                 std::bit_cast<std::uint32_t>(static_cast<float>(what.opacity))});
            lists_.entries.push_back(
                {what.dissolve.track, what.dissolve.frame, mask, conversion});
        }
        bucket(group.height, key)
            .push_back({.list = list,
                        .segments = of_grid,
                        .grid = x | y << 16,
                        .out_index = (origin + index) * SCRATCH_TILE_WORDS,
                        .out_stride = count * SCRATCH_TILE_WORDS,
                        .initial = 0,
                        .zero = 0,
                        .max_code = static_cast<float>(target_->alpha_code)});
    }

    std::vector<shaders::Tile>& bucket(std::uint32_t height, const PipelineKey& key) {
        const bool exact = options_.variants == Variants::exact;
        return buckets_[{batch_, height, exact ? key : family_of(key)}];
    }

    void place_isolated(std::uint32_t x, std::uint32_t y, const ItemList& list,
                        std::uint32_t height, std::uint32_t scratch_tile) {
        const PipelineKey key{list.kinds, list.identity_bytes, TARGET_SCRATCH,
                              list.identity_aligned, list.has_edges};
        bucket(height, key)
            .push_back({.list = list.list,
                        .segments = list.segments,
                        .grid = x | y << 16,
                        .out_index = scratch_tile * SCRATCH_TILE_WORDS,
                        .out_stride = 0,
                        .initial = static_cast<float>(list.initial),
                        .zero = static_cast<float>(list.initial_alpha),
                        .max_code = 0});
    }

    void place_root(std::uint32_t component, std::uint32_t x, std::uint32_t y, const ItemList& list,
                    std::uint32_t height) {
        const bool dithers =
            target_->dither == Dither::ordered && component != alpha_component;
        const bool is_one_code =
            list.is_constant &&
            (!dithers || list.initial + target_->zero[component] == code_of(list, component));
        if (direct_ == DirectTiles::yes && (is_one_code || list.copied != nullptr)) {
            place_direct(component, x, y, list);
            return;
        }
        const OutputPlane& plane = target_->layout.planes[component];
        const std::uint32_t offset =
            plane.offset_bytes + y * plane.stride_bytes + x * target_->layout.sample_bytes;
        const PipelineKey key{list.kinds, list.identity_bytes,
                              target_->layout.sample_bytes == 1 ? TARGET_CODES_8 : TARGET_CODES_16,
                              list.identity_aligned, list.has_edges, false, dithers};
        bucket(height, key)
            .push_back({.list = list.list,
                        .segments = list.segments,
                        .grid = x | y << 16,
                        .out_index = offset / 16,
                        .out_stride = plane.stride_bytes / 16,
                        .initial = static_cast<float>(list.initial),
                        .zero = static_cast<float>(target_->zero[component]),
                        .max_code = static_cast<float>(target_->space.coding.max_code)});
    }

    /// The code of what is one value.
    [[nodiscard]] double code_of(const ItemList& list, std::uint32_t component) const {
        const double code = std::floor(list.initial + target_->zero[component] + 0.5);
        return std::clamp(code, 0.0, target_->space.coding.max_code);
    }

    void place_direct(std::uint32_t component, std::uint32_t x, std::uint32_t y,
                      const ItemList& list) {
        const OutputPlane& plane = target_->layout.planes[component];
        DirectSpan span{.plane = component,
                        .x = x,
                        .y = y,
                        .width = std::min(TILE_WIDTH, plane.width - x),
                        .height = std::min(TILE_HEIGHT, plane.height - y)};
        if (list.copied != nullptr) {
            const Term& term = *list.copied;
            span.from_stride_bytes = term.stride_bytes;
            span.from = term.data +
                        (static_cast<std::int64_t>(y) + term.dy) * std::int64_t{term.stride_bytes} +
                        (static_cast<std::int64_t>(x) + term.dx) * term.sample_bytes;
        } else {
            span.fill = static_cast<std::uint16_t>(code_of(list, component));
        }
        if (!lists_.spans.empty() && continues(lists_.spans.back(), span)) {
            lists_.spans.back().width += span.width;
            return;
        }
        lists_.spans.push_back(span);
    }

    [[nodiscard]] bool continues(const DirectSpan& left, const DirectSpan& right) const {
        if (left.plane != right.plane || left.y != right.y || left.x + left.width != right.x)
            return false;
        if (left.from == nullptr) return right.from == nullptr && left.fill == right.fill;
        return right.from == left.from + std::size_t{left.width} * target_->layout.sample_bytes;
    }

    TileOptions options_;
    const Target* target_ = nullptr;  ///< of the pass under way
    DirectTiles direct_ = DirectTiles::no;
    std::vector<std::uint32_t> last_batches_;  ///< by pass
    TileLists lists_;
    std::map<Place, std::vector<shaders::Tile>> buckets_;
    std::uint32_t batch_ = 0;
    std::uint32_t scratch_used_ = 0;
    std::optional<std::uint32_t> grid_entries_;  ///< of the scene under way
    std::map<std::uint32_t, std::uint32_t> conversion_entries_;  ///< of the scene under way
    std::map<CurveKey, std::uint32_t> table_entries_;            ///< of the frame
    std::vector<std::optional<std::uint32_t>> effect_entries_;  ///< likewise, by chain
    std::vector<TileOp> previous_ops_;
    std::vector<ItemList> previous_;  ///< lists of previous_ops_ per component; empty: none
};

}  // namespace

Result<TileLists> build_tile_lists(const std::vector<Pass>& passes, const TileOptions& options) {
    Builder builder(options);
    REELPOOL_TRY_STATUS(builder.add_passes(passes));
    return std::move(builder).finish();
}

TileLists idle_lists(const std::vector<PipelineKey>& keys) {
    TileLists lists;
    // Every run of every kind takes the one idle item, one after the other.
    std::uint32_t ones = 0;
    for (std::uint32_t i = 0; i < COUNTS_PER_WORD; ++i) ones |= 1U << i * COUNT_BITS;
    lists.entries = {{.x = ones, .y = ones, .z = ones, .w = ones}};
    lists.entries.resize(2 + RUN_KINDS + 1, {.x = null_sample, .y = no_edges});
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
        // Pipelines of one batch may run in any order, so each has its own place.
        const shaders::Tile tile{.list = 0,
                                 .segments = 1,
                                 .grid = 0,
                                 .out_index = i * 16 * TILE_HEIGHT,
                                 .out_stride = 16,
                                 .initial = 0,
                                 .zero = 0,
                                 .max_code = 0};
        lists.runs.push_back({.key = keys[i], .tiles = {tile}});
    }
    return lists;
}

bool is_pass_through(const Pass& pass, std::vector<const Leaf*>& leaves) {
    leaves.clear();
    for (const Scene& scene : pass.scenes) {
        TileComposer composer(scene);
        composer.compose({0, 0, scene.grid.width - 1.0, scene.grid.height - 1.0});
        if (composer.ops().size() != 1 || !composer.isolated().empty()) return false;
        const TileOp& op = composer.ops().front();
        if (op.source != TileOp::Source::leaf || op.varies() || op.drop != 1 || op.gain != 1)
            return false;
        const Leaf& leaf = scene.leaves[op.index];
        const std::uint32_t first = scene.grid.first_component;
        for (std::uint32_t c = first; c < first + scene.grid.component_count; ++c) {
            const Term& term = leaf.terms[c][0];
            const OutputPlane& plane = pass.target.layout.planes[c];
            if (leaf.term_counts[c] != 1 || !term.is_copy || term.dx != 0 || term.dy != 0 ||
                term.plane_width != plane.width || term.plane_height != plane.height)
                return false;
        }
        leaves.push_back(&leaf);
    }
    return true;
}

}  // namespace reelpool::compositor
