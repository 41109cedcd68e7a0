// Preloaded into the compositor: a Vulkan driver that fails where it is told to. The programs
// themselves know nothing of it.
//
// REELPOOL_DEVICE_LOST_AT  which submission of each process finds the device lost, from 1
// REELPOOL_HOST_IMPORT     "missing": no device has VK_EXT_external_memory_host;
//                          "fails": each has it, and refuses every import
#include <dlfcn.h>
#include <vulkan/vulkan.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

bool is_told(const char* name, std::string_view what) {
    const char* const value = std::getenv(name);
    return value != nullptr && value == what;
}

template <class Function>
Function next(const char* name, Function) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}
#define REAL(name) next(#name, &::name)

bool imports_host_memory(const void* extension) {
    for (const auto* one = static_cast<const VkBaseInStructure*>(extension); one != nullptr;
         one = one->pNext)
        if (one->sType == VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT) return true;
    return false;
}

bool is_host_import(const VkExtensionProperties& extension) {
    return std::strcmp(extension.extensionName, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME) == 0;
}

}  // namespace

extern "C" {

VKAPI_ATTR VkResult VKAPI_CALL vkQueueSubmit(VkQueue queue, uint32_t count,
                                             const VkSubmitInfo* submits, VkFence fence) {
    static const auto real = REAL(vkQueueSubmit);
    static const char* const at = std::getenv("REELPOOL_DEVICE_LOST_AT");
    static std::atomic<long> submissions{0};
    if (at != nullptr && ++submissions == std::atol(at)) return VK_ERROR_DEVICE_LOST;
    return real(queue, count, submits, fence);
}

VKAPI_ATTR VkResult VKAPI_CALL vkAllocateMemory(VkDevice device, const VkMemoryAllocateInfo* info,
                                                const VkAllocationCallbacks* allocator,
                                                VkDeviceMemory* memory) {
    static const auto real = REAL(vkAllocateMemory);
    if (imports_host_memory(info->pNext) && is_told("REELPOOL_HOST_IMPORT", "fails"))
        return VK_ERROR_INVALID_EXTERNAL_HANDLE;
    return real(device, info, allocator, memory);
}

VKAPI_ATTR VkResult VKAPI_CALL vkEnumerateDeviceExtensionProperties(VkPhysicalDevice device,
                                                                    const char* layer,
                                                                    uint32_t* count,
                                                                    VkExtensionProperties* list) {
    static const auto real = REAL(vkEnumerateDeviceExtensionProperties);
    if (!is_told("REELPOOL_HOST_IMPORT", "missing")) return real(device, layer, count, list);
    uint32_t all = 0;
    VkResult result = real(device, layer, &all, nullptr);
    std::vector<VkExtensionProperties> found(all);
    if (result == VK_SUCCESS) result = real(device, layer, &all, found.data());
    if (result != VK_SUCCESS) return result;
    std::erase_if(found, is_host_import);
    if (list != nullptr)
        std::copy_n(found.begin(), std::min<std::size_t>(*count, found.size()), list);
    *count = static_cast<uint32_t>(found.size());
    return VK_SUCCESS;
}
}
