#include "orchestrator/cli/render_job.hpp"

#include <system_error>
#include <utility>

#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/cli/rendering.hpp"
#include "orchestrator/run/cache_place.hpp"
#include "orchestrator/run/scratch_file.hpp"
#include "orchestrator/run/speed_store.hpp"

namespace reelpool::cli {
namespace {

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
            .primaries = picture.primaries,
            .transfer = picture.transfer,
            .range = picture.levels,
            .siting = ChromaSiting::left};
}

/// The sound that the user asked for, or that the project has; nothing: the output is silent.
Result<std::optional<SoundSettings>> sound_of(const RenderJob& job,
                                              const model::Timeline& timeline) {
    const std::optional<SoundCodec> usual = default_sound_codec(job.container);
    const bool is_wanted =
        !job.sound.is_off && (job.sound.codec || (usual && timeline.has_sound()));
    if (is_sound_only(job.container) && (!is_wanted || !timeline.has_sound()))
        return unexpected(job_error(
            job.sound.is_off ? ErrorCode::usage : ErrorCode::project, Component::output,
            std::string(container_name(job.container)) + " holds sound alone, and there is none",
            job.sound.is_off ? "leave --audio none out, or choose a container with pictures"
                             : "no clip can be heard: look for \"mute\", \"muted\" and media "
                               "without sound, or choose a container with pictures"));
    if (!is_wanted) return std::optional<SoundSettings>();
    const model::CompSound& mix = timeline.sound();
    return std::optional(SoundSettings{.codec = job.sound.codec.value_or(usual.value_or(
                                           SoundCodec::aac)),
                                       .rate_hz = mix.rate_hz,
                                       .layout = mix.layout,
                                       .bitrate = job.sound.bitrate,
                                       .samples = timeline.sound_samples(),
                                       .loudness_lufs = mix.loudness_lufs});
}

Result<OutputSettings> settings_of(const RenderJob& job, const model::OutputGeometry& geometry,
                                   const model::Timeline& timeline,
                                   const run::OutputPlace& place) {
    OutputSettings settings;
    settings.part_path = place.part_path();
    REELPOOL_TRY(sound, sound_of(job, timeline));
    settings.sound = sound;
    // Sound is put beside the pictures when these are all there.
    if (!is_sound_only(job.container) && (job.keeps_segments() || sound))
        settings.journal_path = place.part_directory();
    settings.codec = job.codec;
    settings.container = job.container;
    if (job.container == Container::png_sequence) settings.png_pattern = place.pattern();
    if (is_sound_only(job.container)) {
        settings.format.width = geometry.width;
        settings.format.height = geometry.height;
    } else {
        std::optional<PixelFormat> wanted;
        if (!job.pixel_format.empty()) {
            REELPOOL_TRY(named, parse_pixel_format(job.codec, job.pixel_format));
            wanted = named;
        }
        REELPOOL_TRY(format,
                     output_format_for(job.codec, job.container, geometry.width, geometry.height,
                                       output_color(job.request.picture), wanted));
        settings.format = format;
        settings.format.dither = job.request.picture.dither;
    }
    settings.frame_rate = geometry.fps;
    settings.frame_count = timeline.frame_count();
    settings.preset = job.preset;
    settings.crf = job.crf;
    settings.bitrate = job.bitrate;
    settings.keyframe_interval = job.segment_frames;
    settings.metadata = job.metadata;
    settings.mastering_display = job.mastering_display;
    settings.content_light = job.content_light;
    REELPOOL_TRY_STATUS(validate(settings));
    return settings;
}

Status check_zero_copy(const RenderJob& job, const run::ExportResult& result) {
    if (!job.device.require_zero_copy || result.composition.layers_staged == 0) return ok();
    return unexpected(job_error(ErrorCode::render, Component::compositor,
                                "frames were copied by the CPU on " + result.compositor.device.name,
                                "leave --require-zero-copy out, or choose another --device"));
}

/// What a build with a sanitizer needs says nothing about the others.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_measure = false;
#else
constexpr bool is_measure = true;
#endif

/// The next plan knows better how long things take.
void learn_speed(const RenderJob& job, const ExportPreparation& prepared,
                 const run::ExportResult& result) {
    if (job.request.encoder.empty()) return;
    const run::SpeedStore store(is_measure ? run::cache_directory() : std::string());
    std::vector<std::uint64_t> decoded;
    run::MeasuredTimes times;
    for (const wire::WorkerCounters& file : result.files) {
        decoded.push_back(file.frames_decoded);
        times.workers_s += static_cast<double>(file.cpu_us) * 1e-6;
    }
    const wire::CompositorCounters& drawn = result.composition;
    const double compositor_s = static_cast<double>(drawn.cpu_us) * 1e-6;
    times.draw_s = static_cast<double>(drawn.draw_us) * 1e-6;
    times.encode_s =
        std::max(0.0, compositor_s - times.draw_s - static_cast<double>(drawn.start_us) * 1e-6);
    times.start_s = static_cast<double>(result.until_first_frame.count()) * 1e-3;
    times.wall_s = static_cast<double>(result.elapsed.count()) * 1e-3;
    run::Workload work = run::workload_of(prepared.survey, prepared.sources, decoded);
    work.encoder = job.request.encoder;
    work.output_px = prepared.output_px();
    work.frame_px = prepared.frame_px();
    store.write(run::learned(store.read(), work, times, prepared.engine_options.cores));
}

Status render_all(const RenderJob& job, RenderOutcome& outcome) {
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
    REELPOOL_TRY(place, run::OutputPlace::claim(job.output,
                                                {.kind = job.output_kind,
                                                 .overwrite = job.overwrite,
                                                 .earlier = job.earlier_segments,
                                                 .picture_ending = picture_ending(job.codec)},
                                                prepared.prepared.files.files));
    if (place.has_replaced_segments() && job.on_note)
        job.on_note(
            "the finished segments of an interrupted export were deleted; --resume would "
            "have gone on from them");
    REELPOOL_TRY(settings, settings_of(job, prepared.geometry, timeline, place));
    outcome.sound = settings.sound;
    if (!settings.sound && !job.sound.is_off && timeline.has_sound())
        outcome.warnings.push_back(
            {"no-sound", std::string(container_name(job.container)) +
                             " holds no sound; an export to a .wav file writes it alone"});
    {
        Rendering rendering(job, prepared, place, settings, std::move(scratch), outcome);
        REELPOOL_TRY_STATUS(rendering.run());
    }
    REELPOOL_TRY_STATUS(check_zero_copy(job, *outcome.result));
    const bool is_all_rendered = outcome.segments.reused == 0 &&
                                 outcome.compositor_restarts == 0 &&
                                 !is_sound_only(job.container);
    if (is_all_rendered) learn_speed(job, prepared, *outcome.result);
    REELPOOL_TRY_STATUS(place.commit(job.finished_segments));
    if (job.finished_segments == run::FinishedSegments::remove) outcome.segments.kept = 0;
    return ok();
}

}  // namespace

Status render(const RenderJob& job, RenderOutcome& outcome) {
    try {
        return render_all(job, outcome);
    } catch (const std::system_error& error) {
        return unexpected(exhausted(error));
    }
}

}  // namespace reelpool::cli
