#pragma once

#include <vulkan/vulkan.h>

#include <utility>

namespace reelpool::compositor::vk {

/// Owns one Vulkan object that belongs to `Parent` (a VkDevice or VkInstance), and destroys it.
/// The parent must outlive it.
template <class Parent, class Object,
          void(VKAPI_PTR* destroy)(Parent, Object, const VkAllocationCallbacks*)>
class Handle {
  public:
    Handle() = default;
    Handle(Parent parent, Object object) : parent_(parent), object_(object) {}
    Handle(Handle&& other) noexcept
        : parent_(other.parent_), object_(std::exchange(other.object_, VK_NULL_HANDLE)) {}
    Handle& operator=(Handle&& other) noexcept {
        if (this != &other) {
            reset();
            parent_ = other.parent_;
            object_ = std::exchange(other.object_, VK_NULL_HANDLE);
        }
        return *this;
    }
    ~Handle() { reset(); }

    [[nodiscard]] Object get() const { return object_; }
    explicit operator bool() const { return object_ != VK_NULL_HANDLE; }
    void reset() {
        if (object_ != VK_NULL_HANDLE) destroy(parent_, object_, nullptr);
        object_ = VK_NULL_HANDLE;
    }

  private:
    Parent parent_ = VK_NULL_HANDLE;
    Object object_ = VK_NULL_HANDLE;
};

using BufferHandle = Handle<VkDevice, VkBuffer, vkDestroyBuffer>;
using BufferViewHandle = Handle<VkDevice, VkBufferView, vkDestroyBufferView>;
using MemoryHandle = Handle<VkDevice, VkDeviceMemory, vkFreeMemory>;
using QueryPoolHandle = Handle<VkDevice, VkQueryPool, vkDestroyQueryPool>;
using FenceHandle = Handle<VkDevice, VkFence, vkDestroyFence>;
using CommandPoolHandle = Handle<VkDevice, VkCommandPool, vkDestroyCommandPool>;
using DescriptorPoolHandle = Handle<VkDevice, VkDescriptorPool, vkDestroyDescriptorPool>;
using DescriptorSetLayoutHandle =
    Handle<VkDevice, VkDescriptorSetLayout, vkDestroyDescriptorSetLayout>;
using PipelineLayoutHandle = Handle<VkDevice, VkPipelineLayout, vkDestroyPipelineLayout>;
using PipelineHandle = Handle<VkDevice, VkPipeline, vkDestroyPipeline>;
using ShaderModuleHandle = Handle<VkDevice, VkShaderModule, vkDestroyShaderModule>;

}  // namespace reelpool::compositor::vk
