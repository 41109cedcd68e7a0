#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

#include "compositor/render/variants.hpp"
#include "shaders/parameters.hpp"

namespace reelpool::compositor {

/// A specialisation of composite.comp, or where there is an operation of combine.comp or
/// effects.comp.
struct PipelineKey {
    std::uint32_t kinds = KIND_IDENTITY;
    std::uint32_t identity_bytes = 1;
    std::uint32_t target = TARGET_CODES_8;
    bool identity_aligned = true;
    bool has_edges = false;
    bool skips_absent = false;  ///< kinds of which a segment has no items are branched over
    bool dithers = false;
    std::uint32_t operation = 0;   ///< combine.comp's `mode`, or COMBINE_EFFECTS: none above counts
                                   ///< but COMBINE_EFFECTS' target
    std::uint32_t components = 0;  ///< operation: a set of bits: those that are written
    std::uint32_t effects = 0;     ///< COMBINE_EFFECTS: FusedEffects's
    friend auto operator<=>(const PipelineKey&, const PipelineKey&) = default;
};

/// The modules of composite.comp for a device, smallest first.
[[nodiscard]] std::span<const shaders::Module> modules_of(Variants variants);

/// Those of combine.comp and effects.comp.
[[nodiscard]] const shaders::Module& combine_module(Variants variants);
[[nodiscard]] const shaders::Module& effects_module(Variants variants);

/// The first, so the smallest, of the modules that can do all kinds.
[[nodiscard]] std::size_t module_for(std::uint32_t kinds);

/// The specialisation that does the work of `key` and of all others of its module. Same picture.
[[nodiscard]] PipelineKey family_of(const PipelineKey& key);

}  // namespace reelpool::compositor
