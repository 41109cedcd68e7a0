#include "compositor/vk/buffer.hpp"

#include <utility>

#include "compositor/vk/status.hpp"

namespace reelpool::compositor::vk {
namespace {

Result<BufferHandle> create_handle(const Device& device, std::uint64_t bytes,
                                   VkBufferUsageFlags usage, const void* next) {
    const VkBufferCreateInfo info{.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                                  .pNext = next,
                                  .flags = 0,
                                  .size = bytes,
                                  .usage = usage,
                                  .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
                                  .queueFamilyIndexCount = 0,
                                  .pQueueFamilyIndices = nullptr};
    VkBuffer buffer = VK_NULL_HANDLE;
    REELPOOL_TRY_STATUS(
        check(vkCreateBuffer(device.get(), &info, nullptr, &buffer), "vkCreateBuffer"));
    return BufferHandle(device.get(), buffer);
}

Result<MemoryHandle> allocate(const Device& device, std::uint64_t bytes, std::uint32_t type,
                              const void* next) {
    const VkMemoryAllocateInfo info{.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                    .pNext = next,
                                    .allocationSize = bytes,
                                    .memoryTypeIndex = type};
    VkDeviceMemory memory = VK_NULL_HANDLE;
    REELPOOL_TRY_STATUS(
        check(vkAllocateMemory(device.get(), &info, nullptr, &memory), "vkAllocateMemory"));
    return MemoryHandle(device.get(), memory);
}

}  // namespace

Result<Buffer> Buffer::create(const Device& device, std::uint64_t bytes, VkBufferUsageFlags usage,
                              Placement placement) {
    Buffer buffer;
    buffer.bytes_ = bytes;
    REELPOOL_TRY(handle, create_handle(device, bytes, usage, nullptr));
    buffer.buffer_ = std::move(handle);
    VkMemoryRequirements needs{};
    vkGetBufferMemoryRequirements(device.get(), buffer.get(), &needs);
    const bool host = placement == Placement::host;
    REELPOOL_TRY(
        type,
        device.memory_type(
            needs.memoryTypeBits,
            host ? VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT : 0U,
            host ? VK_MEMORY_PROPERTY_HOST_CACHED_BIT : VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT));
    REELPOOL_TRY(memory, allocate(device, needs.size, type, nullptr));
    buffer.memory_ = std::move(memory);
    REELPOOL_TRY_STATUS(
        check(vkBindBufferMemory(device.get(), buffer.get(), buffer.memory_.get(), 0),
              "vkBindBufferMemory"));
    if (host) {
        void* data = nullptr;
        REELPOOL_TRY_STATUS(
            check(vkMapMemory(device.get(), buffer.memory_.get(), 0, VK_WHOLE_SIZE, 0, &data),
                  "vkMapMemory"));
        buffer.data_ = static_cast<std::byte*>(data);
    }
    return buffer;
}

Result<Buffer> Buffer::import_host(const Device& device, void* address, std::uint64_t bytes,
                                   VkBufferUsageFlags usage) {
    constexpr auto handle_type = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT;
    const auto pointer_properties = reinterpret_cast<PFN_vkGetMemoryHostPointerPropertiesEXT>(
        vkGetDeviceProcAddr(device.get(), "vkGetMemoryHostPointerPropertiesEXT"));
    if (!device.physical().imports_host_memory || pointer_properties == nullptr)
        return refuse(ErrorCode::render, device.physical().name + " cannot read host memory",
                      "VK_EXT_external_memory_host is missing");
    VkMemoryHostPointerPropertiesEXT properties{};
    properties.sType = VK_STRUCTURE_TYPE_MEMORY_HOST_POINTER_PROPERTIES_EXT;
    REELPOOL_TRY_STATUS(check(pointer_properties(device.get(), handle_type, address, &properties),
                              "vkGetMemoryHostPointerPropertiesEXT"));
    const VkExternalMemoryBufferCreateInfo external{
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
        .pNext = nullptr,
        .handleTypes = handle_type};
    Buffer buffer;
    buffer.bytes_ = bytes;
    buffer.data_ = static_cast<std::byte*>(address);
    REELPOOL_TRY(handle, create_handle(device, bytes, usage, &external));
    buffer.buffer_ = std::move(handle);
    VkMemoryRequirements needs{};
    vkGetBufferMemoryRequirements(device.get(), buffer.get(), &needs);
    REELPOOL_TRY(type, device.memory_type(needs.memoryTypeBits & properties.memoryTypeBits, 0, 0));
    const VkImportMemoryHostPointerInfoEXT import{
        .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT,
        .pNext = nullptr,
        .handleType = handle_type,
        .pHostPointer = address};
    REELPOOL_TRY(memory, allocate(device, bytes, type, &import));
    buffer.memory_ = std::move(memory);
    REELPOOL_TRY_STATUS(
        check(vkBindBufferMemory(device.get(), buffer.get(), buffer.memory_.get(), 0),
              "vkBindBufferMemory"));
    return buffer;
}

Result<BufferViewHandle> Buffer::view(const Device& device, VkFormat format) const {
    const VkBufferViewCreateInfo info{.sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO,
                                      .pNext = nullptr,
                                      .flags = 0,
                                      .buffer = buffer_.get(),
                                      .format = format,
                                      .offset = 0,
                                      .range = VK_WHOLE_SIZE};
    VkBufferView view = VK_NULL_HANDLE;
    REELPOOL_TRY_STATUS(
        check(vkCreateBufferView(device.get(), &info, nullptr, &view), "vkCreateBufferView"));
    return BufferViewHandle(device.get(), view);
}

}  // namespace reelpool::compositor::vk
