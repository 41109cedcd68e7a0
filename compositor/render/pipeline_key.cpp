#include "compositor/render/pipeline_key.hpp"

#include <iterator>

#include "composite_spv.hpp"

namespace reelpool::compositor {

static_assert(shaders::composite_modules[std::size(shaders::composite_modules) - 1].kinds ==
              ALL_KINDS);

std::size_t module_for(std::uint32_t kinds) {
    std::size_t i = 0;
    while ((kinds & ~shaders::composite_modules[i].kinds) != 0) ++i;
    return i;
}

PipelineKey family_of(const PipelineKey& key) {
    return {.kinds = shaders::composite_modules[module_for(key.kinds)].kinds,
            .identity_bytes = key.identity_bytes,
            .target = key.target,
            .identity_aligned = false,
            .has_edges = true,
            .skips_absent = true};
}

}  // namespace reelpool::compositor
