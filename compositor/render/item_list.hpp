#pragma once

#include <cstdint>
#include <vector>

#include "compositor/render/tile_composer.hpp"
#include "compositor/render/variants.hpp"
#include "shaders/parameters.hpp"

namespace reelpool::compositor {

/// What a list of entries asks of its pipeline.
struct ItemList {
    std::uint32_t list = 0;  ///< first entry
    std::uint32_t segments = 1;
    std::uint32_t kinds = KIND_IDENTITY;
    std::uint32_t identity_bytes = 1;
    bool has_edges = false;        ///< some item's coverage is not 1 everywhere
    bool identity_aligned = true;  ///< on 16-byte words
    double initial = 0;            ///< what lies under the first item, premultiplied
    double initial_alpha = 0;      ///< its alpha
    bool is_constant = false;      ///< no item at all: `initial` everywhere
    const Term* copied = nullptr;  ///< exactly one opaque item that can be copied
};

/// What a list is drawn into.
enum class ItemTarget : std::uint8_t { codes, scratch };

/// Turns a tile's ops into the shader's entries for one component of the grid.
///
/// Every set of kinds is a pipeline that the driver compiles for a tenth of a second and more, so
/// rare sets are widened to common ones: a kind is replaced by one that can do its work, or stands
/// idle.
class ItemWriter {
  public:
    ItemWriter(const Scene& scene, Variants variants, std::vector<shaders::ListEntry>& entries)
        : scene_(scene), has_steps_(variants == Variants::exact), entries_(entries) {}

    /// Starts a list for component `c` of the grid.
    void begin(std::uint32_t c);
    void add_leaf(const TileOp& op);
    /// `scratch_word`: where the group's result lies, in 16-byte words.
    void add_isolated(const TileOp& op, std::uint32_t scratch_word);
    [[nodiscard]] ItemList finish(ItemTarget target);

  private:
    struct Item {
        std::uint32_t kind = KIND_IDENTITY;
        std::uint32_t scaled_kind = KIND_GENERAL;  ///< what can do the work of KIND_IDENTITY
        std::uint8_t sample_bytes = 0;             ///< 0: reads no plane
        bool is_aligned = true;                    ///< KIND_IDENTITY: on 16-byte words
        bool is_clamped = false;                   ///< STEP_KINDS: some position may be
        shaders::ListEntry entry;
    };
    [[nodiscard]] std::uint32_t kind_of(const TileOp& op, const Leaf& leaf, const Term& term,
                                        double drop) const;
    [[nodiscard]] std::uint32_t present_kinds() const;
    void replace(std::uint32_t kind, std::uint32_t by);
    void replace_steps();
    void replace_clamped_steps();
    [[nodiscard]] bool is_special() const;
    [[nodiscard]] bool has_turned_and_half() const;
    void narrow(bool has_edges, bool is_special);
    void choose_identity(ItemList& list, bool is_special);
    /// The items of the list's end that are run by themselves: from `identity` on, then `half`.
    struct Trail {
        std::size_t identity = 0;
        std::size_t half = 0;
    };
    [[nodiscard]] Trail trail() const;
    void write_segments(ItemList& list, const Trail& trail);
    void write_segment(ItemList& list, std::size_t first, std::size_t last);

    const Scene& scene_;
    bool has_steps_;
    std::vector<shaders::ListEntry>& entries_;
    std::uint32_t component_ = 0;
    std::vector<Item> items_;
    double initial_ = 0;
    double initial_alpha_ = 0;
    bool has_edges_ = false;
    const Term* copied_ = nullptr;
};

}  // namespace reelpool::compositor
