#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "compositor/render/tile_lists.hpp"
#include "compositor/vk/buffer.hpp"
#include "compositor/vk/device.hpp"
#include "compositor/vk/handle.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::compositor {

/// What the shaders read and write, in the order of its bindings.
struct Bindings {
    VkBufferView arena = VK_NULL_HANDLE;
    VkBufferView scratch_read = VK_NULL_HANDLE;
    VkBufferView data = VK_NULL_HANDLE;
    VkBufferView arena_wide = VK_NULL_HANDLE;
    VkDescriptorBufferInfo codes{};
    VkBuffer scratch = VK_NULL_HANDLE;
    VkBufferView tables = VK_NULL_HANDLE;
};

/// The specialisations of composite.comp, combine.comp and effects.comp, made when first needed. The device must
/// outlive it.
class Pipelines {
  public:
    [[nodiscard]] static Result<Pipelines> create(const vk::Device& device, Variants variants);

    /// Makes those of the runs that are not made yet.
    [[nodiscard]] Status prepare(const vk::Device& device, const std::vector<TileRun>& runs);
    /// One that was prepared.
    [[nodiscard]] VkPipeline get(const PipelineKey& key) const;
    [[nodiscard]] VkPipelineLayout layout() const { return layout_.get(); }

    /// A descriptor set with a pool of its own.
    struct Set {
        vk::DescriptorPoolHandle pool;
        VkDescriptorSet set = VK_NULL_HANDLE;
    };
    [[nodiscard]] Result<Set> make_set(const vk::Device& device) const;
    /// No submission that uses the set may be pending.
    static void write_set(const vk::Device& device, const Set& set, const Bindings& bindings);

  private:
    [[nodiscard]] VkShaderModule module_of(const PipelineKey& key) const;
    [[nodiscard]] Result<vk::PipelineHandle> compile(const vk::Device& device,
                                                     const PipelineKey& key) const;

    vk::DescriptorSetLayoutHandle set_layout_;
    vk::PipelineLayoutHandle layout_;
    std::vector<vk::ShaderModuleHandle> modules_;  ///< as modules_of() has them
    vk::ShaderModuleHandle combine_module_;
    vk::ShaderModuleHandle effects_module_;
    std::map<PipelineKey, vk::PipelineHandle> pipelines_;
};

}  // namespace reelpool::compositor
