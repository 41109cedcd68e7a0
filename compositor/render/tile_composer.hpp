#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compositor/render/scene.hpp"

namespace reelpool::compositor {

/// One step of a tile: below = below (1 - drop c a) + value gain c, with the coverage c and the
/// source's alpha a. Opacity, groups and solids all end up in drop and gain.
struct TileOp {
    enum class Source : std::uint8_t { leaf, isolated };
    Source source = Source::leaf;
    bool has_alpha = false;          ///< a is not always 1
    bool has_axis_edges = true;      ///< the coverage's edges run along the axes
    bool is_unclamped = false;       ///< the tile lies where the leaf's whole planes need no clamp
    bool is_step_unclamped = false;  ///< and where those of a step kind need none
    std::uint32_t index = 0;         ///< of the scene's leaf, or of the tile's isolated group
    std::uint32_t coverage = no_edges;  ///< record
    double drop = 0;
    double gain = 0;

    friend bool operator==(const TileOp&, const TileOp&) = default;
    /// Whether c a differs from pixel to pixel.
    [[nodiscard]] bool varies() const { return has_alpha || coverage != no_edges; }
};

/// What is put over what, where that is more than a list: a source and its backdrop, both isolated
/// groups of the same tile.
struct Combination {
    std::uint32_t operation = 0;  ///< combine.comp's `mode`
    std::uint32_t backdrop = 0;
    std::uint32_t source = 0;
    std::uint32_t coverage = no_edges;  ///< of the source
    double opacity = 1;
    DissolveSeed dissolve{};
    std::uint32_t mask = 0;  ///< of COMBINE_MASK and COMBINE_MASKED_MIX: into Scene::masks
    /// Of COMBINE_CONVERT and COMBINE_CONVERT_GAIN: into Scene::conversions.
    std::uint32_t conversion = 0;
    std::uint32_t effects = 0;  ///< of COMBINE_EFFECTS: into Scene::effects

    /// Whether components do not stand alone.
    [[nodiscard]] bool blends() const {
        return operation < COMBINE_MIX || operation == COMBINE_TO_LINEAR ||
               operation == COMBINE_FROM_LINEAR || operation == COMBINE_EFFECTS || converts();
    }
    [[nodiscard]] bool converts() const {
        return operation == COMBINE_CONVERT || operation == COMBINE_CONVERT_GAIN;
    }
    /// Whether there is a backdrop; else it is the source, and not read.
    [[nodiscard]] bool is_of_two() const {
        return operation < COMBINE_MASK || operation == COMBINE_MASKED_MIX;
    }
    [[nodiscard]] bool has_mask() const {
        return operation == COMBINE_MASK || operation == COMBINE_MASKED_MIX;
    }
};

/// A group that must be drawn by itself in this tile, before what contains it: a list, or a
/// combination of two that come before it.
struct IsolatedGroup {
    std::vector<TileOp> ops;
    std::optional<Combination> combination;
    std::uint32_t height = 0;   ///< above the deepest isolated group inside it
    bool is_used = false;       ///< nothing opaque hides it
    bool needs_colors = false;  ///< all three of them, whatever the grid has
};

/// Decides, tile by tile, what is drawn in which order.
///
/// A group goes straight into its parent's list wherever that gives the same picture: `over` is
/// associative, so it does where the group's own factor (coverage x opacity) is 1. Where the alphas
/// of its layers do not vary, the group is a weighted sum: the factor moves into the weights. One
/// layer alone takes the factor itself. Only what is left (layer edges or alpha planes under a
/// factor) is isolated. What an opaque layer covers is dropped.
///
/// Where a layer with another blend mode shows, what lies below it in its group is isolated, and so
/// is what it shows; their combination takes the place of both. Below it may lie nothing: then most
/// modes are normal blending. A mix of two groups is a combination, too, except where one of them
/// shows alone, or where both are weighted sums and the weight is constant.
///
/// Where the value of a layer's masks is neither 0 nor constant, in groups of linear light, and
/// where a picture's colours are of another encoding or a layer has effects, what it shows is
/// isolated, too, and replaced by what a combination makes of it. An adjustment does that with all
/// that lies below it in its group; where its weight is not 1, the result is a mix with what was
/// there.
class TileComposer {
  public:
    explicit TileComposer(const Scene& scene) : scene_(scene) {}

    /// Composes the samples `sites`. What the accessors return lives until the next call.
    void compose(const TileSites& sites);

    [[nodiscard]] const std::vector<TileOp>& ops() const { return ops_; }
    [[nodiscard]] std::span<const IsolatedGroup> isolated() const {
        return {isolated_.data(), isolated_count_};
    }
    /// Of the tile's own list, as IsolatedGroup::height.
    [[nodiscard]] std::uint32_t height() const { return height_of(ops_); }

  private:
    void add_group(const SceneGroup& group);
    void add_node(const Node& node);
    void add_mix(const Node& node);
    [[nodiscard]] bool varies(std::size_t first) const;
    [[nodiscard]] bool is_opaque(std::size_t first, std::size_t end) const;
    void push_combination(const Combination& combination, bool is_opaque);
    /// The coverage that a layer has in this tile.
    struct Edges {
        std::uint32_t coverage = no_edges;
        bool are_axis = true;
    };
    static void set_edges(TileOp& op, Edges edges);
    void add_leaf(std::uint32_t leaf, Edges edges, double opacity);
    void place_group(std::size_t first, Edges edges, double opacity);
    void fold(std::size_t first, Edges edges, double opacity);
    void isolate(std::size_t first, Edges edges, double opacity);
    void combine(std::size_t first, std::size_t source, const Node& node, Edges edges,
                 double opacity);
    void transform(std::size_t first, Combination combination);
    void convert(std::size_t first, std::uint32_t conversion);
    void to_codes(std::size_t first);
    void enter_linear_light(std::size_t first);
    void change(std::size_t first, const Node& node);
    void adjust(std::size_t first, const Node& node, Edges edges, double opacity, bool is_masked,
                Light light);
    [[nodiscard]] bool is_in_linear_light(const Node& node) const;
    void leave_linear_light(std::size_t first);
    [[nodiscard]] bool take_back(std::size_t first);
    [[nodiscard]] std::uint32_t take(std::size_t first);
    [[nodiscard]] IsolatedGroup& new_isolated();
    void drop_hidden(std::size_t first);
    void mark_used();
    [[nodiscard]] std::uint32_t height_of(const std::vector<TileOp>& ops) const;

    const Scene& scene_;
    TileSites sites_;
    std::vector<TileOp> ops_;
    std::vector<IsolatedGroup>
        isolated_;  ///< kept for their memory; the first isolated_count_ count
    std::size_t isolated_count_ = 0;
};

}  // namespace reelpool::compositor
