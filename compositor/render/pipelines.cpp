#include "compositor/render/pipelines.hpp"

#include <future>
#include <span>
#include <utility>

#include "composite_spv.hpp"
#include "compositor/vk/status.hpp"

namespace reelpool::compositor {
namespace {

/// Bindings 0 to 3 and 6 are texel buffers, 4 and 5 others.
constexpr std::uint32_t texel_bindings = 5;
constexpr std::uint32_t buffer_bindings = 2;
constexpr std::uint32_t first_buffer = 4;

constexpr bool is_texel(std::uint32_t binding) {
    return binding < first_buffer || binding >= first_buffer + buffer_bindings;
}

std::array<VkDescriptorSetLayoutBinding, texel_bindings + buffer_bindings> layout_bindings() {
    std::array<VkDescriptorSetLayoutBinding, texel_bindings + buffer_bindings> bindings{};
    for (std::uint32_t i = 0; i < bindings.size(); ++i) {
        bindings[i].binding = i;
        bindings[i].descriptorType = is_texel(i) ? VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER
                                                 : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
        bindings[i].descriptorCount = 1;
        bindings[i].stageFlags = VK_SHADER_STAGE_COMPUTE_BIT;
    }
    return bindings;
}

Result<vk::DescriptorSetLayoutHandle> make_set_layout(const vk::Device& device) {
    const auto bindings = layout_bindings();
    const VkDescriptorSetLayoutCreateInfo info{
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
        .pNext = nullptr,
        .flags = 0,
        .bindingCount = static_cast<std::uint32_t>(bindings.size()),
        .pBindings = bindings.data()};
    VkDescriptorSetLayout layout = VK_NULL_HANDLE;
    REELPOOL_TRY_STATUS(
        vk::check(vkCreateDescriptorSetLayout(device.get(), &info, nullptr, &layout),
                  "vkCreateDescriptorSetLayout"));
    return vk::DescriptorSetLayoutHandle(device.get(), layout);
}

Result<vk::PipelineLayoutHandle> make_pipeline_layout(const vk::Device& device,
                                                      VkDescriptorSetLayout set_layout) {
    const VkPushConstantRange push{
        .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .offset = 0, .size = sizeof(shaders::Push)};
    const VkPipelineLayoutCreateInfo info{.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                          .pNext = nullptr,
                                          .flags = 0,
                                          .setLayoutCount = 1,
                                          .pSetLayouts = &set_layout,
                                          .pushConstantRangeCount = 1,
                                          .pPushConstantRanges = &push};
    VkPipelineLayout layout = VK_NULL_HANDLE;
    REELPOOL_TRY_STATUS(vk::check(vkCreatePipelineLayout(device.get(), &info, nullptr, &layout),
                                  "vkCreatePipelineLayout"));
    return vk::PipelineLayoutHandle(device.get(), layout);
}

Result<vk::ShaderModuleHandle> make_module(const vk::Device& device,
                                           std::span<const std::uint32_t> spirv) {
    const VkShaderModuleCreateInfo info{.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
                                        .pNext = nullptr,
                                        .flags = 0,
                                        .codeSize = spirv.size_bytes(),
                                        .pCode = spirv.data()};
    VkShaderModule module = VK_NULL_HANDLE;
    REELPOOL_TRY_STATUS(vk::check(vkCreateShaderModule(device.get(), &info, nullptr, &module),
                                  "vkCreateShaderModule"));
    return vk::ShaderModuleHandle(device.get(), module);
}

/// A GPU's driver takes a second for one, and works on several at once. Mesa's software driver
/// compiles when a pipeline is first used.
std::launch compile_policy(const vk::Device& device) {
    // Deferred, too, where there is no thread to be had.
    return device.physical().is_cpu ? std::launch::deferred
                                    : std::launch::async | std::launch::deferred;
}

}  // namespace

Result<Pipelines> Pipelines::create(const vk::Device& device, Variants variants) {
    Pipelines pipelines;
    REELPOOL_TRY(set_layout, make_set_layout(device));
    pipelines.set_layout_ = std::move(set_layout);
    REELPOOL_TRY(layout, make_pipeline_layout(device, pipelines.set_layout_.get()));
    pipelines.layout_ = std::move(layout);
    for (const shaders::Module& each : modules_of(variants)) {
        REELPOOL_TRY(module, make_module(device, each.spirv));
        pipelines.modules_.push_back(std::move(module));
    }
    REELPOOL_TRY(combine, make_module(device, combine_module(variants).spirv));
    pipelines.combine_module_ = std::move(combine);
    REELPOOL_TRY(effects, make_module(device, effects_module(variants).spirv));
    pipelines.effects_module_ = std::move(effects);
    return pipelines;
}

VkShaderModule Pipelines::module_of(const PipelineKey& key) const {
    if (key.operation == 0) return modules_[module_for(key.kinds)].get();
    return key.operation == COMBINE_EFFECTS ? effects_module_.get() : combine_module_.get();
}

Result<vk::PipelineHandle> Pipelines::compile(const vk::Device& device,
                                              const PipelineKey& key) const {
    const std::uint32_t has_shuffle = device.physical().has_subgroup_shuffle ? 1 : 0;
    std::array<std::uint32_t, 8> values{key.kinds,
                                        key.identity_bytes,
                                        key.target,
                                        has_shuffle,
                                        std::uint32_t{key.identity_aligned},
                                        std::uint32_t{key.has_edges},
                                        std::uint32_t{key.skips_absent},
                                        std::uint32_t{key.dithers}};
    const auto effect = [&key](unsigned place) { return key.effects >> (8 * place) & 0xffU; };
    if (key.operation == COMBINE_EFFECTS)
        values = {key.components, effect(0), effect(1),  has_shuffle,
                  effect(2),      effect(3), key.target, 0};
    else if (key.operation != 0)
        values = {key.operation, key.components, 0, has_shuffle, 0, 0, 0, 0};
    std::array<VkSpecializationMapEntry, values.size()> entries{};
    for (std::uint32_t i = 0; i < entries.size(); ++i)
        entries[i] = {.constantID = i, .offset = 4 * i, .size = 4};
    const VkSpecializationInfo specialization{
        .mapEntryCount = static_cast<std::uint32_t>(entries.size()),
        .pMapEntries = entries.data(),
        .dataSize = sizeof(values),
        .pData = values.data()};
    const VkComputePipelineCreateInfo info{
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .pNext = nullptr,
        .flags = 0,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                  .pNext = nullptr,
                  .flags = 0,
                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = module_of(key),
                  .pName = "main",
                  .pSpecializationInfo = &specialization},
        .layout = layout_.get(),
        .basePipelineHandle = VK_NULL_HANDLE,
        .basePipelineIndex = -1};
    VkPipeline pipeline = VK_NULL_HANDLE;
    REELPOOL_TRY_STATUS(vk::check(
        vkCreateComputePipelines(device.get(), VK_NULL_HANDLE, 1, &info, nullptr, &pipeline),
        "vkCreateComputePipelines"));
    return vk::PipelineHandle(device.get(), pipeline);
}

Status Pipelines::prepare(const vk::Device& device, const std::vector<TileRun>& runs) {
    std::map<PipelineKey, std::future<Result<vk::PipelineHandle>>> missing;
    for (const TileRun& run : runs) {
        if (pipelines_.contains(run.key) || missing.contains(run.key)) continue;
        missing.emplace(run.key, std::async(compile_policy(device), [this, &device, &run] {
                            return compile(device, run.key);
                        }));
    }
    for (auto& [key, compiled] : missing) {
        REELPOOL_TRY(pipeline, compiled.get());
        pipelines_.emplace(key, std::move(pipeline));
    }
    return ok();
}

VkPipeline Pipelines::get(const PipelineKey& key) const {
    const auto found = pipelines_.find(key);
    REELPOOL_CHECK(found != pipelines_.end());
    return found->second.get();
}

Result<Pipelines::Set> Pipelines::make_set(const vk::Device& device) const {
    const std::array sizes{
        VkDescriptorPoolSize{VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, texel_bindings},
        VkDescriptorPoolSize{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, buffer_bindings}};
    const VkDescriptorPoolCreateInfo info{.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                          .pNext = nullptr,
                                          .flags = 0,
                                          .maxSets = 1,
                                          .poolSizeCount = static_cast<std::uint32_t>(sizes.size()),
                                          .pPoolSizes = sizes.data()};
    VkDescriptorPool pool = VK_NULL_HANDLE;
    REELPOOL_TRY_STATUS(vk::check(vkCreateDescriptorPool(device.get(), &info, nullptr, &pool),
                                  "vkCreateDescriptorPool"));
    Set set{.pool = vk::DescriptorPoolHandle(device.get(), pool)};
    const VkDescriptorSetLayout layout = set_layout_.get();
    const VkDescriptorSetAllocateInfo allocate{
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
        .pNext = nullptr,
        .descriptorPool = pool,
        .descriptorSetCount = 1,
        .pSetLayouts = &layout};
    REELPOOL_TRY_STATUS(vk::check(vkAllocateDescriptorSets(device.get(), &allocate, &set.set),
                                  "vkAllocateDescriptorSets"));
    return set;
}

void Pipelines::write_set(const vk::Device& device, const Set& set, const Bindings& bindings) {
    const std::array<VkBufferView, texel_bindings + buffer_bindings> views{
        bindings.arena,      bindings.scratch_read, bindings.data,  bindings.arena_wide,
        VK_NULL_HANDLE, VK_NULL_HANDLE,        bindings.tables};
    const std::array buffers{bindings.codes,
                             VkDescriptorBufferInfo{bindings.scratch, 0, VK_WHOLE_SIZE}};
    const auto layout = layout_bindings();
    std::array<VkWriteDescriptorSet, texel_bindings + buffer_bindings> writes{};
    for (std::uint32_t i = 0; i < writes.size(); ++i) {
        writes[i].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
        writes[i].dstSet = set.set;
        writes[i].dstBinding = i;
        writes[i].descriptorCount = 1;
        writes[i].descriptorType = layout[i].descriptorType;
        if (is_texel(i))
            writes[i].pTexelBufferView = &views[i];
        else
            writes[i].pBufferInfo = &buffers[i - first_buffer];
    }
    vkUpdateDescriptorSets(device.get(), static_cast<std::uint32_t>(writes.size()), writes.data(),
                           0, nullptr);
}

}  // namespace reelpool::compositor
