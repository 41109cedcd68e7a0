#include "compositor/render/frame_access.hpp"

#include <algorithm>
#include <utility>

#include "compositor/vk/status.hpp"
#include "ipc/shm/segment.hpp"

namespace reelpool::compositor {
namespace {

constexpr std::uint64_t probe_bytes = 65536;

}  // namespace

Status probe_host_pointer(const vk::Device& device) {
    if (!device.physical().is_cpu)
        return vk::refuse(ErrorCode::render,
                          "reading slots in place is built for CPU devices only, and " +
                              device.physical().name + " is none");
    REELPOOL_TRY(aperture, Aperture::reserve(probe_bytes * 16));
    REELPOOL_TRY(segment, create_segment("reelpool-probe", probe_bytes));
    REELPOOL_TRY(read_only, reopen_read_only(segment));
    REELPOOL_TRY_STATUS(aperture.map({.segment = SegmentId{0}, .bytes = probe_bytes}, read_only));
    REELPOOL_TRY(buffer, vk::Buffer::import_host(device, aperture.data(), aperture.bytes(),
                                                 VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT));
    REELPOOL_TRY(view, buffer.view(device, VK_FORMAT_R32_UINT));
    return ok();
}

Result<wire::FrameAccess> choose_access(const vk::Device& device, wire::FrameAccess wanted) {
    if (wanted == wire::FrameAccess::staging) return wanted;
    const Status probed = probe_host_pointer(device);
    if (probed) return wire::FrameAccess::host_pointer;
    if (wanted == wire::FrameAccess::host_pointer) return unexpected(probed.error());
    return wire::FrameAccess::staging;
}

std::string strategy_name(wire::FrameAccess access) {
    return access == wire::FrameAccess::staging ? "staging" : "host-pointer";
}

std::uint64_t arena_limit(const vk::Device& device) {
    const std::uint64_t texels = device.physical().limits.maxTexelBufferElements;
    return std::min(texels * 4, Aperture::default_bytes) / 65536 * 65536;
}

Result<TexelBuffer> import_aperture(const vk::Device& device, const Aperture& aperture) {
    // Written through its canvases' windows only.
    REELPOOL_TRY(buffer, vk::Buffer::import_host(device, aperture.data(), aperture.arena_bytes(),
                                                 VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT |
                                                     VK_BUFFER_USAGE_STORAGE_BUFFER_BIT));
    REELPOOL_TRY(view, buffer.view(device, VK_FORMAT_R32_UINT));
    REELPOOL_TRY(wide, buffer.view(device, VK_FORMAT_R32G32B32A32_UINT));
    return TexelBuffer{std::move(buffer), std::move(view), std::move(wide)};
}

}  // namespace reelpool::compositor
