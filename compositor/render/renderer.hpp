#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compositor/picture.hpp"
#include "compositor/render/variants.hpp"
#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/frame/draw_list.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::compositor {

struct RendererOptions {
    std::int32_t device = -1;  ///< index into list_devices(); -1: the best
    wire::FrameAccess access = wire::FrameAccess::automatic;
    OutputFormat output;
    std::uint32_t frames_in_flight = 3;  ///< submissions that may be unfinished at a time, >= 1
    CanvasBytes canvas_bytes = {};       ///< the most that any draw list needs
    Variants variants = Variants::automatic;
    bool validation = false;  ///< watch every Vulkan call; see validation_messages()
};

struct RendererCounters {
    std::uint64_t layers_imported = 0;        ///< frame layers read in place
    std::uint64_t layers_staged = 0;          ///< frame layers copied by the CPU first
    std::uint64_t frames_passed_through = 0;  ///< pictures that are a slot, untouched
    std::uint64_t comps_rasterized = 0;       ///< canvases drawn
    /// Time in submit(), waiting for output buffers left out, and on the device.
    std::uint64_t composite_us = 0;
    std::uint64_t transfer_ns = 0;  ///< CPU time of mapping segments and copying slots
};

/// One draw list on its way through the device. Dropping it unfinished waits for the device.
/// The renderer must outlive it.
class Submission {
  public:
    Submission(Submission&&) noexcept;
    Submission& operator=(Submission&&) noexcept;
    ~Submission();

  private:
    friend class Renderer;
    struct State;
    explicit Submission(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Draws draw lists into pictures of one output format with Vulkan compute.
/// Thread: one thread makes all calls; a Picture's `hold` may be dropped on any thread, and may
/// outlive the renderer.
class Renderer {
  public:
    /// Errors: no usable device; an access strategy that the device has not; an output format that
    /// is not supported; more canvases than the device can hold.
    [[nodiscard]] static Result<std::unique_ptr<Renderer>> create(const RendererOptions& options);

    /// All devices in the loader's order, with the strategy that each would get.
    [[nodiscard]] static Result<std::vector<wire::Device>> list_devices();

    Renderer(const Renderer&) = delete;
    Renderer& operator=(const Renderer&) = delete;
    ~Renderer();

    [[nodiscard]] const wire::Device& device() const;

    /// Starts compiling the usual pipelines, on the device's own thread. Worth calling while the
    /// first frames are being decoded; never needed.
    [[nodiscard]] Status warm_up();

    /// How much of the segments shaders can address at once.
    [[nodiscard]] std::uint64_t view_bytes() const;
    /// Maps a segment into the view, read-only and populated, until unmap_segment().
    /// Errors: a place outside the view or not free; a descriptor that is no sealed memfd.
    [[nodiscard]] Status map_segment(const wire::MapSegment& segment, UniqueFd fd);
    /// No unfinished submission and no living slot picture may use the segment.
    [[nodiscard]] Status unmap_segment(SegmentId segment);

    /// Copies the tables of effects, which are sealed memory of so many bytes, to the device. Once at
    /// most, before the first draw list that uses them.
    [[nodiscard]] Status load_tables(std::uint64_t bytes, const UniqueFd& fd);

    /// Starts drawing; returns before it is done. Waits if every output buffer is in use. The slots
    /// named by the list must stay as they are until finish() returns; of a slot picture, until
    /// its `hold` goes.
    /// Errors: a draw list that is not valid, nothing of which has been drawn; more than
    /// frames_in_flight unfinished submissions.
    [[nodiscard]] Result<Submission> submit(const DrawList& list);

    /// Waits, without polling, until the submission is drawn.
    [[nodiscard]] Result<Picture> finish(Submission&& submission);

    [[nodiscard]] const RendererCounters& counters() const;
    /// What the validation layer has said so far; empty without `validation`.
    [[nodiscard]] std::vector<std::string> validation_messages() const;

  private:
    struct State;
    explicit Renderer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace reelpool::compositor
