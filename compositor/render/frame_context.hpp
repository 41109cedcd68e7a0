#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compositor/render/pipelines.hpp"
#include "compositor/render/scene.hpp"
#include "compositor/render/tile_lists.hpp"
#include "compositor/vk/buffer.hpp"
#include "compositor/vk/device.hpp"
#include "compositor/vk/handle.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::compositor {

/// A buffer with a texel view of all of it.
struct TexelBuffer {
    vk::Buffer buffer;
    vk::BufferViewHandle view;
    vk::BufferViewHandle wide_view;  ///< in 16-byte texels, where wanted
};

/// What the device needs for one frame in flight: command buffer, fence, descriptors and the
/// memory for lists (and for staged slots). Used again for later frames. The device must outlive
/// it.
class FrameContext {
  public:
    [[nodiscard]] static Result<FrameContext> create(const vk::Device& device,
                                                     const Pipelines& pipelines);

    /// Where one frame's commands find their memory.
    struct Targets {
        const TexelBuffer* arena = nullptr;
        const TexelBuffer* scratch = nullptr;
        const TexelBuffer* tables = nullptr;  ///< of effects; null: none has one
        /// What each pass writes; where canvases are written, parts of the arena.
        std::vector<VkDescriptorBufferInfo> codes;
    };

    /// Copies lists and blocks to the device, records all dispatches and submits them.
    /// Returns at once; wait() waits. Not while a submission of this context is pending.
    [[nodiscard]] Status submit(const vk::Device& device, Pipelines& pipelines,
                                const ShaderBlocks& blocks, const TileLists& lists,
                                const Targets& targets);

    /// Waits, without polling, until the submission has completed. Nothing to do if none is
    /// pending.
    [[nodiscard]] Status wait(const vk::Device& device);

    /// How long the device worked on the submission that was waited for last, by its own clock.
    /// 0: it has none.
    [[nodiscard]] Result<std::chrono::nanoseconds> time_on_device(const vk::Device& device) const;

    /// Staging memory of at least `bytes`, host-visible, with texel views.
    [[nodiscard]] Result<TexelBuffer*> staging(const vk::Device& device, std::uint64_t bytes);

  private:
    [[nodiscard]] Status write_data(const vk::Device& device, const ShaderBlocks& blocks,
                                    const TileLists& lists);
    [[nodiscard]] Status record(const Pipelines& pipelines, const TileLists& lists);
    void record_runs(const Pipelines& pipelines, const TileLists& lists);

    vk::CommandPoolHandle pool_;
    VkCommandBuffer commands_ = VK_NULL_HANDLE;  ///< belongs to pool_
    vk::FenceHandle fence_;
    vk::QueryPoolHandle clock_;         ///< first and last instant; null where there is no clock
    std::vector<Pipelines::Set> sets_;  ///< by pass
    std::optional<TexelBuffer> data_;
    std::optional<TexelBuffer> staging_;
    shaders::Push push_;
    bool is_pending_ = false;
};

}  // namespace reelpool::compositor
