#include "orchestrator/cli/render_job.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "orchestrator/run/cache_place.hpp"
#include "orchestrator/run/scratch_file.hpp"
#include "orchestrator/run/speed_store.hpp"

namespace reelpool::cli {
namespace {

constexpr std::uint32_t frames_in_flight = 3;
Error job_error(ErrorCode code, Component component, std::string what, std::string hint) {
    return {.code = code,
            .component = component,
            .subject = {},
            .what = std::move(what),
            .cause = {},
            .hint = std::move(hint)};
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
                                           geometry.height, output_color(job.request.picture)));
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
                         .identity = file.identity,
                         .root = file.root});
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

/// The next plan knows better how long things take.
void learn_speed(const RenderJob& job, const ExportPreparation& prepared,
                 const run::ExportResult& result) {
    if (job.request.encoder.empty()) return;
    const run::SpeedStore store(run::cache_directory());
    std::vector<std::uint64_t> decoded;
    run::MeasuredTimes times;
    for (const wire::WorkerCounters& file : result.files) {
        decoded.push_back(file.frames_decoded);
        times.workers_s += static_cast<double>(file.cpu_us) * 1e-6;
    }
    times.compositor_s = static_cast<double>(result.composition.cpu_us) * 1e-6;
    times.all_s = times.workers_s + times.compositor_s +
                  static_cast<double>(result.orchestrator_cpu_us) * 1e-6;
    times.wall_s = static_cast<double>(result.elapsed.count()) * 1e-3;
    run::Workload work = run::workload_of(prepared.survey, prepared.sources, decoded);
    work.encoder = job.request.encoder;
    work.output_px = prepared.output_px();
    store.write(run::learned(store.read(), work, times, prepared.engine_options.cores));
}

/// What workers and plan count, summed up by file.
run::ExportResult by_file(run::ExportResult result, const run::Engine& engine,
                          const run::Survey& survey) {
    const std::size_t files = survey.wanted.size();
    std::vector<wire::WorkerCounters> counters(files);
    std::vector<plan::MediaStatistics> planned = survey.wanted;
    std::vector<std::set<std::uint32_t>> concealed(files);
    std::vector<std::set<std::uint32_t>> held(files);
    std::set<MediaId> changed;
    for (std::size_t i = 0; i < engine.file_of.size(); ++i) {
        const std::uint32_t file = engine.file_of[i].value;
        counters[file] = counters[file] + result.files[i];
        planned[file].add_planned(result.planned_files[i]);
        concealed[file].insert(result.concealed[i].begin(), result.concealed[i].end());
        held[file].insert(result.held[i].begin(), result.held[i].end());
    }
    for (const MediaId source : result.changed) changed.insert(engine.file_of[source.value]);
    result.files = std::move(counters);
    result.planned_files = std::move(planned);
    result.concealed = std::move(concealed);
    result.held = std::move(held);
    result.changed.assign(changed.begin(), changed.end());
    return result;
}

}  // namespace

Status render(const RenderJob& job, RenderOutcome& outcome) {
    UniqueFd scratch;
    if (!job.request.disk.directory.empty()) {
        REELPOOL_TRY(file, run::open_scratch_file(job.request.disk.directory));
        scratch = std::move(file);
    }
    REELPOOL_TRY(preparation, ExportPreparation::prepare(job.request));
    ExportPreparation& prepared = *preparation;
    const model::Timeline& timeline = prepared.timeline();
    outcome.fps = prepared.geometry.fps;
    outcome.warnings = prepared.warnings;
    outcome.paths = prepared.paths;
    for (const model::Comp& comp : prepared.prepared.project.comps)
        outcome.comps.push_back(comp.name);
    outcome.engine = run::engine_name(prepared.decision.kind);
    outcome.sandbox = prepared.workers->sandbox();
    outcome.engine_reason = prepared.decision.reason;

    // The place before the compositor: when both go, the compositor's end comes first.
    REELPOOL_TRY(place, run::OutputPlace::claim(job.output, job.output_kind, job.overwrite,
                                                prepared.prepared.files.files));
    REELPOOL_TRY(settings, settings_of(job, prepared.geometry, timeline.frame_count(), place));
    REELPOOL_TRY(engine, run::make_engine(prepared.decision.kind, prepared.engine_input(),
                                          prepared.engine_options));
    outcome.frames_bytes = engine.frames_bytes;
    if (job.on_start) job.on_start(outcome);

    if (engine.kind == run::EngineKind::v1) retire_all(*prepared.workers);
    REELPOOL_TRY(files, files_of(engine, prepared.prepared.files.files));
    REELPOOL_TRY(compositor, run::CompositorLink::start(prepared.loop,
                                                        {.sandbox = job.request.safety.sandbox,
                                                         .output_directory = place.directory()}));
    std::optional<run::DiskCache> disk;
    if (scratch) disk.emplace(prepared.loop, std::move(scratch));
    run::Exporter exporter({.loop = prepared.loop,
                            .workers = *prepared.workers,
                            .compositor = *compositor,
                            .timeline = timeline,
                            .files = files,
                            .sources = engine.sources,
                            .place = place,
                            .planner = *engine.planner,
                            .disk = disk ? &*disk : nullptr},
                           {.configure = {.output = settings,
                                          .device = job.device.device,
                                          .access = job.device.access,
                                          .frames_in_flight = frames_in_flight,
                                          .canvas_bytes = prepared.survey.canvas_bytes},
                            .keys_of = engine.keys_of,
                            .budget_bytes = engine.frames_bytes,
                            .view_bytes = prepared.survey.view_bytes,
                            .changing_media = job.changing_media,
                            .bad_frame = job.request.decoder.bad_frame,
                            .engine = engine.kind,
                            .on_progress = job.on_progress});
    const Status done = exporter.run();
    outcome.result = by_file(exporter.result(), engine, prepared.survey);
    outcome.sandbox = prepared.workers->sandbox();
    REELPOOL_TRY_STATUS(done);
    REELPOOL_TRY_STATUS(check_zero_copy(job, *outcome.result));
    learn_speed(job, prepared, *outcome.result);
    return place.commit();
}

}  // namespace reelpool::cli
