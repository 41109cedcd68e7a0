#include "orchestrator/run/exporter.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "ipc/base/cpu_time.hpp"
#include "orchestrator/run/memory_meter.hpp"

namespace reelpool::run {
namespace {

/// Draw lists that the compositor may have at once: its frames in flight and its encoder's queue.
constexpr std::size_t max_draws_outstanding = 10;
/// In a small cache they may be fewer: what they lease beyond this share is not lent further.
constexpr std::size_t min_draws_outstanding = 3;
constexpr std::uint64_t lease_share = 8;
constexpr std::uint32_t min_lookahead_frames = 12;
constexpr double max_lookahead_seconds = 3;
/// Planned beforehand, so that workers are there when they are needed.
constexpr double plan_ahead_seconds = 2;
constexpr std::chrono::milliseconds tick_interval{100};
/// Short exports are looked at more often.
constexpr std::uint32_t ticks_per_memory_sample = 10;
constexpr std::uint32_t first_ticks = 100;
constexpr std::uint32_t first_ticks_per_memory_sample = 3;

std::uint32_t frames_in(double seconds, const Rational& rate) {
    return std::max<std::uint32_t>(min_lookahead_frames,
                                   static_cast<std::uint32_t>(seconds * rate.to_double()));
}

/// A part of the program failed, and not the project, a medium or the user.
bool is_crash(const Error& error) {
    switch (error.code) {
        case ErrorCode::internal:
        case ErrorCode::decode:
        case ErrorCode::render:
        case ErrorCode::output:
        case ErrorCode::retryable:
            return true;
        case ErrorCode::usage:
        case ErrorCode::project:
        case ErrorCode::media:
        case ErrorCode::limit:
        case ErrorCode::cancelled:
            break;
    }
    return false;
}

}  // namespace

Exporter::Exporter(Parts parts, Options options)
    : loop_(parts.loop),
      workers_(parts.workers),
      compositor_(parts.compositor),
      timeline_(parts.timeline),
      files_(parts.files),
      sources_(parts.sources),
      media_(parts.media),
      planner_(parts.planner),
      disk_(parts.disk),
      options_(std::move(options)),
      rings_(workers_, compositor_),
      world_(workers_, rings_, files_, disk_),
      runner_(planner_, world_, sources_,
              {.budget_bytes = options_.budget_bytes,
               .planned_frames = frames_in(plan_ahead_seconds, options_.output.frame_rate),
               .bad_frame = options_.bad_frame}),
      lookahead_(min_lookahead_frames) {
    result_.concealed.resize(sources_.size());
    if (parts.sound == nullptr) return;
    // The plan's workers are one for each medium, or the sound has some of its own behind them.
    const bool has_own = files_.size() > sources_.size();
    sound_.emplace(ExportSound::Parts{
        .workers = workers_,
        .compositor = compositor_,
        .world = world_,
        .pictures = runner_,
        .timeline = *parts.sound,
        .media = media_,
        .first_worker = {has_own ? static_cast<std::uint32_t>(sources_.size()) : 0},
        .bad_block = options_.bad_frame == plan::PlanRunner::BadFrame::hold
                         ? plan::SoundRunner::BadBlock::silence
                         : plan::SoundRunner::BadBlock::refuse});
}

Status Exporter::run() {
    REELPOOL_TRY(mirror, LedgerMirror::create());
    ledger_ = std::move(mirror);
    begun_ = Clock::now();
    workers_.set_events(
        {.on_opened = [this](MediaId id, const wire::MediaOpened& m) { on_worker_opened(id, m); },
         .on_slots_ready = [this](MediaId id,
                                  const wire::SlotsReady& report) { on_slots_ready(id, report); },
         .on_lost = [this](MediaId id, const WorkerDeath& death) { on_worker_lost(id, death); },
         .on_sound_ready =
             [this](MediaId id, const wire::SoundReady& ready) {
                 on_sound(id, sound_->on_ready(id, ready));
             },
         .on_sound_failed =
             [this](MediaId id, const wire::SoundFailed& failed) {
                 on_sound(id, sound_->on_failed(id, failed));
             },
         .on_zygote_lost = [this](Error error) { fail(std::move(error)); }});
    compositor_.set_events(
        {.on_message = [this](const wire::FromCompositor& m) { on_compositor(m); },
         .on_failed = [this](Error error) { fail(std::move(error)); }});
    if (disk_ != nullptr)
        disk_->set_events([this](const std::vector<DiskCache::Done>& done) { on_disk_done(done); });
    if (compositor_.ready()) loop_.post([this] { on_ready(*compositor_.ready()); });
    const auto signals = loop_.on_termination([this](int) { on_signal(); });
    tick_ = loop_.after(tick_interval, [this] { on_tick(); });
    loop_.post([this] { pump(); });
    loop_.run();
    tick_.cancel();
    elapsed_ = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_);
    if (error_) {
        if (is_crash(*error_)) {
            show();
            result_.crash = crash_facts();
        }
        return unexpected(std::move(*error_));
    }
    REELPOOL_CHECK(is_finished_);
    return ok();
}

void Exporter::fail(Error error) {
    if (!error_) error_ = std::move(error);
    loop_.stop();
}

// Of a sequence, the first picture stands for all.
Status Exporter::check_unchanged(MediaId media) {
    const MediaFile& file = files_[media.value];
    if (identity_of(file.file) == file.identity) return ok();
    if (options_.changing_media == ChangingMedia::allow) {
        auto& changed = result_.changed;
        if (std::find(changed.begin(), changed.end(), media) == changed.end())
            changed.push_back(media);
        return ok();
    }
    return unexpected({.code = ErrorCode::media,
                       .component = Component::project,
                       .subject = file.path,
                       .what = "the file changed while it was exported",
                       .cause = "its size or its times are not what they were at the start",
                       .hint = "start again when nothing writes to it, or use --allow-changing"});
}

void Exporter::on_worker_opened(MediaId media, const wire::MediaOpened& opened) {
    if (Status status = check_unchanged(media); !status) {
        fail(std::move(status).error());
        return;
    }
    // The plan counts on what the first worker found. (A sequence's pictures are counted here.)
    const plan::MediaSource& known = source_of(media);
    const bool has_same_frames = files_[media.value].is_sequence || opened.table == known.table;
    if (opened.info != known.info || !has_same_frames) {
        fail({.code = ErrorCode::media,
              .component = Component::shared_decoder,
              .subject = files_[media.value].path,
              .what = "the file changed while it was in use",
              .cause = has_same_frames ? "its picture is not what it was"
                                       : "its frames are not what they were",
              .hint = "start the export again when nothing writes to it"});
        return;
    }
    rings_.adopt(media);
    if (sound_) sound_->on_worker_opened(media);
    pump();
}

void Exporter::on_slots_ready(MediaId media, const wire::SlotsReady& report) {
    // A worker for sound alone has no cursors.
    Status status = media.value < sources_.size()
                        ? runner_.on_slots_ready(media, report)
                        : plan::protocol_violation("it reported from a cursor it was not given");
    if (!status) {
        Error error = std::move(status).error();
        error.subject = files_[media.value].path;
        if (plan::is_protocol_violation(error))
            workers_.condemn(media, std::move(error));
        else
            fail(std::move(error));
        return;
    }
    for (const wire::SlotReady& slot : report.slots)
        if (slot.is_concealed) result_.concealed[media.value].insert(slot.frame.value);
    pump();
}

void Exporter::on_disk_done(const std::vector<DiskCache::Done>& done) {
    for (const DiskCache::Done& one : done) runner_.on_disk_done(one.turn, one.outcome);
    pump();
}

void Exporter::pump() {
    if (error_ || is_finished_) return;
    // First: the workers that sound wants are not retired for want of pictures.
    if (Status status = pump_sound(); !status) {
        fail(std::move(status).error());
        return;
    }
    const std::uint32_t end =
        std::min(runner_.front() + lookahead_, stop_at_.value_or(plan::never));
    if (Status status = runner_.run_until(end); !status) {
        fail(std::move(status).error());
        return;
    }
    // Pictures may have been recovering.
    if (Status status = pump_sound(); !status) {
        fail(std::move(status).error());
        return;
    }
    draw_ready_frames();
    adapt_lookahead();
    ledger_->apply(world_.take_changes(), workers_, LedgerMirror::Holding::pictures);
    ledger_->show_slots(runner_.slots());
    if (sound_) {
        ledger_->apply(sound_->workers().take_changes(), workers_, LedgerMirror::Holding::sound);
        ledger_->show_sound(sound_->runner());
    }
}

bool Exporter::may_draw_another() const {
    if (runner_.being_drawn() < min_draws_outstanding) return true;
    return runner_.being_drawn() < max_draws_outstanding &&
           runner_.slots().leased_bytes() * lease_share < options_.budget_bytes;
}

Result<bool> Exporter::show_front() {
    const std::set<SegmentId> segments = runner_.front_segments();
    REELPOOL_TRY(is_shown, rings_.show(segments, runner_.slots()));
    if (is_shown || runner_.being_drawn() > 0) return is_shown;
    // Room for it there is; what is shown already leaves it in pieces.
    return rings_.show_alone(segments);
}

void Exporter::draw_front() {
    model::ResolvedFrame frame = timeline_.resolve(OutputIndex{runner_.front()});
    const std::vector<plan::FrameKey> keys = options_.keys_of(frame);
    const auto places = runner_.take_front();
    auto key = keys.begin();
    for_each_layer(frame.list, [&](DrawLayer& layer) {
        if (layer.kind != LayerKind::frame) return;
        const plan::PlanRunner::Place& place = places.at(*key++);
        layer.frame.slot = {place.segment, place.offset_bytes};
    });
    if ((frame.list.output.value + 1) % segment_frames(options_.output) == 0 ||
        frame.list.output.value + 1 == options_.output.frame_count)
        ++segments_drawn_;
    compositor_.send(wire::Draw{std::move(frame.list)});
}

void Exporter::draw_ready_frames() {
    const std::uint32_t total = std::min(timeline_.frame_count(), stop_at_.value_or(plan::never));
    while (compositor_is_ready_ && runner_.front() < total && may_draw_another() &&
           runner_.is_front_ready()) {
        const Result<bool> shown = show_front();
        if (!shown) {
            fail(shown.error());
            return;
        }
        if (!*shown) break;
        draw_front();
        loop_.post([this] { pump(); });
    }
    note_wait(total);
    finish_if_all_is_sent();
}

void Exporter::finish_if_all_is_sent() {
    if (runner_.front() < timeline_.frame_count() || stop_at_ || finish_is_sent_ ||
        !compositor_is_ready_ || (sound_ && !sound_->is_done()))
        return;
    finish_is_sent_ = true;
    compositor_.send(wire::FinishOutput{});
}

/// After everything was drawn that could be.
void Exporter::note_wait(std::uint32_t total) {
    const std::uint32_t front = runner_.front();
    const bool waits = compositor_is_ready_ && front < total && may_draw_another() &&
                       !runner_.is_front_ready();
    wait_.look(waits ? std::optional(front) : std::nullopt, Clock::now());
}

void Exporter::adapt_lookahead() {
    const bool starves = compositor_is_ready_ && runner_.being_drawn() == 0 && !finish_is_sent_;
    if (starves && !starving_since_) {
        starving_since_ = Clock::now();
        const std::uint32_t most = frames_in(max_lookahead_seconds, options_.output.frame_rate);
        lookahead_ = std::min(most, lookahead_ + 2);
    } else if (!starves && starving_since_) {
        starved_ +=
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - *starving_since_);
        starving_since_.reset();
    }
}

void Exporter::on_tick() {
    if (error_ || is_finished_) return;
    const std::uint32_t interval =
        ticks_ < first_ticks ? first_ticks_per_memory_sample : ticks_per_memory_sample;
    if (ticks_++ % interval == 0) sample_memory();
    show();
    if (options_.on_progress) options_.on_progress(progress());
    tick_ = loop_.after(tick_interval, [this] { on_tick(); });
}

void Exporter::sample_memory() {
    std::vector<pid_t> processes{::getpid(), workers_.zygote_pid(), compositor_.pid()};
    for (const auto& view : workers_.view())
        if (view.pid > 0) processes.push_back(view.pid);
    result_.memory_peak_bytes =
        std::max(result_.memory_peak_bytes, private_bytes(processes) + segment_bytes());
}

void Exporter::show() {
    ledger_->show_processes(workers_, &compositor_, files_, runner_);
    ledger::Totals totals{};
    totals.frames_total = timeline_.frame_count();
    totals.frames_sent = runner_.front();
    totals.frames_done = totals.frames_sent - static_cast<std::uint32_t>(runner_.being_drawn());
    totals.frames_encoded = result_.frames;
    totals.budget_bytes = options_.budget_bytes;
    totals.segment_bytes = segment_bytes();
    totals.peak_segment_bytes =
        runner_.slots().peak_bytes() + (sound_ ? sound_->runner().peak_bytes() : 0);
    for (const MediaFile& file : files_) {
        const wire::WorkerCounters counters = workers_.counters(file.id);
        totals.frames_decoded += counters.frames_decoded;
        totals.seeks += counters.seeks;
    }
    ledger_->show_totals(totals);
}

ExportProgress Exporter::progress() const {
    return {.frames_total = timeline_.frame_count(),
            .frames_encoded = result_.frames,
            .elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_),
            .workers = workers_.live_count(),
            .cache_bytes = runner_.slots().used_bytes(),
            .frames_to_stop = stop_at_ ? *stop_at_ - std::min(*stop_at_, result_.frames) : 0};
}

ExportResult Exporter::result() const {
    ExportResult result = result_;
    result.elapsed = elapsed_;
    for (const MediaFile& file : files_) {
        result.files.push_back(workers_.counters(file.id));
        if (file.id.value >= sources_.size()) continue;
        result.planned_files.push_back(planner_.statistics(file.id));
        result.held.push_back(runner_.held_frames(file.id));
    }
    if (sound_) result.sound_decoding = sound_->result();
    result.lost = losses_.by_file();
    result.workers_started = workers_.started();
    result.workers_restarted = workers_.restarted();
    result.zygotes_restarted = workers_.zygotes_restarted();
    result.frames_decoded_again = runner_.frames_decoded_again();
    result.planned = planner_.statistics();
    if (disk_ != nullptr) result.disk = DiskResult{runner_.disk_counts(), disk_->first_failure()};
    result.segments_shown_again = rings_.shown_again();
    result.cache_peak_bytes = runner_.slots().peak_bytes();
    result.orchestrator_cpu_us = process_cpu_us();
    // What an end of a channel takes is measured here only; the other one takes about as much.
    ChannelTraffic traffic = workers_.traffic();
    traffic += compositor_.traffic();
    result.message_cpu_us = 2 * traffic.cpu_ns / 1000;
    result.longest_wait = wait_.longest();
    result.decode_wait = std::chrono::duration_cast<std::chrono::milliseconds>(starved_);
    return result;
}

}  // namespace reelpool::run
