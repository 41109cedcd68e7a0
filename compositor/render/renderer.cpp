#include "compositor/render/renderer.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "compositor/render/aperture.hpp"
#include "compositor/render/color_curves.hpp"
#include "compositor/render/direct_spans.hpp"
#include "compositor/render/draw_list_check.hpp"
#include "compositor/render/frame_access.hpp"
#include "compositor/render/frame_context.hpp"
#include "compositor/render/output_pool.hpp"
#include "compositor/render/passes.hpp"
#include "compositor/render/pipelines.hpp"
#include "compositor/render/scene.hpp"
#include "compositor/render/tile_lists.hpp"
#include "compositor/vk/gpu.hpp"
#include "compositor/vk/status.hpp"
#include "ipc/base/cpu_time.hpp"
#include "ipc/frame/canvas_layout.hpp"
#include "ipc/shm/segment.hpp"

namespace reelpool::compositor {
namespace {

using Clock = std::chrono::steady_clock;

/// Pictures that encoders may hold on to while frames are in flight.
constexpr std::size_t spare_outputs = 4;
/// Scratch memory, as tiles: at most 32 MiB. A processor gets 4 MiB, which its caches hold and
/// which cost one barrier for each; only a place where more groups meet than fit gets more.
constexpr std::uint64_t scratch_capacity = 4096;
constexpr std::uint32_t scratch_batch_on_cpu = 512;
constexpr std::uint64_t scratch_tile_bytes = std::uint64_t{SCRATCH_TILE_WORDS} * 16;

wire::Device describe(const vk::PhysicalDevice& physical) {
    return {.name = physical.name,
            .kind = physical.kind,
            .driver = physical.driver,
            .strategy = {},
            .refusal = physical.refusal};
}

std::uint32_t scratch_tiles_of(const vk::Device& device) {
    const VkPhysicalDeviceLimits& limits = device.physical().limits;
    return static_cast<std::uint32_t>(
        std::min({scratch_capacity, limits.maxStorageBufferRange / scratch_tile_bytes,
                  limits.maxTexelBufferElements / std::uint64_t{SCRATCH_TILE_WORDS}}));
}

/// How many tiles a batch takes where it can.
std::uint32_t scratch_batch_of(const vk::Device& device) {
    const std::uint32_t all = scratch_tiles_of(device);
    return device.physical().is_cpu ? std::min(all, scratch_batch_on_cpu) : all;
}

Result<TexelBuffer> make_scratch(const vk::Device& device, std::uint32_t tiles) {
    REELPOOL_TRY(buffer, vk::Buffer::create(device, tiles * scratch_tile_bytes,
                                            VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                                                VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT,
                                            vk::Placement::device));
    REELPOOL_TRY(view, buffer.view(device, VK_FORMAT_R32G32B32A32_SFLOAT));
    return TexelBuffer{std::move(buffer), std::move(view), {}};
}

Result<std::size_t> pick(const std::vector<vk::PhysicalDevice>& devices, std::int32_t wanted) {
    if (wanted < 0) return vk::best_device(devices);
    if (static_cast<std::size_t>(wanted) < devices.size()) return static_cast<std::size_t>(wanted);
    return vk::refuse(ErrorCode::usage, "there is no device " + std::to_string(wanted),
                      std::to_string(devices.size()) + " devices were found");
}

std::string mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

Status check_canvas_room(const vk::Device& device, const CanvasBytes& wanted) {
    // The other half is for what the canvases show, which is needed at the same time.
    const std::uint64_t room = arena_limit(device) / 2;
    const std::uint64_t largest = device.physical().limits.maxStorageBufferRange;
    if (wanted.all > room)
        return vk::refuse(
            ErrorCode::limit,
            "the rasterized comps of one output frame are too large for the device",
            "they take " + mebibytes(wanted.all) + " at once, there is room for " + mebibytes(room),
            "make them smaller, or leave \"rasterize\" out");
    if (wanted.largest > largest)
        return vk::refuse(
            ErrorCode::limit, "a rasterized comp is too large for the device",
            "it takes " + mebibytes(wanted.largest) + ", the device writes " + mebibytes(largest),
            "make it smaller, or leave \"rasterize\" out");
    return ok();
}

}  // namespace

struct Submission::State {
    std::shared_ptr<const vk::Gpu> gpu;
    OutputPool::Lease output;
    std::shared_ptr<FrameContext> context;  ///< null where nothing had to be drawn
    Picture picture;
    Clock::duration submitting{};  ///< spent in submit()

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        // The buffer may not be lent again while the device still writes it.
        if (context) static_cast<void>(context->wait(gpu->device));
    }
};

Submission::Submission(std::unique_ptr<State> state) : state_(std::move(state)) {}
Submission::Submission(Submission&&) noexcept = default;
Submission& Submission::operator=(Submission&&) noexcept = default;
Submission::~Submission() = default;

struct Renderer::State {
    OutputFormat output;
    OutputLayout layout;
    std::uint32_t frames_in_flight = 0;
    wire::Device description;
    wire::FrameAccess access = wire::FrameAccess::automatic;
    Variants variants = Variants::automatic;
    CanvasBytes canvas_bytes;
    RendererCounters counters;

    std::shared_ptr<vk::Gpu> gpu;
    std::shared_ptr<Aperture> aperture;
    std::optional<TexelBuffer> arena;  ///< the imported aperture; host-pointer only
    std::optional<Pipelines> pipelines;
    std::optional<TexelBuffer> scratch;
    std::uint32_t scratch_tiles = 0;  ///< of `scratch`
    ColorCurves curves;
    std::optional<TexelBuffer> tables;  ///< of effects
    std::optional<OutputPool> outputs;
    MaskStore masks;
    std::vector<std::shared_ptr<FrameContext>> contexts;  ///< free where nobody shares them
    std::optional<vk::Buffer> warm_up_codes;
    std::shared_ptr<FrameContext> warm_up_context;

    ~State() {
        if (gpu) vkDeviceWaitIdle(gpu->device.get());
    }

    [[nodiscard]] Status open(const RendererOptions& options);
    [[nodiscard]] Result<std::shared_ptr<FrameContext>> free_context();
    [[nodiscard]] Status use_scratch(std::uint32_t tiles);

    struct StagedSlot {
        const std::byte* from = nullptr;
        std::uint64_t to = 0;
        std::uint64_t bytes = 0;
    };
    /// The slots that one frame reads.
    struct Slots {
        std::map<const std::byte*, StagedSlot> staged;
        std::uint64_t staged_bytes = 0;
        std::uint64_t uses = 0;
    };
    [[nodiscard]] SlotView find_slot(const FrameSource& frame, Slots& slots) const;
    [[nodiscard]] Status pass_through(const std::vector<const Leaf*>& leaves,
                                      Submission::State& submission);
    [[nodiscard]] Result<std::uint64_t> measure_canvases(const DrawList& list) const;
    [[nodiscard]] Status draw(const std::vector<Pass>& passes, const ShaderBlocks& blocks,
                              const Slots& slots, Submission::State& submission);
    [[nodiscard]] Status run(const std::vector<Pass>& passes, const ShaderBlocks& blocks,
                             const TileLists& lists, const Slots& slots,
                             Submission::State& submission);
};

Status Renderer::State::open(const RendererOptions& options) {
    REELPOOL_TRY_STATUS(check_output(options.output));
    if (options.frames_in_flight == 0)
        return vk::refuse(ErrorCode::internal, "a renderer without frames in flight was asked for");
    output = options.output;
    layout = output_layout(output);
    frames_in_flight = options.frames_in_flight;
    REELPOOL_TRY(instance, vk::Instance::create(options.validation ? vk::Validation::on
                                                                   : vk::Validation::off));
    REELPOOL_TRY(devices, vk::physical_devices(instance));
    REELPOOL_TRY(index, pick(devices, options.device));
    REELPOOL_TRY(device, vk::Device::create(devices[index]));
    gpu = std::make_shared<vk::Gpu>(vk::Gpu{std::move(instance), std::move(device)});
    REELPOOL_TRY(chosen, choose_access(gpu->device, options.access));
    access = chosen;
    variants = options.variants;
    if (variants == Variants::automatic)
        variants = gpu->device.physical().is_cpu ? Variants::exact : Variants::families;
    description = describe(gpu->device.physical());
    description.strategy = strategy_name(access);
    if (layout.bytes > gpu->device.physical().limits.maxStorageBufferRange)
        return vk::refuse(ErrorCode::limit, "the output's pictures are too large for the device",
                          std::to_string(layout.bytes >> 20) + " MiB each");

    REELPOOL_TRY_STATUS(check_canvas_room(gpu->device, options.canvas_bytes));
    canvas_bytes = options.canvas_bytes;
    REELPOOL_TRY(reserved, Aperture::reserve(
                               arena_limit(gpu->device),
                               access == wire::FrameAccess::host_pointer ? canvas_bytes.all : 0));
    aperture = std::make_shared<Aperture>(std::move(reserved));
    if (access == wire::FrameAccess::host_pointer) {
        REELPOOL_TRY(imported, import_aperture(gpu->device, *aperture));
        arena = std::move(imported);
    }
    REELPOOL_TRY(made, Pipelines::create(gpu->device, variants));
    pipelines = std::move(made);
    outputs.emplace(gpu, layout.bytes, frames_in_flight + spare_outputs);
    return use_scratch(1);
}

Status Renderer::State::use_scratch(std::uint32_t tiles) {
    if (tiles <= scratch_tiles) return ok();
    // The first frame with isolated groups gets a whole batch. Frames in flight use the old one.
    const std::uint32_t wanted = tiles == 1 ? 1 : std::max(tiles, scratch_batch_of(gpu->device));
    REELPOOL_TRY(made, make_scratch(gpu->device, wanted));
    REELPOOL_TRY_STATUS(vk::check(vkDeviceWaitIdle(gpu->device.get()), "vkDeviceWaitIdle"));
    scratch = std::move(made);
    scratch_tiles = wanted;
    return ok();
}

Result<std::shared_ptr<FrameContext>> Renderer::State::free_context() {
    for (const auto& context : contexts)
        if (context.use_count() == 1) return context;
    if (contexts.size() >= frames_in_flight)
        return vk::refuse(ErrorCode::internal, "more frames were submitted than may be in flight");
    REELPOOL_TRY(made, FrameContext::create(gpu->device, *pipelines));
    contexts.push_back(std::make_shared<FrameContext>(std::move(made)));
    return contexts.back();
}

SlotView Renderer::State::find_slot(const FrameSource& frame, Slots& slots) const {
    const std::uint64_t offset = aperture->offset_of(frame.slot.segment) + frame.slot.offset_bytes;
    const std::byte* data = aperture->data() + offset;
    if (access == wire::FrameAccess::host_pointer)
        return {static_cast<std::uint32_t>(offset), data};
    const auto layout_of_slot = slot_layout(frame.format, frame.width, frame.height, frame.level);
    const std::uint64_t bytes = layout_of_slot ? layout_of_slot->bytes : 0;
    StagedSlot& slot = slots.staged[data];
    if (slot.bytes < bytes) {
        slot = {data, slots.staged_bytes, bytes};
        slots.staged_bytes += bytes;
    }
    return {static_cast<std::uint32_t>(slot.to), data};
}

Status Renderer::State::pass_through(const std::vector<const Leaf*>& leaves,
                                     Submission::State& submission) {
    std::size_t plane = 0;
    const std::vector<Grid> grids = grids_of(output);
    for (std::size_t g = 0; g < grids.size(); ++g) {
        for (std::uint32_t c = 0; c < grids[g].component_count; ++c, ++plane) {
            submission.picture.planes[plane] = leaves[g]->terms[plane][0].data;
            submission.picture.strides_bytes[plane] = leaves[g]->terms[plane][0].stride_bytes;
        }
    }
    submission.picture.hold = aperture;
    submission.picture.is_slot = true;
    ++counters.frames_passed_through;
    return ok();
}

/// The bytes that its canvases take.
Result<std::uint64_t> Renderer::State::measure_canvases(const DrawList& list) const {
    REELPOOL_TRY(needed, reelpool::canvas_bytes(list));
    if (needed.all > canvas_bytes.all || needed.largest > canvas_bytes.largest)
        return vk::refuse(ErrorCode::internal, "a draw list has more canvases than were announced");
    return needed.all;
}

Status Renderer::State::draw(const std::vector<Pass>& passes, const ShaderBlocks& blocks,
                             const Slots& slots, Submission::State& submission) {
    const vk::Device& device = gpu->device;
    const DirectTiles direct = device.physical().is_cpu ? DirectTiles::yes : DirectTiles::no;
    REELPOOL_TRY(lists, build_tile_lists(passes, {.curves = &curves,
                                                  .scratch_tiles = scratch_tiles_of(device),
                                                  .batch_tiles = scratch_batch_of(device),
                                                  .direct = direct,
                                                  .variants = variants}));
    const Clock::time_point full = Clock::now();
    REELPOOL_TRY(buffer, outputs->acquire());
    submission.submitting -= Clock::now() - full;  // waited for encoders
    submission.output = std::move(buffer);
    if (!lists.runs.empty()) REELPOOL_TRY_STATUS(run(passes, blocks, lists, slots, submission));
    // The device is at work meanwhile.
    const Coding coding = coding_of(output.format, output.color.range);
    write_spans(lists.spans, layout, static_cast<std::uint16_t>(coding.max_code),
                submission.output->data());
    for (std::size_t p = 0; p < layout.planes.size(); ++p) {
        submission.picture.planes[p] = submission.output->data() + layout.planes[p].offset_bytes;
        submission.picture.strides_bytes[p] = layout.planes[p].stride_bytes;
    }
    if (access == wire::FrameAccess::host_pointer)
        counters.layers_imported += slots.uses;
    else
        counters.layers_staged += slots.uses;
    return ok();
}

Status Renderer::State::run(const std::vector<Pass>& passes, const ShaderBlocks& blocks,
                            const TileLists& lists, const Slots& slots,
                            Submission::State& submission) {
    const vk::Device& device = gpu->device;
    REELPOOL_TRY_STATUS(use_scratch(lists.scratch_tiles));
    REELPOOL_TRY(context, free_context());
    FrameContext::Targets targets;
    targets.scratch = &*scratch;
    targets.tables = tables ? &*tables : nullptr;
    if (access == wire::FrameAccess::host_pointer) {
        targets.arena = &*arena;
    } else {
        // As in the aperture, a tile may read past the last slot.
        const std::uint64_t bytes = slots.staged_bytes + Aperture::guard_bytes;
        if (bytes > arena_limit(device))
            return vk::refuse(ErrorCode::limit, "the slots of one frame do not fit staging memory");
        REELPOOL_TRY(staging, context->staging(device, bytes));
        const CpuMeter meter(counters.transfer_ns);
        for (const auto& [from, slot] : slots.staged)
            std::memcpy(staging->buffer.data() + slot.to, slot.from, slot.bytes);
        targets.arena = staging;
    }
    for (std::size_t i = 0; i + 1 < passes.size(); ++i)
        targets.codes.push_back(
            {targets.arena->buffer.get(), passes[i].arena_byte, passes[i].target.layout.bytes});
    targets.codes.push_back({submission.output->get(), 0, VK_WHOLE_SIZE});
    REELPOOL_TRY_STATUS(context->submit(device, *pipelines, blocks, lists, targets));
    submission.context = std::move(context);
    return ok();
}

Renderer::Renderer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Renderer::~Renderer() = default;

Result<std::unique_ptr<Renderer>> Renderer::create(const RendererOptions& options) {
    auto state = std::make_unique<State>();
    REELPOOL_TRY_STATUS(state->open(options));
    return std::unique_ptr<Renderer>(new Renderer(std::move(state)));
}

Result<std::vector<wire::Device>> Renderer::list_devices() {
    REELPOOL_TRY(instance, vk::Instance::create(vk::Validation::off));
    REELPOOL_TRY(physical, vk::physical_devices(instance));
    std::vector<wire::Device> devices;
    for (const vk::PhysicalDevice& each : physical) {
        wire::Device device = describe(each);
        if (device.refusal.empty()) {
            const Result<vk::Device> opened = vk::Device::create(each);
            if (!opened) {
                device.refusal = to_string(opened.error());
            } else if (const auto access = choose_access(*opened, wire::FrameAccess::automatic);
                       access) {
                device.strategy = strategy_name(*access);
            }
        }
        devices.push_back(std::move(device));
    }
    return devices;
}

const wire::Device& Renderer::device() const {
    return state_->description;
}

Status Renderer::warm_up() {
    State& s = *state_;
    if (s.warm_up_context) return ok();
    const std::uint32_t target = s.layout.sample_bytes == 1 ? TARGET_CODES_8 : TARGET_CODES_16;
    std::vector<PipelineKey> keys{{KIND_IDENTITY, s.layout.sample_bytes, target},
                                  {KIND_IDENTITY | KIND_AXIS_2, s.layout.sample_bytes, target},
                                  {KIND_AXIS_2, 1, target}};
    for (PipelineKey& key : keys) key.dithers = s.output.dither == Dither::ordered;
    if (s.variants == Variants::families)
        for (PipelineKey& key : keys) key = family_of(key);
    const TileLists lists = idle_lists(keys);
    REELPOOL_TRY(codes, vk::Buffer::create(s.gpu->device, 65536, VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
                                           vk::Placement::host));
    s.warm_up_codes = std::move(codes);
    REELPOOL_TRY(made, FrameContext::create(s.gpu->device, *s.pipelines));
    auto context = std::make_shared<FrameContext>(std::move(made));
    FrameContext::Targets targets{.scratch = &*s.scratch,
                                  .codes = {{s.warm_up_codes->get(), 0, VK_WHOLE_SIZE}}};
    if (s.arena) {
        targets.arena = &*s.arena;
    } else {
        REELPOOL_TRY(staging, context->staging(s.gpu->device, 4096));
        targets.arena = staging;
    }
    ShaderBlocks blocks;
    add_constants(blocks);
    REELPOOL_TRY_STATUS(context->submit(s.gpu->device, *s.pipelines, blocks, lists, targets));
    s.warm_up_context = std::move(context);
    return ok();
}

std::uint64_t Renderer::view_bytes() const {
    return state_->aperture->bytes();
}

Status Renderer::map_segment(const wire::MapSegment& segment, UniqueFd fd) {
    const CpuMeter meter(state_->counters.transfer_ns);
    return state_->aperture->map(segment, fd);
}

Status Renderer::load_tables(std::uint64_t bytes, const UniqueFd& fd) {
    State& s = *state_;
    if (s.tables) return vk::refuse(ErrorCode::internal, "tables were loaded twice");
    const vk::Device& device = s.gpu->device;
    if (bytes == 0 || bytes > max_table_bytes + 4096 ||
        bytes / table_entry_bytes > device.physical().limits.maxTexelBufferElements)
        return vk::refuse(ErrorCode::limit, "the tables of effects are too large for the device",
                          mebibytes(bytes));
    REELPOOL_TRY(mapping, Mapping::map(fd, bytes, Access::read_only));
    REELPOOL_TRY(buffer, vk::Buffer::create(device, bytes, VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT,
                                            vk::Placement::host));
    std::memcpy(buffer.data(), mapping.data(), bytes);
    REELPOOL_TRY(view, buffer.view(device, VK_FORMAT_R32G32B32A32_SFLOAT));
    s.tables = TexelBuffer{std::move(buffer), std::move(view), {}};
    return ok();
}

Status Renderer::unmap_segment(SegmentId segment) {
    const CpuMeter meter(state_->counters.transfer_ns);
    return state_->aperture->unmap(segment);
}

Result<Submission> Renderer::submit(const DrawList& list) {
    State& s = *state_;
    const auto segment_bytes = [&s](SegmentId segment) { return s.aperture->bytes_of(segment); };
    const std::uint64_t table_bytes = s.tables ? s.tables->buffer.bytes() : 0;
    REELPOOL_TRY_STATUS(check_draw_list(list, segment_bytes, table_bytes));
    auto submission = std::make_unique<Submission::State>();
    submission->gpu = s.gpu;
    const Clock::time_point begin = Clock::now();
    submission->picture.index = list.output;

    ShaderBlocks blocks;
    add_constants(blocks);
    State::Slots slots;
    REELPOOL_TRY(canvases, s.measure_canvases(list));
    const bool in_place = s.access == wire::FrameAccess::host_pointer;
    if (!in_place) slots.staged_bytes = canvases;
    REELPOOL_TRY(places, CanvasPlaces::of(list, in_place ? s.aperture->canvas_offset() : 0));
    const auto find_slot = [&](const FrameSource& frame) { return s.find_slot(frame, slots); };
    s.masks.begin_frame();
    REELPOOL_TRY(passes, build_passes(list, s.output, find_slot, places, s.masks, blocks));
    for (const Pass& pass : passes) slots.uses += count_frames(pass.scenes);
    std::vector<const Leaf*> leaves;
    if (is_pass_through(passes.back(), leaves)) {
        REELPOOL_TRY_STATUS(s.pass_through(leaves, *submission));
    } else {
        REELPOOL_TRY_STATUS(s.draw(passes, blocks, slots, *submission));
        s.counters.comps_rasterized += list.canvases.size();
    }
    submission->submitting += Clock::now() - begin;
    return Submission(std::move(submission));
}

Result<Picture> Renderer::finish(Submission&& submission) {
    State& s = *state_;
    const std::unique_ptr<Submission::State> done = std::move(submission.state_);
    REELPOOL_CHECK(done != nullptr);
    if (done->context) REELPOOL_TRY_STATUS(done->context->wait(s.gpu->device));
    Clock::duration spent = done->submitting;
    if (done->context) {
        REELPOOL_TRY(on_device, done->context->time_on_device(s.gpu->device));
        spent += on_device;
    }
    done->picture.composite_us = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(spent).count());
    s.counters.composite_us += done->picture.composite_us;
    if (!done->picture.is_slot) done->picture.hold = std::move(done->output);
    return std::move(done->picture);
}

const RendererCounters& Renderer::counters() const {
    return state_->counters;
}

std::vector<std::string> Renderer::validation_messages() const {
    return state_->gpu->instance.validation_messages();
}

}  // namespace reelpool::compositor
