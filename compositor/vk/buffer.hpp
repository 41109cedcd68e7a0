#pragma once

#include <vulkan/vulkan.h>

#include <cstddef>
#include <cstdint>

#include "compositor/vk/device.hpp"
#include "compositor/vk/handle.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::compositor::vk {

/// Where a buffer lives. Host memory is coherent, cached if possible, and stays mapped.
enum class Placement { host, device };

/// A buffer with its own memory.
class Buffer {
  public:
    [[nodiscard]] static Result<Buffer> create(const Device& device, std::uint64_t bytes,
                                               VkBufferUsageFlags usage, Placement placement);

    /// A buffer over memory of this process, which must stay mapped for the buffer's life.
    /// `address` and `bytes` are multiples of the device's import alignment (at most 64 KiB).
    /// Errors: the device refuses (that is the probe for host import).
    [[nodiscard]] static Result<Buffer> import_host(const Device& device, void* address,
                                                    std::uint64_t bytes, VkBufferUsageFlags usage);

    [[nodiscard]] VkBuffer get() const { return buffer_.get(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// The mapped memory; null for Placement::device.
    [[nodiscard]] std::byte* data() const { return data_; }

    /// A texel view of the whole buffer.
    [[nodiscard]] Result<BufferViewHandle> view(const Device& device, VkFormat format) const;

  private:
    MemoryHandle memory_;
    BufferHandle buffer_;
    std::uint64_t bytes_ = 0;
    std::byte* data_ = nullptr;
};

}  // namespace reelpool::compositor::vk
