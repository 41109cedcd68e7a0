#include "orchestrator/cli/rendering.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <span>
#include <utility>

#include "ipc/process/child_process.hpp"
#include "ipc/shm/segment.hpp"
#include "orchestrator/run/segment_choice.hpp"

namespace reelpool::cli {
namespace {

constexpr std::uint32_t frames_in_flight = 3;

std::string count(std::size_t n, const char* what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

Result<UniqueFd> duplicate(const UniqueFd& file) {
    UniqueFd again(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
    if (!again)
        return unexpected(errno_error(Component::planner, "a file descriptor is missing", errno));
    return again;
}

/// The files that the engine's workers read, each opened once more where several read it.
Result<std::vector<run::MediaFile>> files_of(const run::Engine& engine,
                                             const std::vector<run::MediaFile>& media) {
    std::vector<run::MediaFile> files;
    for (std::uint32_t id = 0; id < engine.file_of.size(); ++id) {
        const run::MediaFile& file = media[engine.file_of[id].value];
        REELPOOL_TRY(again, duplicate(file.file));
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

/// Engine V1 has a worker for every clip, and one more for every medium's sound.
Status add_files_for_sound(const std::vector<run::MediaFile>& media,
                           std::vector<run::MediaFile>& files) {
    for (const run::MediaFile& file : media) {
        REELPOOL_TRY(again, duplicate(file.file));
        files.push_back({.id = MediaId{static_cast<std::uint32_t>(files.size())},
                         .path = file.path,
                         .file = std::move(again),
                         .is_sequence = file.is_sequence,
                         .pictures = {},
                         .open = file.open,
                         .identity = file.identity,
                         .root = file.root});
    }
    return ok();
}

/// What a worker reads: of the plan's, or of those for sound.
MediaId file_of(const run::Engine& engine, std::uint32_t worker) {
    const std::size_t planned = engine.file_of.size();
    return worker < planned ? engine.file_of[worker]
                            : MediaId{worker - static_cast<std::uint32_t>(planned)};
}

void retire_all(run::WorkerPool& workers) {
    const std::set<MediaId> running = workers.running();
    for (const MediaId media : running) workers.retire_worker(media);
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
        planned[file].add_planned(result.planned_files[i]);
        concealed[file].insert(result.concealed[i].begin(), result.concealed[i].end());
        held[file].insert(result.held[i].begin(), result.held[i].end());
    }
    for (std::uint32_t worker = 0; worker < result.files.size(); ++worker) {
        wire::WorkerCounters& of_file = counters[file_of(engine, worker).value];
        of_file = of_file + result.files[worker];
    }
    for (const MediaId worker : result.changed) changed.insert(file_of(engine, worker.value));
    result.files = std::move(counters);
    result.planned_files = std::move(planned);
    result.concealed = std::move(concealed);
    result.held = std::move(held);
    result.changed.assign(changed.begin(), changed.end());
    return result;
}

/// The code that decodes, as a digest of its program: its libraries are the compositor's.
std::string decoder_text() {
    std::ifstream file(companion_program("reelpool-decoder-worker"), std::ios::binary);
    std::array<char, 65536> block{};
    Digester digester;
    while (file.read(block.data(), block.size()), file.gcount() > 0)
        digester.add(
            std::as_bytes(std::span(block).first(static_cast<std::size_t>(file.gcount()))));
    return to_text(digester.digest());
}

std::string renderer_text(const wire::CompositorReady& ready) {
    return ready.encoder + " / " + ready.build + " / " + decoder_text() + " / " +
           ready.device.name + " / " + ready.device.driver;
}

}  // namespace

Rendering::Rendering(const RenderJob& job, ExportPreparation& prepared, run::OutputPlace& place,
                     const OutputSettings& settings, UniqueFd scratch, RenderOutcome& outcome)
    : job_(job),
      prepared_(prepared),
      place_(place),
      settings_(settings),
      scratch_(std::move(scratch)),
      outcome_(outcome),
      journal_(place.part_directory()) {
    outcome_.segments.total = segment_count(settings_);
}

Status Rendering::run() {
    for (;;) {
        Ending ending = Ending::final;
        Status done = attempt(ending);
        // It has ended before anything of what it wrote is looked at.
        compositor_.reset();
        outcome_.segments.kept = static_cast<std::uint32_t>(journal_.segments().size());
        if (done || ending == Ending::final || !may_try_again()) return done;
        ++outcome_.compositor_restarts;
        note("the compositor is restarted, " + std::to_string(journal_.segments().size()) + " of " +
             count(outcome_.segments.total, "segment") + " are there: " + done.error().what +
             (done.error().cause.empty() ? "" : " (" + done.error().cause + ")"));
        REELPOOL_TRY_STATUS(prepare_attempt());
    }
}

/// Nothing of the attempt before is left.
Status Rendering::prepare_attempt() {
    REELPOOL_TRY_STATUS(place_.drop_unfinished());
    prepared_.workers.reset();
    workers_.reset();
    loop_ = std::make_unique<EventLoop>();
    REELPOOL_TRY(workers, run::WorkerPool::start(*loop_, pool_options_of(job_.request)));
    workers_ = std::move(workers);
    return ok();
}

/// Twice at the same segment is once too often.
bool Rendering::may_try_again() {
    const std::size_t segments = journal_.segments().size();
    if (segments_at_last_death_ == segments) return false;
    segments_at_last_death_ = segments;
    return true;
}

Status Rendering::attempt(Ending& ending) {
    REELPOOL_TRY_STATUS(start_compositor());
    if (has_journal() && job_.earlier_segments == run::EarlierSegments::resume && !keys_) {
        if (Status status = resume(); !status) {
            if (compositor_->is_lost()) ending = Ending::compositor_lost;
            return status;
        }
    }
    return export_frames(ending);
}

Status Rendering::start_compositor() {
    REELPOOL_TRY(link, run::CompositorLink::start(loop(),
                                                  {.sandbox = job_.request.safety.sandbox,
                                                   .output_directory = place_.part_directory()},
                                                  job_.device.patience));
    compositor_ = std::move(link);
    compositor_->send(wire::Configure{.output = settings_,
                                      .device = job_.device.device,
                                      .access = job_.device.access,
                                      .frames_in_flight = frames_in_flight,
                                      .canvas_bytes = prepared_.survey.canvas_bytes});
    return send_tables();
}

/// The tables of effects, if there are any.
Status Rendering::send_tables() {
    const auto tables = std::as_bytes(prepared_.prepared.project.tables.floats());
    if (tables.empty() || is_sound_only(settings_.container)) return ok();
    constexpr std::uint64_t page = 4096;
    const std::uint64_t bytes = (tables.size() + page - 1) / page * page;
    REELPOOL_TRY(segment, create_segment("reelpool-tables", bytes));
    REELPOOL_TRY(mapping, Mapping::map(segment, bytes, Access::read_write));
    std::memcpy(mapping.data(), tables.data(), tables.size());
    REELPOOL_TRY(read_only, reopen_read_only(segment));
    const std::array readable{read_only.get()};
    compositor_->send(wire::LoadTables{bytes}, readable);
    return ok();
}

Status Rendering::wait_for_compositor() {
    std::optional<Error> lost;
    workers().set_events({.on_opened = [](MediaId, const wire::MediaOpened&) {},
                          .on_slots_ready = [](MediaId, const wire::SlotsReady&) {},
                          .on_lost = [](MediaId, const run::WorkerDeath&) {},
                          .on_zygote_lost =
                              [&](Error error) {
                                  lost = std::move(error);
                                  loop().stop();
                              }});
    REELPOOL_TRY_STATUS(compositor_->wait_until_ready());
    if (lost) return unexpected(std::move(*lost));
    return ok();
}

/// Finds out which segments of an earlier export can be reused.
Status Rendering::resume() {
    auto manifest = journal_.read();
    if (!manifest) {
        note("nothing can be resumed: " + manifest.error().what + " (" + manifest.error().cause +
             "); exporting from the start");
        return ok();
    }
    if (!*manifest) {
        note("there is nothing to resume; exporting from the start");
        return ok();
    }
    if ((*manifest)->is_torn)
        note("the list of finished segments is torn: what it lists before is used");
    REELPOOL_TRY_STATUS(wait_for_compositor());
    renderer_ = renderer_text(*compositor_->ready());
    keys_.emplace(prepared_.timeline(), prepared_.prepared.files.files, settings_, renderer_);
    run::SegmentChoice choice = run::choose_segments(journal_, **manifest, *keys_, settings_);
    const std::size_t reused = choice.reused.size();
    std::string text = "resuming: " + std::to_string(reused) + " of " +
                       count(outcome_.segments.total, "segment") + " can be reused";
    if (choice.changed > 0) text += ", " + std::to_string(choice.changed) + " changed";
    if (choice.damaged > 0) text += ", " + std::to_string(choice.damaged) + " damaged";
    if (choice.missing > 0) text += ", " + std::to_string(choice.missing) + " lost";
    const std::string why = reused == 0 ? run::difference_of((*manifest)->facts, facts()) : "";
    note(why.empty() ? text : text + ": " + why);
    outcome_.segments.reused = static_cast<std::uint32_t>(reused);
    return journal_.begin(facts(), std::move(choice.reused));
}

Status Rendering::on_ready(const wire::CompositorReady& ready) {
    if (!has_journal()) return ok();
    const std::string renderer = renderer_text(ready);
    if (!keys_) {
        renderer_ = renderer;
        keys_.emplace(prepared_.timeline(), prepared_.prepared.files.files, settings_, renderer_);
        return journal_.begin(facts(), {});
    }
    if (renderer == renderer_) return ok();
    return unexpected({.code = ErrorCode::retryable,
                       .component = Component::compositor,
                       .subject = ready.device.name,
                       .what = "the device or its driver is not the one that the export began with",
                       .cause = "segments of both would not fit together",
                       .hint = "export again with --device; --resume reuses what the device of the "
                               "finished segments made"});
}

run::Exporter::OnSealed Rendering::on_sealed() {
    return [this](const OutputSegment& segment, const wire::SegmentSealed& sealed,
                  run::MediaContent content) -> Status {
        // The key of what nobody knows is none that a later export can find.
        const Digest key =
            content == run::MediaContent::as_at_start ? keys_->of(segment) : Digest{};
        REELPOOL_TRY_STATUS(journal_.add(
            {.segment = segment, .key = key, .digest = sealed.digest, .bytes = sealed.bytes}));
        if (job_.keeps_segments()) place_.keep_segments();
        return ok();
    };
}

run::JournalFacts Rendering::facts() {
    run::JournalFacts facts{.engine = REELPOOL_VERSION,
                            .renderer = renderer_,
                            .output = run::output_text(settings_),
                            .frames = settings_.frame_count,
                            .segment_frames = segment_frames(settings_),
                            .fps = settings_.frame_rate.to_text(),
                            .range = {}};
    if (const auto& range = prepared_.geometry.range)
        facts.range = range->first.to_text() + ".." + range->second.to_text();
    for (const run::MediaFile& file : prepared_.prepared.files.files)
        facts.media.emplace_back(file.path, keys_->medium(file.id));
    return facts;
}

Result<run::Engine> Rendering::make_engine(const model::Timeline& timeline,
                                           const run::Survey& survey) const {
    return run::make_engine(prepared_.decision.kind, {timeline, prepared_.sources, survey},
                            prepared_.engine_options);
}

Status Rendering::export_frames(Ending& ending) {
    const bool is_whole = journal_.segments().empty() && segment_count(settings_) > 0;
    const model::Timeline timeline =
        prepared_.timeline().only(run::frames_beside(journal_.segments(), settings_));
    const run::Survey survey =
        is_whole ? prepared_.survey
                 : run::survey(timeline, prepared_.sources, prepared_.engine_options.cache_bytes);
    REELPOOL_TRY(engine, make_engine(timeline, survey));
    outcome_.frames_bytes = engine.frames_bytes;
    if (job_.on_start && !outcome_.result && outcome_.compositor_restarts == 0)
        job_.on_start(outcome_);
    if (engine.kind == run::EngineKind::v1) retire_all(workers());
    REELPOOL_TRY(files, files_of(engine, prepared_.prepared.files.files));
    if (engine.kind == run::EngineKind::v1 && settings_.sound)
        REELPOOL_TRY_STATUS(add_files_for_sound(prepared_.prepared.files.files, files));
    std::optional<run::DiskCache> disk;
    if (scratch_) {
        REELPOOL_TRY(scratch, duplicate(scratch_));
        disk.emplace(loop(), std::move(scratch));
    }
    const std::uint32_t there = frames_there();
    run::Exporter exporter(
        {.loop = loop(),
         .workers = workers(),
         .compositor = *compositor_,
         .timeline = timeline,
         .sound = settings_.sound ? &prepared_.timeline() : nullptr,
         .files = files,
         .sources = engine.sources,
         .media = prepared_.sources,
         .planner = *engine.planner,
         .disk = disk ? &*disk : nullptr},
        {.output = settings_,
         .keys_of = engine.keys_of,
         .budget_bytes = engine.frames_bytes,
         .view_bytes = survey.view_bytes,
         .changing_media = job_.changing_media,
         .bad_frame = job_.request.decoder.bad_frame,
         .engine = engine.kind,
         .on_progress =
             [&](run::ExportProgress progress) {
                 progress.frames_total += there;
                 progress.frames_before = there;
                 if (job_.on_progress) job_.on_progress(progress);
             },
         .on_ready = [this](const wire::CompositorReady& ready) { return on_ready(ready); },
         .on_sealed = has_journal() ? on_sealed() : nullptr,
         .on_note = [this](const std::string& text) { note(text); }});
    Status done = exporter.run();
    if (!done && compositor_->is_lost() && !exporter.is_stopping())
        ending = Ending::compositor_lost;
    run::ExportResult result = by_file(exporter.result(), engine, survey);
    outcome_.sandbox = workers().sandbox();
    if (!done) result.frames += there;
    add(std::move(result));
    return done;
}

void Rendering::add(run::ExportResult result) {
    if (outcome_.result)
        run::add_attempt(*outcome_.result, result);
    else
        outcome_.result = std::move(result);
    outcome_.segments.rendered = outcome_.result->segments_rendered;
}

void Rendering::note(const std::string& text) const {
    if (job_.on_note) job_.on_note(text);
}

/// Frames of the segments that are on the disk.
std::uint32_t Rendering::frames_there() const {
    std::uint32_t frames = 0;
    for (const auto& [index, entry] : journal_.segments()) frames += entry.segment.frame_count;
    return frames;
}

}  // namespace reelpool::cli
