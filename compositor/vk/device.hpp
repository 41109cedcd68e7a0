#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <string>
#include <vector>

#include "compositor/vk/handle.hpp"
#include "compositor/vk/instance.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::compositor::vk {

/// One device as the loader numbers it, and what it can do.
struct PhysicalDevice {
    VkPhysicalDevice handle = VK_NULL_HANDLE;
    VkPhysicalDeviceLimits limits{};
    std::string name;
    std::string kind;    ///< "cpu", "integrated", "discrete", "virtual", "other"
    std::string driver;  ///< the driver's name and version
    bool is_cpu = false;
    bool imports_host_memory = false;  ///< has VK_EXT_external_memory_host
    bool has_robust_access = false;
    bool has_subgroup_shuffle = false;  ///< in compute, among at least 8 lanes
    std::uint32_t queue_family = 0;     ///< the first that computes
    std::uint32_t timestamp_bits = 0;   ///< of that queue; 0: it has no clock
    std::string refusal;                ///< why it cannot be used; empty: it can
};

/// All devices in the loader's order.
[[nodiscard]] Result<std::vector<PhysicalDevice>> physical_devices(const Instance& instance);

/// The index of the best usable device: discrete, integrated, virtual, other, cpu.
/// Errors: none can be used.
[[nodiscard]] Result<std::size_t> best_device(const std::vector<PhysicalDevice>& devices);

/// A logical device with one queue. Thread: submissions from one thread.
class Device {
  public:
    [[nodiscard]] static Result<Device> create(const PhysicalDevice& physical);

    Device(Device&& other) noexcept;
    Device& operator=(Device&&) = delete;
    ~Device();

    [[nodiscard]] VkDevice get() const { return device_; }
    [[nodiscard]] VkQueue queue() const { return queue_; }
    [[nodiscard]] const PhysicalDevice& physical() const { return physical_; }

    /// The first memory type among `allowed` bits that has `required`, if possible `preferred` too.
    [[nodiscard]] Result<std::uint32_t> memory_type(std::uint32_t allowed,
                                                    VkMemoryPropertyFlags required,
                                                    VkMemoryPropertyFlags preferred) const;

  private:
    explicit Device(const PhysicalDevice& physical) : physical_(physical) {}

    PhysicalDevice physical_;
    VkDevice device_ = VK_NULL_HANDLE;
    VkQueue queue_ = VK_NULL_HANDLE;
    VkPhysicalDeviceMemoryProperties memory_{};
};

}  // namespace reelpool::compositor::vk
