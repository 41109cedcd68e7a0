#include "orchestrator/cli/render_job.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "orchestrator/plan/scheduler.hpp"
#include "orchestrator/run/prepared_project.hpp"

namespace reelpool::cli {
namespace {

constexpr std::uint32_t frames_in_flight = 3;
/// Workers that stay alive between probing and the first frame.
constexpr std::uint32_t workers_kept = 8;

Error job_error(ErrorCode code, Component component, std::string what, std::string hint) {
    return {.code = code,
            .component = component,
            .subject = {},
            .what = std::move(what),
            .cause = {},
            .hint = std::move(hint)};
}

std::string megabytes(std::uint64_t bytes) {
    return std::to_string((bytes + (1 << 20) - 1) >> 20) + "MB";
}

/// The picture that the timeline is resolved for.
model::OutputGeometry geometry_of(const RenderJob& job, const model::Comp& main) {
    model::OutputGeometry geometry;
    geometry.width = job.picture.size ? job.picture.size->first : main.width;
    geometry.height = job.picture.size ? job.picture.size->second : main.height;
    geometry.fps = job.picture.fps.value_or(main.fps);
    geometry.range = job.picture.range;
    if (job.single_frame_at) {
        // The output frame that is on screen at that time.
        const Rational frame = (*job.single_frame_at * geometry.fps).to_integer(Rounding::floor);
        geometry.range = std::pair(frame / geometry.fps, (frame + 1) / geometry.fps);
    }
    return geometry;
}

ColorDescription output_color(const PictureOptions& picture) {
    return {.matrix = picture.matrix,
            .primaries = ColorPrimaries::bt709,
            .transfer = ColorTransfer::bt709,
            .range = picture.levels,
            .siting = ChromaSiting::left};
}

Result<OutputSettings> settings_of(const RenderJob& job, const model::OutputGeometry& geometry,
                                   std::uint32_t frame_count, const run::OutputPlace& place) {
    OutputSettings settings;
    settings.part_path = place.part_path();
    settings.codec = job.codec;
    settings.container = job.container;
    if (job.container == Container::png_sequence) settings.png_pattern = place.pattern();
    REELPOOL_TRY(format, output_format_for(job.codec, job.container, geometry.width,
                                           geometry.height, output_color(job.picture)));
    settings.format = format;
    settings.frame_rate = geometry.fps;
    settings.frame_count = frame_count;
    settings.preset = job.preset;
    settings.crf = job.crf;
    settings.bitrate = job.bitrate;
    settings.metadata = job.metadata;
    REELPOOL_TRY_STATUS(validate(settings));
    return settings;
}

std::vector<plan::MediaSource> sources_of(const run::PreparedProject& prepared) {
    std::vector<plan::MediaSource> sources;
    for (const run::MediaFile& file : prepared.files.files) {
        const run::ProbedMedia& probed = prepared.probed[file.id.value];
        sources.push_back(
            {.id = file.id,
             .info = probed.info,
             .table = probed.table,
             .is_sequence = file.is_sequence,
             .frames_per_decode =
                 file.open.unit == wire::FrameUnit::field && !probed.info.is_still ? 2U : 1U});
    }
    return sources;
}

/// The most that one output frame needs at once.
struct Needs {
    std::uint64_t cache_bytes = 0;
    std::uint64_t view_bytes = 0;
};

/// Every frame is asked, none is decoded.
Needs most_needed(const model::Timeline& timeline, const plan::Scheduler& scheduler) {
    Needs most;
    for (std::uint32_t n = 0; n < timeline.frame_count(); ++n) {
        const std::vector<plan::FrameKey> wants = run::wants_of(timeline.frame(OutputIndex{n}));
        most.cache_bytes = std::max(most.cache_bytes, scheduler.needed_bytes(wants));
        most.view_bytes =
            std::max(most.view_bytes, scheduler.needed_bytes(wants, wire::view_gap_bytes));
    }
    return most;
}

Status check_budget(const RenderJob& job, std::uint64_t needed) {
    if (job.cache_bytes > job.memory_limit_bytes)
        return unexpected(job_error(ErrorCode::limit, Component::frame_cache,
                                    "--cache-size " + megabytes(job.cache_bytes) +
                                        " is above --memory-limit " +
                                        megabytes(job.memory_limit_bytes),
                                    "raise --memory-limit to " + megabytes(job.cache_bytes)));
    if (needed <= job.cache_bytes) return ok();
    return unexpected(job_error(ErrorCode::limit, Component::frame_cache,
                                "one output frame needs " + megabytes(needed) +
                                    " of decoded frames at once, --cache-size is " +
                                    megabytes(job.cache_bytes),
                                "use --cache-size " + megabytes(needed)));
}

Status check_zero_copy(const RenderJob& job, const run::ExportResult& result) {
    if (!job.device.require_zero_copy || result.composition.layers_staged == 0) return ok();
    return unexpected(job_error(ErrorCode::render, Component::compositor,
                                "frames were copied by the CPU on " + result.compositor.device.name,
                                "leave --require-zero-copy out, or choose another --device"));
}

std::vector<Warning> warnings_of(const model::Timeline& timeline) {
    std::vector<Warning> warnings;
    for (const model::TimelineWarning& warning : timeline.warnings())
        warnings.push_back({warning.code, warning.message});
    return warnings;
}

Status refuse_warnings(const RenderJob& job, const std::vector<Warning>& warnings) {
    if (job.strictness == Strictness::warn || warnings.empty()) return ok();
    return unexpected(job_error(ErrorCode::project, Component::project, warnings.front().message,
                                "mend it, or leave --strict out"));
}

}  // namespace

Status render(const RenderJob& job, RenderOutcome& outcome) {
    EventLoop loop;
    REELPOOL_TRY(workers, run::WorkerPool::start(loop));
    REELPOOL_TRY(prepared, run::prepare_project(job.project, loop, *workers, workers_kept));
    const model::Comp& main = prepared.project.comps[prepared.project.main];
    const model::OutputGeometry geometry = geometry_of(job, main);
    REELPOOL_TRY(timeline, model::Timeline::build(prepared.project, prepared.facts, geometry));
    if (timeline.frame_count() == 0)
        return unexpected(job_error(ErrorCode::project, Component::project,
                                    "there is nothing to export: the range has no frames",
                                    "give the main comp a duration, or another --range"));

    outcome.fps = geometry.fps;
    outcome.warnings = warnings_of(timeline);
    outcome.nested_clips = timeline.nested_clip_count();
    REELPOOL_TRY_STATUS(refuse_warnings(job, outcome.warnings));
    for (const run::MediaFile& file : prepared.files.files) outcome.paths.push_back(file.path);

    // The place before the compositor: when both go, the compositor's end comes first.
    REELPOOL_TRY(place, run::OutputPlace::claim(job.output, job.output_kind, job.overwrite,
                                                prepared.files.files));
    REELPOOL_TRY(settings, settings_of(job, geometry, timeline.frame_count(), place));
    const std::uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
    plan::Scheduler scheduler(sources_of(prepared),
                              {.cache_bytes = job.cache_bytes, .cores = cores});
    const Needs needs = most_needed(timeline, scheduler);
    REELPOOL_TRY_STATUS(check_budget(job, needs.cache_bytes));
    if (job.on_start) job.on_start(geometry.fps, outcome.warnings);

    REELPOOL_TRY(compositor, run::CompositorLink::start(loop));
    run::Exporter exporter({.loop = loop,
                            .workers = *workers,
                            .compositor = *compositor,
                            .timeline = timeline,
                            .files = prepared.files.files,
                            .place = place},
                           scheduler,
                           {.configure = {.output = settings,
                                          .device = job.device.device,
                                          .access = job.device.access,
                                          .frames_in_flight = frames_in_flight},
                            .cores = cores,
                            .view_bytes = needs.view_bytes,
                            .changing_media = job.changing_media,
                            .on_progress = job.on_progress});
    const Status done = exporter.run();
    outcome.result = exporter.result();
    REELPOOL_TRY_STATUS(done);
    REELPOOL_TRY_STATUS(check_zero_copy(job, *outcome.result));
    return place.commit();
}

}  // namespace reelpool::cli
