#include "orchestrator/cli/export_preparation.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "orchestrator/cli/safety.hpp"
#include "orchestrator/plan/memory_tally.hpp"
#include "orchestrator/run/memory_allowance.hpp"
#include "orchestrator/run/memory_model.hpp"

namespace reelpool::cli {
namespace {

/// Alive at once, in most exports.
constexpr std::uint32_t usual_workers = 8;

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

constexpr std::uint64_t mb = std::uint64_t{1} << 20;

std::uint64_t whole_megabytes(std::uint64_t bytes) {
    return (bytes + mb - 1) / mb * mb;
}

std::string size_text(std::uint64_t bytes) {
    if (bytes % mb == 0) return std::to_string(bytes / mb) + "MB";
    return std::to_string(bytes / 1024) + "KB";
}

/// The picture that the timeline is resolved for.
model::OutputGeometry geometry_of(const ExportRequest& request, const model::Comp& main) {
    model::OutputGeometry geometry;
    geometry.width = request.picture.size ? request.picture.size->first : main.width;
    geometry.height = request.picture.size ? request.picture.size->second : main.height;
    geometry.fps = request.picture.fps.value_or(main.fps);
    geometry.range = request.picture.range;
    if (request.single_frame_at) {
        // The output frame that is on screen at that time.
        const Rational frame =
            (*request.single_frame_at * geometry.fps).to_integer(Rounding::floor);
        geometry.range = std::pair(frame / geometry.fps, (frame + 1) / geometry.fps);
    }
    return geometry;
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

/// The smallest cache, in whole MB, that every output frame fits. What one needs grows with the
/// cache, in steps: small slots share larger segments.
std::uint64_t smallest_cache(const model::Timeline& timeline,
                             const std::vector<plan::MediaSource>& sources) {
    std::uint64_t bytes = mb;
    for (;;) {
        const std::uint64_t needed =
            whole_megabytes(run::survey(timeline, sources, bytes).cache_bytes);
        if (needed <= bytes) return bytes;
        bytes = needed;
    }
}

Status check_budget(const ExportRequest& request, const ExportPreparation& prepared) {
    if (request.cache_bytes > request.memory_limit_bytes)
        return unexpected(job_error(ErrorCode::limit, Component::frame_cache,
                                    "--cache-size " + size_text(request.cache_bytes) +
                                        " is above --memory-limit " +
                                        size_text(request.memory_limit_bytes),
                                    "raise --memory-limit to " + size_text(request.cache_bytes)));
    if (prepared.survey.cache_bytes <= request.cache_bytes) return ok();
    const std::string smallest = size_text(smallest_cache(prepared.timeline(), prepared.sources));
    return unexpected(job_error(ErrorCode::limit, Component::frame_cache,
                                "one output frame needs " + smallest +
                                    " of decoded frames at once, --cache-size is " +
                                    size_text(request.cache_bytes),
                                "use --cache-size " + smallest));
}

/// What the machine or the container allows must hold the cache and everything beside it.
Status check_allowance(const ExportRequest& request, const ExportPreparation& prepared) {
    std::uint64_t largest_decoder = 0;
    for (const plan::MediaSource& source : prepared.sources)
        largest_decoder = std::max(largest_decoder, plan::decoder_bytes(source, 1));
    const std::uint32_t workers = std::min(usual_workers, prepared.survey.files_used);
    const std::uint64_t besides =
        workers * largest_decoder + prepared.survey.canvas_bytes.all +
        run::memory_besides(prepared.surroundings(request.encoder), workers);
    const std::uint64_t allowed = run::memory_allowance();
    if (request.cache_bytes + besides <= allowed) return ok();
    const std::uint64_t left = allowed > besides ? (allowed - besides) / mb * mb : 0;
    const bool is_possible = left >= prepared.survey.cache_bytes && left > 0;
    return unexpected(job_error(
        ErrorCode::limit, Component::planner,
        "this export may need " + size_text(whole_megabytes(request.cache_bytes + besides)) +
            " of memory, this machine or container allows " + size_text(whole_megabytes(allowed)),
        is_possible ? "use --cache-size " + size_text(left) : "use a smaller --size"));
}

std::vector<Warning> warnings_of(const model::Timeline& timeline) {
    std::vector<Warning> warnings;
    for (const model::TimelineWarning& warning : timeline.warnings())
        warnings.push_back({warning.code, warning.message});
    return warnings;
}

Status refuse_warnings(const ExportRequest& request, const std::vector<Warning>& warnings) {
    if (request.strictness == Strictness::warn || warnings.empty()) return ok();
    return unexpected(job_error(ErrorCode::project, Component::project, warnings.front().message,
                                "mend it, or leave --strict out"));
}

}  // namespace

run::WorkerPool::Options pool_options_of(const ExportRequest& request) {
    return {.patience = request.decoder.patience, .confinement = confinement_of(request.safety)};
}

Result<std::unique_ptr<ExportPreparation>> ExportPreparation::prepare(
    const ExportRequest& request) {
    std::unique_ptr<ExportPreparation> made(new ExportPreparation);
    REELPOOL_TRY(root, media_root_of(request.safety));
    REELPOOL_TRY(workers, run::WorkerPool::start(made->loop, pool_options_of(request)));
    made->workers = std::move(workers);
    REELPOOL_TRY(prepared, run::prepare_project(request.project, made->loop, *made->workers,
                                                workers_kept, std::move(root)));
    made->prepared = std::move(prepared);
    const model::Project& project = made->prepared.project;
    made->geometry = geometry_of(request, project.comps[project.main]);
    REELPOOL_TRY(timeline, model::Timeline::build(project, made->prepared.facts, made->geometry));
    made->timeline_.emplace(std::move(timeline));
    if (made->timeline().frame_count() == 0)
        return unexpected(job_error(ErrorCode::project, Component::project,
                                    "there is nothing to export: the range has no frames",
                                    "give the main comp a duration, or another --range"));
    made->warnings = warnings_of(made->timeline());
    REELPOOL_TRY_STATUS(refuse_warnings(request, made->warnings));
    // No matter of the project, so nothing that --strict would refuse.
    if (auto warning = sandbox_warning(made->workers->sandbox()))
        made->warnings.push_back(std::move(*warning));
    for (const run::MediaFile& file : made->prepared.files.files) made->paths.push_back(file.path);
    made->sources = sources_of(made->prepared);
    made->survey = run::survey(made->timeline(), made->sources, request.cache_bytes);
    if (made->timeline().has_sound())
        made->sound = run::forecast_sound(
            plan::SoundSchedule(run::sound_wants(made->timeline(), made->sources)));
    REELPOOL_TRY_STATUS(check_budget(request, *made));
    REELPOOL_TRY_STATUS(check_allowance(request, *made));
    const std::uint64_t output_px = std::uint64_t{made->geometry.width} * made->geometry.height;
    made->engine_options = {
        .cache_bytes = request.cache_bytes,
        .output_picture_bytes = output_px * 3 / 2,
        .besides_bytes = run::memory_besides(made->surroundings(request.encoder),
                                             std::min(usual_workers, made->survey.files_used)),
        .frames_per_second = made->geometry.fps.to_double(),
        .cores = std::max(1U, std::thread::hardware_concurrency()),
        .disk_bytes = request.disk.bytes};
    made->decision = run::decide_engine(request.engine, made->engine_input(), made->engine_options);
    return made;
}

}  // namespace reelpool::cli
