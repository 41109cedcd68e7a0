#include "orchestrator/cli/render_job.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "orchestrator/run/prepared_project.hpp"
#include "orchestrator/run/survey.hpp"

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

/// The files that the engine's workers read, each opened once more where several read it.
Result<std::vector<run::MediaFile>> files_of(const run::Engine& engine,
                                             const std::vector<run::MediaFile>& media) {
    std::vector<run::MediaFile> files;
    for (std::uint32_t id = 0; id < engine.file_of.size(); ++id) {
        const run::MediaFile& file = media[engine.file_of[id].value];
        UniqueFd again(::fcntl(file.file.get(), F_DUPFD_CLOEXEC, 0));
        if (!again)
            return unexpected(
                errno_error(Component::planner, "a file descriptor is missing", errno));
        files.push_back({.id = MediaId{id},
                         .path = file.path,
                         .file = std::move(again),
                         .is_sequence = file.is_sequence,
                         .pictures = file.pictures,
                         .open = file.open,
                         .identity = file.identity});
    }
    return files;
}

void retire_all(run::WorkerPool& workers) {
    const std::set<MediaId> running = workers.running();
    for (const MediaId media : running) workers.retire_worker(media);
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

/// What workers and plan count, summed up by file.
run::ExportResult by_file(run::ExportResult result, const run::Engine& engine,
                          const run::Survey& survey) {
    const std::size_t files = survey.wanted.size();
    std::vector<wire::WorkerCounters> counters(files);
    std::vector<plan::MediaStatistics> planned = survey.wanted;
    std::vector<std::set<std::uint32_t>> concealed(files);
    std::set<MediaId> changed;
    for (std::size_t i = 0; i < engine.file_of.size(); ++i) {
        const std::uint32_t file = engine.file_of[i].value;
        counters[file] = counters[file] + result.files[i];
        planned[file].add_planned(result.planned_files[i]);
        concealed[file].insert(result.concealed[i].begin(), result.concealed[i].end());
    }
    for (const MediaId source : result.changed) changed.insert(engine.file_of[source.value]);
    result.files = std::move(counters);
    result.planned_files = std::move(planned);
    result.concealed = std::move(concealed);
    result.changed.assign(changed.begin(), changed.end());
    return result;
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
    REELPOOL_TRY_STATUS(refuse_warnings(job, outcome.warnings));
    for (const run::MediaFile& file : prepared.files.files) outcome.paths.push_back(file.path);

    // The place before the compositor: when both go, the compositor's end comes first.
    REELPOOL_TRY(place, run::OutputPlace::claim(job.output, job.output_kind, job.overwrite,
                                                prepared.files.files));
    REELPOOL_TRY(settings, settings_of(job, geometry, timeline.frame_count(), place));
    const std::vector<plan::MediaSource> media = sources_of(prepared);
    const run::Survey survey = run::survey(timeline, media, job.cache_bytes);
    REELPOOL_TRY_STATUS(check_budget(job, survey.cache_bytes));
    const run::EngineInput input{timeline, media, survey};
    const run::EngineOptions engine_options{
        .cache_bytes = job.cache_bytes,
        .frames_per_second = geometry.fps.to_double(),
        .cores = std::max(1U, std::thread::hardware_concurrency())};
    const run::EngineDecision decision = run::decide_engine(job.engine, input, engine_options);
    outcome.engine = run::engine_name(decision.kind);
    outcome.engine_reason = decision.reason;
    REELPOOL_TRY(engine, run::make_engine(decision.kind, input, engine_options));
    if (job.on_start) job.on_start(outcome);

    if (engine.kind == run::EngineKind::v1) retire_all(*workers);
    REELPOOL_TRY(files, files_of(engine, prepared.files.files));
    REELPOOL_TRY(compositor, run::CompositorLink::start(loop));
    run::Exporter exporter({.loop = loop,
                            .workers = *workers,
                            .compositor = *compositor,
                            .timeline = timeline,
                            .files = files,
                            .sources = engine.sources,
                            .place = place,
                            .planner = *engine.planner},
                           {.configure = {.output = settings,
                                          .device = job.device.device,
                                          .access = job.device.access,
                                          .frames_in_flight = frames_in_flight},
                            .keys_of = engine.keys_of,
                            .budget_bytes = job.cache_bytes,
                            .view_bytes = survey.view_bytes,
                            .changing_media = job.changing_media,
                            .on_progress = job.on_progress});
    const Status done = exporter.run();
    outcome.result = by_file(exporter.result(), engine, survey);
    REELPOOL_TRY_STATUS(done);
    REELPOOL_TRY_STATUS(check_zero_copy(job, *outcome.result));
    return place.commit();
}

}  // namespace reelpool::cli
