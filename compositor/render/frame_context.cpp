#include "compositor/render/frame_context.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "compositor/vk/status.hpp"

namespace reelpool::compositor {
namespace {

/// What a shader loads at once.
constexpr std::uint64_t group_bytes = 32;
/// What every device takes in one dimension.
constexpr std::size_t max_groups = 65535;

template <class T>
std::uint64_t bytes_of(const std::vector<T>& values) {
    return values.size() * sizeof(T);
}

void barrier(VkCommandBuffer commands, VkPipelineStageFlags from, VkAccessFlags written,
             VkPipelineStageFlags to, VkAccessFlags used) {
    const VkMemoryBarrier memory{.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                 .pNext = nullptr,
                                 .srcAccessMask = written,
                                 .dstAccessMask = used};
    vkCmdPipelineBarrier(commands, from, to, 0, 1, &memory, 0, nullptr, 0, nullptr);
}

/// Makes `buffer` hold at least `bytes`; what it held is lost if it must grow.
Status grow(const vk::Device& device, std::optional<TexelBuffer>& buffer, std::uint64_t bytes) {
    if (buffer && buffer->buffer.bytes() >= bytes) return ok();
    const std::uint64_t limit = std::uint64_t{device.physical().limits.maxTexelBufferElements} * 4;
    const std::uint64_t size =
        std::min(std::bit_ceil(std::max<std::uint64_t>(bytes, 65536)), limit);
    REELPOOL_TRY(made, vk::Buffer::create(device, size,
                                          VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT |
                                              VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
                                          vk::Placement::host));
    REELPOOL_TRY(view, made.view(device, VK_FORMAT_R32_UINT));
    buffer.reset();
    REELPOOL_TRY(wide, made.view(device, VK_FORMAT_R32G32B32A32_UINT));
    buffer = TexelBuffer{std::move(made), std::move(view), std::move(wide)};
    return ok();
}

}  // namespace

Result<FrameContext> FrameContext::create(const vk::Device& device, const Pipelines& pipelines) {
    FrameContext context;
    const VkCommandPoolCreateInfo pool{.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                       .pNext = nullptr,
                                       .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                       .queueFamilyIndex = device.physical().queue_family};
    VkCommandPool pool_handle = VK_NULL_HANDLE;
    REELPOOL_TRY_STATUS(vk::check(vkCreateCommandPool(device.get(), &pool, nullptr, &pool_handle),
                                  "vkCreateCommandPool"));
    context.pool_ = vk::CommandPoolHandle(device.get(), pool_handle);
    const VkCommandBufferAllocateInfo buffer{
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
        .pNext = nullptr,
        .commandPool = pool_handle,
        .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
        .commandBufferCount = 1};
    REELPOOL_TRY_STATUS(
        vk::check(vkAllocateCommandBuffers(device.get(), &buffer, &context.commands_),
                  "vkAllocateCommandBuffers"));
    const VkFenceCreateInfo fence{
        .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, .pNext = nullptr, .flags = 0};
    VkFence fence_handle = VK_NULL_HANDLE;
    REELPOOL_TRY_STATUS(
        vk::check(vkCreateFence(device.get(), &fence, nullptr, &fence_handle), "vkCreateFence"));
    context.fence_ = vk::FenceHandle(device.get(), fence_handle);
    if (device.physical().timestamp_bits > 0) {
        const VkQueryPoolCreateInfo clock{.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
                                          .pNext = nullptr,
                                          .flags = 0,
                                          .queryType = VK_QUERY_TYPE_TIMESTAMP,
                                          .queryCount = 2,
                                          .pipelineStatistics = 0};
        VkQueryPool clock_handle = VK_NULL_HANDLE;
        REELPOOL_TRY_STATUS(vk::check(
            vkCreateQueryPool(device.get(), &clock, nullptr, &clock_handle), "vkCreateQueryPool"));
        context.clock_ = vk::QueryPoolHandle(device.get(), clock_handle);
    }
    REELPOOL_TRY(set, pipelines.make_set(device));
    context.sets_.push_back(std::move(set));
    return context;
}

Status FrameContext::write_data(const vk::Device& device, const ShaderBlocks& blocks,
                                const TileLists& lists) {
    std::uint64_t tiles = 0;
    for (const TileRun& run : lists.runs) tiles += bytes_of(run.tiles);
    const std::array sizes{tiles, bytes_of(lists.entries), bytes_of(blocks.samples),
                           bytes_of(blocks.coverages)};
    // Entries are read in groups of 8 words that may reach past the last one.
    std::uint64_t total = group_bytes;
    for (const std::uint64_t size : sizes) total += size;
    if (total > std::uint64_t{device.physical().limits.maxTexelBufferElements} * 4)
        return vk::refuse(ErrorCode::limit, "a frame needs more tile lists than the device takes");
    REELPOOL_TRY_STATUS(grow(device, data_, total));

    std::byte* const data = data_->buffer.data();
    std::byte* at = data;
    const auto put = [&at](const auto& values) {
        if (!values.empty()) std::memcpy(at, values.data(), bytes_of(values));
        at += bytes_of(values);
    };
    const auto here = [&at, data] { return static_cast<std::uint32_t>((at - data) / 4); };
    for (const TileRun& run : lists.runs) put(run.tiles);
    push_.lists = here();
    put(lists.entries);
    push_.samples = here();
    put(blocks.samples);
    push_.coverages = here();
    put(blocks.coverages);
    return ok();
}

Status FrameContext::submit(const vk::Device& device, Pipelines& pipelines,
                            const ShaderBlocks& blocks, const TileLists& lists,
                            const Targets& targets) {
    REELPOOL_CHECK(!is_pending_);
    REELPOOL_TRY_STATUS(write_data(device, blocks, lists));
    while (sets_.size() < targets.codes.size()) {
        REELPOOL_TRY(set, pipelines.make_set(device));
        sets_.push_back(std::move(set));
    }
    // Something must be bound; without tables nothing reads it.
    const TexelBuffer* tables = targets.tables != nullptr ? targets.tables : targets.scratch;
    for (std::size_t pass = 0; pass < targets.codes.size(); ++pass)
        Pipelines::write_set(device, sets_[pass],
                             {.arena = targets.arena->view.get(),
                              .scratch_read = targets.scratch->view.get(),
                              .data = data_->view.get(),
                              .arena_wide = targets.arena->wide_view.get(),
                              .codes = targets.codes[pass],
                              .scratch = targets.scratch->buffer.get(),
                              .tables = tables->view.get()});

    REELPOOL_TRY_STATUS(pipelines.prepare(device, lists.runs));
    REELPOOL_TRY_STATUS(record(pipelines, lists));
    VkFence fence = fence_.get();
    REELPOOL_TRY_STATUS(vk::check(vkResetFences(device.get(), 1, &fence), "vkResetFences"));
    const VkSubmitInfo info{.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                            .pNext = nullptr,
                            .waitSemaphoreCount = 0,
                            .pWaitSemaphores = nullptr,
                            .pWaitDstStageMask = nullptr,
                            .commandBufferCount = 1,
                            .pCommandBuffers = &commands_,
                            .signalSemaphoreCount = 0,
                            .pSignalSemaphores = nullptr};
    REELPOOL_TRY_STATUS(vk::check(vkQueueSubmit(device.queue(), 1, &info, fence), "vkQueueSubmit"));
    is_pending_ = true;
    return ok();
}

Status FrameContext::record(const Pipelines& pipelines, const TileLists& lists) {
    const VkCommandBufferBeginInfo begin{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                         .pNext = nullptr,
                                         .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
                                         .pInheritanceInfo = nullptr};
    REELPOOL_TRY_STATUS(vk::check(vkBeginCommandBuffer(commands_, &begin), "vkBeginCommandBuffer"));
    if (clock_) {
        vkCmdResetQueryPool(commands_, clock_.get(), 0, 2);
        // Not before the frames that were submitted earlier are done.
        vkCmdWriteTimestamp(commands_, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, clock_.get(), 0);
    }
    record_runs(pipelines, lists);
    if (clock_)
        vkCmdWriteTimestamp(commands_, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, clock_.get(), 1);
    barrier(commands_, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_ACCESS_SHADER_WRITE_BIT,
            VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_READ_BIT);
    return vk::check(vkEndCommandBuffer(commands_), "vkEndCommandBuffer");
}

void FrameContext::record_runs(const Pipelines& pipelines, const TileLists& lists) {
    // Scratch memory and canvases are shared with frames submitted before.
    bool needs_barrier =
        lists.scratch_tiles > 0 || (!lists.runs.empty() && lists.runs.back().pass > 0);
    shaders::Push push = push_;
    push.tiles = 0;
    const TileRun* previous = nullptr;
    for (const TileRun& run : lists.runs) {
        if (previous != nullptr && (previous->batch != run.batch || previous->height != run.height))
            needs_barrier = true;
        if (needs_barrier)
            barrier(commands_, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                    VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_SHADER_READ_BIT,
                    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                    VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_SHADER_READ_BIT);
        if (previous == nullptr || previous->pass != run.pass)
            vkCmdBindDescriptorSets(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, pipelines.layout(),
                                    0, 1, &sets_[run.pass].set, 0, nullptr);
        needs_barrier = false;
        previous = &run;
        vkCmdBindPipeline(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, pipelines.get(run.key));
        for (std::size_t done = 0; done < run.tiles.size(); done += max_groups) {
            const auto count =
                static_cast<std::uint32_t>(std::min(run.tiles.size() - done, max_groups));
            vkCmdPushConstants(commands_, pipelines.layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0,
                               sizeof(push), &push);
            vkCmdDispatch(commands_, count, 1, 1);
            push.tiles += count * TILE_WORDS;
        }
    }
}

Status FrameContext::wait(const vk::Device& device) {
    if (!is_pending_) return ok();
    VkFence fence = fence_.get();
    REELPOOL_TRY_STATUS(vk::check(vkWaitForFences(device.get(), 1, &fence, VK_TRUE, UINT64_MAX),
                                  "vkWaitForFences"));
    is_pending_ = false;
    return ok();
}

Result<std::chrono::nanoseconds> FrameContext::time_on_device(const vk::Device& device) const {
    if (!clock_) return std::chrono::nanoseconds{0};
    std::array<std::uint64_t, 2> ticks{};
    REELPOOL_TRY_STATUS(vk::check(
        vkGetQueryPoolResults(device.get(), clock_.get(), 0, 2, sizeof(ticks), ticks.data(),
                              sizeof(ticks[0]), VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
        "vkGetQueryPoolResults"));
    const std::uint32_t bits = device.physical().timestamp_bits;
    const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    const auto passed = static_cast<double>((ticks[1] - ticks[0]) & mask);
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(passed * double{device.physical().limits.timestampPeriod}));
}

Result<TexelBuffer*> FrameContext::staging(const vk::Device& device, std::uint64_t bytes) {
    REELPOOL_TRY_STATUS(grow(device, staging_, bytes));
    return &*staging_;
}

}  // namespace reelpool::compositor
