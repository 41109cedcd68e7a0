#include "compositor/vk/device.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "compositor/vk/status.hpp"

namespace reelpool::compositor::vk {
namespace {

const char* kind_name(VkPhysicalDeviceType type) {
    switch (type) {
        case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
            return "discrete";
        case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
            return "integrated";
        case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
            return "virtual";
        case VK_PHYSICAL_DEVICE_TYPE_CPU:
            return "cpu";
        case VK_PHYSICAL_DEVICE_TYPE_OTHER:
        case VK_PHYSICAL_DEVICE_TYPE_MAX_ENUM:
            break;
    }
    return "other";
}

bool has_extension(VkPhysicalDevice device, const char* wanted) {
    std::uint32_t count = 0;
    if (vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr) != VK_SUCCESS)
        return false;
    std::vector<VkExtensionProperties> extensions(count);
    if (vkEnumerateDeviceExtensionProperties(device, nullptr, &count, extensions.data()) !=
        VK_SUCCESS)
        return false;
    for (const VkExtensionProperties& extension : extensions)
        if (std::strcmp(extension.extensionName, wanted) == 0) return true;
    return false;
}

/// Sets the first queue family that computes; false if there is none.
bool find_queue(PhysicalDevice& device) {
    std::uint32_t count = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(device.handle, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    vkGetPhysicalDeviceQueueFamilyProperties(device.handle, &count, families.data());
    for (std::uint32_t i = 0; i < count; ++i) {
        if ((families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) == 0) continue;
        device.queue_family = i;
        device.timestamp_bits = families[i].timestampValidBits;
        return true;
    }
    return false;
}

PhysicalDevice describe(VkPhysicalDevice handle) {
    VkPhysicalDeviceDriverProperties driver{};
    driver.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES;
    VkPhysicalDeviceProperties2 properties{};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    PhysicalDevice device;
    device.handle = handle;
    VkPhysicalDeviceProperties basic{};
    vkGetPhysicalDeviceProperties(handle, &basic);
    VkPhysicalDeviceSubgroupProperties subgroup{};
    subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
    if (basic.apiVersion >= VK_API_VERSION_1_2) {
        properties.pNext = &driver;
        driver.pNext = &subgroup;
        vkGetPhysicalDeviceProperties2(handle, &properties);
    }
    device.limits = basic.limits;
    device.has_subgroup_shuffle =
        subgroup.subgroupSize >= 8 &&
        (subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0 &&
        (subgroup.supportedOperations & VK_SUBGROUP_FEATURE_SHUFFLE_BIT) != 0;
    device.name = basic.deviceName;
    device.kind = kind_name(basic.deviceType);
    device.is_cpu = basic.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    device.driver = std::string(driver.driverName) + " " + driver.driverInfo;
    device.imports_host_memory = has_extension(handle, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
    VkPhysicalDeviceFeatures features{};
    vkGetPhysicalDeviceFeatures(handle, &features);
    device.has_robust_access = features.robustBufferAccess == VK_TRUE;
    if (basic.apiVersion < VK_API_VERSION_1_2) {
        device.refusal = "its driver has no Vulkan 1.2";
    } else if (!find_queue(device)) {
        device.refusal = "it has no compute queue";
    }
    return device;
}

}  // namespace

Result<std::vector<PhysicalDevice>> physical_devices(const Instance& instance) {
    std::uint32_t count = 0;
    REELPOOL_TRY_STATUS(check(vkEnumeratePhysicalDevices(instance.get(), &count, nullptr),
                              "vkEnumeratePhysicalDevices"));
    std::vector<VkPhysicalDevice> handles(count);
    REELPOOL_TRY_STATUS(check(vkEnumeratePhysicalDevices(instance.get(), &count, handles.data()),
                              "vkEnumeratePhysicalDevices"));
    std::vector<PhysicalDevice> devices;
    devices.reserve(count);
    for (VkPhysicalDevice handle : handles) devices.push_back(describe(handle));
    return devices;
}

Result<std::size_t> best_device(const std::vector<PhysicalDevice>& devices) {
    static constexpr std::array order{"discrete", "integrated", "virtual", "other", "cpu"};
    for (const char* kind : order)
        for (std::size_t i = 0; i < devices.size(); ++i)
            if (devices[i].kind == kind && devices[i].refusal.empty()) return i;
    return refuse(ErrorCode::render, "no Vulkan device can be used",
                  devices.empty() ? "there is none" : devices.front().refusal,
                  "install mesa-vulkan-drivers for a software device");
}

Device::Device(Device&& other) noexcept
    : physical_(std::move(other.physical_)),
      device_(std::exchange(other.device_, VK_NULL_HANDLE)),
      queue_(other.queue_),
      memory_(other.memory_) {}

Device::~Device() {
    if (device_ != VK_NULL_HANDLE) vkDestroyDevice(device_, nullptr);
}

Result<Device> Device::create(const PhysicalDevice& physical) {
    if (!physical.refusal.empty())
        return refuse(ErrorCode::render, "the device " + physical.name + " cannot be used",
                      physical.refusal);
    Device device(physical);
    const float priority = 1;
    const VkDeviceQueueCreateInfo queue{.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                        .pNext = nullptr,
                                        .flags = 0,
                                        .queueFamilyIndex = physical.queue_family,
                                        .queueCount = 1,
                                        .pQueuePriorities = &priority};
    VkPhysicalDeviceFeatures features{};
    features.robustBufferAccess = physical.has_robust_access ? VK_TRUE : VK_FALSE;
    const char* extension = VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME;
    const VkDeviceCreateInfo info{.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                  .pNext = nullptr,
                                  .flags = 0,
                                  .queueCreateInfoCount = 1,
                                  .pQueueCreateInfos = &queue,
                                  .enabledLayerCount = 0,
                                  .ppEnabledLayerNames = nullptr,
                                  .enabledExtensionCount = physical.imports_host_memory ? 1U : 0U,
                                  .ppEnabledExtensionNames = &extension,
                                  .pEnabledFeatures = &features};
    REELPOOL_TRY_STATUS(
        check(vkCreateDevice(physical.handle, &info, nullptr, &device.device_), "vkCreateDevice"));
    vkGetDeviceQueue(device.device_, physical.queue_family, 0, &device.queue_);
    vkGetPhysicalDeviceMemoryProperties(physical.handle, &device.memory_);
    return device;
}

Result<std::uint32_t> Device::memory_type(std::uint32_t allowed, VkMemoryPropertyFlags required,
                                          VkMemoryPropertyFlags preferred) const {
    for (const VkMemoryPropertyFlags wanted : {required | preferred, required}) {
        for (std::uint32_t i = 0; i < memory_.memoryTypeCount; ++i) {
            const bool fits = (allowed & (1U << i)) != 0;
            if (fits && (memory_.memoryTypes[i].propertyFlags & wanted) == wanted) return i;
        }
    }
    return refuse(ErrorCode::render, physical_.name + " has no memory of the kind that is needed");
}

}  // namespace reelpool::compositor::vk
