#include "compositor/render/pipeline_key.hpp"

#include <cstddef>

#include "combine_spv.hpp"
#include "composite_spv.hpp"
#include "effects_spv.hpp"

namespace reelpool::compositor {

namespace {

/// The modules of both shapes can do the same.
template <std::size_t count>
constexpr bool all_alike(const shaders::Module (&one)[count],
                         const shaders::Module (&other)[count]) {
    for (std::size_t i = 0; i < count; ++i)
        if (one[i].kinds != other[i].kinds) return false;
    return one[count - 1].kinds == ALL_KINDS;
}
static_assert(all_alike(shaders::composite_cpu_modules, shaders::composite_gpu_modules));

}  // namespace

std::span<const shaders::Module> modules_of(Variants variants) {
    if (variants == Variants::families) return shaders::composite_gpu_modules;
    return shaders::composite_cpu_modules;
}

const shaders::Module& combine_module(Variants variants) {
    if (variants == Variants::families) return shaders::combine_gpu_modules[0];
    return shaders::combine_cpu_modules[0];
}

const shaders::Module& effects_module(Variants variants) {
    if (variants == Variants::families) return shaders::effects_gpu_modules[0];
    return shaders::effects_cpu_modules[0];
}

std::size_t module_for(std::uint32_t kinds) {
    std::size_t i = 0;
    while ((kinds & ~shaders::composite_gpu_modules[i].kinds) != 0) ++i;
    return i;
}

PipelineKey family_of(const PipelineKey& key) {
    if (key.operation != 0) return key;
    return {.kinds = shaders::composite_gpu_modules[module_for(key.kinds)].kinds,
            .identity_bytes = key.identity_bytes,
            .target = key.target,
            .identity_aligned = false,
            .has_edges = true,
            .skips_absent = true,
            .dithers = key.dithers};
}

}  // namespace reelpool::compositor
