#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/cli/render_job.hpp"
#include "orchestrator/cli/sound_losses.hpp"
#include "orchestrator/run/time_model.hpp"

namespace reelpool::cli {
namespace {

constexpr double low_hit_rate = 0.8;
/// The first frames wait for the driver's compiler: so many, or this share, are told.
constexpr std::uint32_t few_slow_frames = 5;
constexpr std::uint32_t one_in_frames = 50;
constexpr double high_transfer_overhead = 0.2;

void warn(const Warning& warning) {
    print_warning(warning.message);
}

/// "3, 7-12, 20", and how many more there are beyond the first ten ranges.
std::string ranges_of(const std::set<std::uint32_t>& frames) {
    constexpr int most_ranges = 10;
    std::string text;
    std::size_t told = 0;
    auto next = frames.begin();
    for (int range = 0; range < most_ranges && next != frames.end(); ++range) {
        const std::uint32_t first = *next;
        std::uint32_t last = first;
        for (++next, ++told; next != frames.end() && *next == last + 1; ++next, ++told) ++last;
        text += (text.empty() ? "" : ", ") + std::to_string(first);
        if (last != first) text += "-" + std::to_string(last);
    }
    if (told < frames.size()) text += " and " + std::to_string(frames.size() - told) + " more";
    return text;
}

/// Sound beyond full scale.
std::optional<Warning> clipping_of(const run::ExportResult& result, const RenderOutcome& outcome) {
    if (!result.sound || !outcome.sound || result.sound->clipped_samples == 0) return std::nullopt;
    char text[200];
    std::snprintf(text, sizeof text,
                  "the sound clips: %llu samples are beyond full scale, the worst by %.1f dB at "
                  "%.3f s; lower a \"gain\", or set \"loudness\" on the main comp",
                  static_cast<unsigned long long>(result.sound->clipped_samples),
                  result.sound->worst_peak_db,
                  static_cast<double>(result.sound->worst_sample) / outcome.sound->rate_hz);
    return Warning{"clipping", text};
}

std::string disk_failure(const run::DiskResult& disk) {
    std::string text = "the disk cache failed " + std::to_string(disk.counts.failed) +
                       (disk.counts.failed == 1 ? " time" : " times");
    if (disk.first_failure)
        text += ", first because " + disk.first_failure->what + ": " + disk.first_failure->cause;
    return text + "; " + std::to_string(disk.counts.decoded_again) +
           (disk.counts.decoded_again == 1 ? " frame was" : " frames were") +
           " decoded again, the pictures are right";
}

/// What only the run itself can tell.
std::vector<Warning> warnings_after(const run::ExportResult& result, const RenderOutcome& outcome) {
    const std::vector<std::string>& paths = outcome.paths;
    std::vector<Warning> warnings;
    const bool has_cache = outcome.engine != run::engine_name(run::EngineKind::v1);
    if (const double rate = hit_rate(result); has_cache && rate < low_hit_rate)
        warnings.push_back({"hit-rate", "only " + std::to_string(static_cast<int>(rate * 100)) +
                                            " % of repeated frames came from the cache; a larger "
                                            "--cache-size makes this export faster"});
    for (const auto& [index, slow] : result.slow_frames.by_comp()) {
        if (slow.frames < std::max(few_slow_frames, result.frames / one_in_frames)) continue;
        warnings.push_back({"slow-composite",
                            "comp \"" + outcome.comps.at(index) + "\" was slow to composite: " +
                                std::to_string(slow.frames) + " frames took over 100 ms each on " +
                                result.compositor.device.name + ", the worst " +
                                std::to_string(slow.worst_us / 1000) + " ms (output frame " +
                                std::to_string(slow.worst.value) + ")"});
    }
    if (const double overhead = transfer_overhead(result); overhead > high_transfer_overhead)
        warnings.push_back({"transfer-overhead",
                            std::to_string(static_cast<int>(overhead * 100)) +
                                " % of the CPU time went into moving frames and messages between "
                                "processes; the report's \"cpu\" says how much"});
    for (std::size_t i = 0; i < result.files.size(); ++i) {
        const std::uint64_t converted = result.files[i].frames_converted;
        if (converted == 0) continue;
        warnings.push_back({"media-changes-format",
                            paths[i] +
                                " changes its size, format or range: " + std::to_string(converted) +
                                (converted == 1 ? " frame was" : " frames were") +
                                " converted to those of the first one"});
    }
    for (std::size_t i = 0; i < result.concealed.size(); ++i) {
        if (result.concealed[i].empty()) continue;
        warnings.push_back(
            {"concealed", paths[i] +
                              ": damaged frames were concealed or replaced by the one before: " +
                              ranges_of(result.concealed[i])});
    }
    if (result.sound_decoding) add_sound_warnings(*result.sound_decoding, paths, warnings);
    for (std::size_t i = 0; i < result.held.size(); ++i) {
        if (result.held[i].empty()) continue;
        warnings.push_back({"held", paths[i] +
                                        ": frames killed their decoder, and the nearest one that "
                                        "can be decoded is shown instead of: " +
                                        ranges_of(result.held[i])});
    }
    for (const auto& [path, lost] : result.lost)
        warnings.push_back({"worker-restarted", path + ": " + std::to_string(lost.deaths) +
                                                    (lost.deaths == 1 ? " decoder" : " decoders") +
                                                    " died and had to be replaced (" +
                                                    lost.last_cause + ")"});
    if (auto clipping = clipping_of(result, outcome)) warnings.push_back(std::move(*clipping));
    if (result.disk && result.disk->counts.failed > 0)
        warnings.push_back({"disk-cache", disk_failure(*result.disk)});
    for (const MediaId media : result.changed)
        warnings.push_back({"media-changed", paths[media.value] +
                                                 ": the file changed while it was exported; frames "
                                                 "may be of the old or of the new one"});
    return warnings;
}

void print_summary(const ExportOptions& options, const run::ExportResult& result, double seconds) {
    const double wall = static_cast<double>(result.elapsed.count()) / 1000.0;
    std::fprintf(stderr, "reelpool: %s: %u frames, %.2f s, in %.1f s (%.1f fps, %.2fx realtime)\n",
                 options.output.c_str(), result.frames, seconds, wall,
                 wall > 0 ? result.frames / wall : 0.0, wall > 0 ? seconds / wall : 0.0);
}

Result<RenderJob> job_of(const ExportOptions& options) {
    REELPOOL_TRY(container, container_from_path(options.output));
    RenderJob job;
    job.request.project = options.project;
    job.output = options.output;
    job.container = container;
    job.output_kind =
        container == Container::png_sequence ? run::OutputKind::sequence : run::OutputKind::file;
    job.codec = options.codec.value_or(default_codec(container));
    job.request.picture = options.picture;
    job.preset = options.preset;
    job.pixel_format = options.pixel_format;
    job.request.encoder = run::encoder_name(job.codec, job.preset);
    job.crf = options.crf;
    job.bitrate = options.bitrate;
    job.sound = options.sound;
    job.segment_frames = options.segment_frames;
    job.earlier_segments =
        options.resume ? run::EarlierSegments::resume : run::EarlierSegments::replace;
    job.finished_segments =
        options.keep_segments ? run::FinishedSegments::keep : run::FinishedSegments::remove;
    job.request.cache_bytes = options.cache_bytes;
    job.request.memory_limit_bytes = options.memory_limit_bytes;
    job.request.disk = options.disk;
    job.request.decoder = options.decoder;
    job.overwrite = options.overwrite ? run::Overwrite::replace : run::Overwrite::refuse;
    job.request.strictness = options.strictness;
    job.changing_media = options.changing_media;
    job.request.engine = options.engine;
    job.device = options.device;
    job.metadata = options.metadata;
    job.mastering_display = options.mastering_display;
    job.content_light = options.content_light;
    job.request.safety = options.safety;
    return job;
}

std::string crash_directory(const ExportOptions& options) {
    if (!options.crash.directory.empty()) return options.crash.directory;
    if (!options.report.empty()) {
        const std::string folder = std::filesystem::path(options.report).parent_path().string();
        return folder.empty() ? "." : folder;
    }
    return crash_directory_from(std::getenv("XDG_STATE_HOME"), std::getenv("HOME"));
}

/// Keeps what was going on, and says where. The error with which the export ends.
Error with_crash_dump(const ExportOptions& options, const RenderOutcome& outcome, Error error) {
    if (options.crash.is_off || !outcome.result || !outcome.result->crash) return error;
    const std::string directory = crash_directory(options);
    if (directory.empty()) return error;
    const auto folder = write_crash_dump(directory, *outcome.result->crash, error, outcome.engine);
    if (!error.hint.empty()) error.hint += '\n';
    error.hint +=
        folder ? "what was going on is kept: ipc-dump " + *folder : to_string(folder.error());
    return error;
}

/// Writes the report where it was asked for; a failure to do so is an error of its own.
int deliver_report(const ExportOptions& options, const ReportContext& context,
                   const std::optional<run::ExportResult>& result, int exit_code) {
    const std::string json = report_json(context, result);
    if (options.progress == ProgressKind::json) {
        std::puts(json.c_str());
        std::fflush(stdout);
    }
    if (options.report.empty()) return exit_code;
    const Status written = write_report(options.report, json);
    if (written) return exit_code;
    const int report_code = report_error(written.error());
    return exit_code != 0 ? exit_code : report_code;
}

}  // namespace

int run_export(const ExportOptions& options) {
    auto job = job_of(options);
    if (!job) return report_error(job.error());

    ReportContext context;
    std::optional<ProgressDisplay> display;
    job->on_start = [&](const RenderOutcome& known) {
        if (options.progress == ProgressKind::bar || options.progress == ProgressKind::plain)
            std::fprintf(stderr, "reelpool: engine %s (%s)\n", known.engine.c_str(),
                         known.engine_reason.c_str());
        for (const Warning& warning : known.warnings) warn(warning);
        display.emplace(options.progress, known.fps.to_double());
    };
    job->on_note = [&](const std::string& text) {
        if (display) display->finish();
        std::fprintf(stderr, "reelpool: %s\n", text.c_str());
    };
    job->on_progress = [&](const run::ExportProgress& progress) { display->update(progress); };

    RenderOutcome outcome;
    const Status done = render(*job, outcome);
    if (display) display->finish();
    context.engine = outcome.engine;
    context.engine_reason = outcome.engine_reason;
    context.paths = outcome.paths;
    context.comps = outcome.comps;
    context.warnings = outcome.warnings;
    context.cache_bytes = options.cache_bytes;
    context.frames_bytes = outcome.frames_bytes;
    context.sandbox = outcome.sandbox;
    context.segments = outcome.segments;
    context.sound = outcome.sound;
    context.compositor_restarts = outcome.compositor_restarts;
    if (outcome.result) {
        context.seconds = (Rational(outcome.result->frames) / outcome.fps).to_double();
        for (const Warning& warning : warnings_after(*outcome.result, outcome)) {
            if (done) warn(warning);
            context.warnings.push_back(warning);
        }
    }
    if (!done) {
        context.error = with_crash_dump(options, outcome, done.error());
        if (outcome.segments.kept > 0 && job->keeps_segments())
            job->on_note(std::to_string(outcome.segments.kept) + " of " +
                         std::to_string(outcome.segments.total) + " segments are kept in " +
                         options.output +
                         ".part: the same command with --resume goes on from there");
        return deliver_report(options, context, outcome.result, report_error(*context.error));
    }
    if (options.progress != ProgressKind::none && options.progress != ProgressKind::json)
        print_summary(options, *outcome.result, context.seconds);
    return deliver_report(options, context, outcome.result, 0);
}

}  // namespace reelpool::cli
