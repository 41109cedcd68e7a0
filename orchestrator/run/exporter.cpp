#include "orchestrator/run/exporter.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "orchestrator/run/memory_meter.hpp"

namespace reelpool::run {
namespace {

/// How far the future is known exactly, in output frames: a minute at 30 fps.
constexpr std::uint32_t horizon_frames = 1800;
/// Resolving this many frames takes about as long as decoding one.
constexpr std::uint32_t frames_resolved_at_once = 128;
/// Draw lists that the compositor may have at once: its frames in flight and its encoder's queue.
constexpr std::size_t max_draws_outstanding = 10;
/// In a small cache they may be fewer: what they lease beyond this share is not lent further.
constexpr std::size_t min_draws_outstanding = 3;
constexpr std::uint64_t lease_share = 8;
constexpr std::uint32_t min_lookahead_frames = 12;
constexpr double max_lookahead_seconds = 3;
constexpr double start_ahead_seconds = 2;
constexpr double retire_after_seconds = 5;
constexpr std::uint32_t max_live_workers = 8;
constexpr std::chrono::milliseconds tick_interval{100};
constexpr std::uint32_t ticks_per_memory_sample = 10;
/// SCM_RIGHTS takes 253 descriptors; a sequence's pictures go in smaller parcels.
constexpr std::size_t max_steps_with_pictures = 64;

std::uint32_t frames_in(double seconds, const Rational& rate) {
    return std::max<std::uint32_t>(min_lookahead_frames,
                                   static_cast<std::uint32_t>(seconds * rate.to_double()));
}

}  // namespace

std::vector<plan::FrameKey> wants_of(const DrawList& list) {
    std::vector<plan::FrameKey> wants;
    for (const DrawGroup& group : list.groups)
        for (const DrawLayer& layer : group.layers)
            if (layer.kind == LayerKind::frame)
                wants.push_back({layer.frame.media, layer.frame.frame, layer.frame.level});
    return wants;
}

Exporter::Exporter(Parts parts, plan::Scheduler& scheduler, Options options)
    : loop_(parts.loop),
      workers_(parts.workers),
      compositor_(parts.compositor),
      timeline_(parts.timeline),
      files_(parts.files),
      place_(parts.place),
      scheduler_(scheduler),
      options_(std::move(options)),
      rings_(workers_, compositor_),
      lookahead_(min_lookahead_frames) {
    result_.concealed.resize(files_.size());
}

Status Exporter::run() {
    REELPOOL_TRY(mirror, LedgerMirror::create());
    ledger_ = std::move(mirror);
    begun_ = Clock::now();
    workers_.set_events(
        {.on_opened = [this](MediaId id, const wire::MediaOpened& m) { on_worker_opened(id, m); },
         .on_slots_ready = [this](MediaId id,
                                  const wire::SlotsReady& report) { on_slots_ready(id, report); },
         .on_failed = [this](MediaId id, Error error) { on_worker_failed(id, std::move(error)); },
         .on_zygote_lost = [this](Error error) { fail(std::move(error)); }});
    compositor_.set_events(
        {.on_message = [this](const wire::FromCompositor& m) { on_compositor(m); },
         .on_failed = [this](Error error) { fail(std::move(error)); }});
    compositor_.send(options_.configure);
    const auto signals = loop_.on_termination([this](int) {
        fail({.code = ErrorCode::cancelled,
              .component = Component::output,
              .subject = {},
              .what = "the export was stopped",
              .cause = {},
              .hint = {}});
    });
    tick_ = loop_.after(tick_interval, [this] { on_tick(); });
    loop_.post([this] { pump(); });
    loop_.run();
    tick_.cancel();
    elapsed_ = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_);
    if (error_) return unexpected(std::move(*error_));
    REELPOOL_CHECK(is_finished_);
    return ok();
}

void Exporter::fail(Error error) {
    if (!error_) error_ = std::move(error);
    loop_.stop();
}

// A worker that stumbles over a file that somebody writes to: that is the thing to say.
void Exporter::on_worker_failed(MediaId media, Error error) {
    if (Status status = check_unchanged(media); !status) error = std::move(status).error();
    fail(std::move(error));
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
    if (opened.info != scheduler_.media(media).info) {
        fail({.code = ErrorCode::media,
              .component = Component::shared_decoder,
              .subject = files_[media.value].path,
              .what = "the file changed while it was in use",
              .cause = {},
              .hint = "start the export again when nothing writes to it"});
        return;
    }
    rings_.adopt(media);
    pump();
}

void Exporter::on_slots_ready(MediaId media, const wire::SlotsReady& report) {
    if (Status status = scheduler_.on_slots_ready(media, report); !status) {
        Error error = std::move(status).error();
        error.subject = files_[media.value].path;
        fail(std::move(error));
        return;
    }
    for (const wire::SlotReady& slot : report.slots)
        if (slot.is_concealed) result_.concealed[media.value].insert(slot.frame.value);
    pump();
}

void Exporter::on_compositor(const wire::FromCompositor& message) {
    if (const auto* const ready = std::get_if<wire::CompositorReady>(&message)) {
        compositor_is_ready_ = true;
        result_.compositor = *ready;
        rings_.open_view(ready->view_bytes);
        if (options_.view_bytes > ready->view_bytes) {
            fail({.code = ErrorCode::limit,
                  .component = Component::compositor,
                  .subject = ready->device.name,
                  .what = "the layers of one output frame exceed what the device sees at once",
                  .cause = std::to_string(options_.view_bytes >> 20) + " MiB of decoded frames, " +
                           std::to_string(ready->view_bytes >> 20) + " MiB can be seen",
                  .hint = "show fewer or smaller pictures at once"});
            return;
        }
        if (Status status = place_.lock_part(); !status) {
            fail(std::move(status).error());
            return;
        }
        pump();
    } else if (const auto* const done = std::get_if<wire::FramesDone>(&message)) {
        on_frames_done(*done);
    } else if (const auto* const finished = std::get_if<wire::OutputFinished>(&message)) {
        on_finished(*finished);
    }
}

void Exporter::on_frames_done(const wire::FramesDone& done) {
    for (const OutputIndex frame : done.frames) {
        const auto entry = drawn_.find(frame);
        if (entry == drawn_.end()) {
            fail({.code = ErrorCode::internal,
                  .component = Component::compositor,
                  .subject = {},
                  .what = "the compositor finished a frame that it was not given",
                  .cause = {},
                  .hint = {}});
            return;
        }
        scheduler_.release(entry->second);
        drawn_.erase(entry);
    }
    result_.frames = done.frames_encoded;
    result_.composition = done.counters;
    pump();
}

void Exporter::on_finished(const wire::OutputFinished& finished) {
    result_.frames = finished.frames;
    result_.output_bytes = finished.bytes;
    result_.composition = finished.counters;
    for (const MediaFile& file : files_) {
        if (Status status = check_unchanged(file.id); !status) {
            fail(std::move(status).error());
            return;
        }
    }
    is_finished_ = true;
    compositor_.expect_end();
    loop_.stop();
}

void Exporter::pump() {
    if (error_ || is_finished_) return;
    extend_future();
    // What is kept from the first frames on depends on what comes later.
    if (!is_foreseen_) return;
    start_and_retire_workers();
    if (Status status = give_orders(); !status) {
        fail(std::move(status).error());
        return;
    }
    draw_ready_frames();
    adapt_lookahead();
    ledger_->show_slots(scheduler_.cache());
}

void Exporter::extend_future() {
    const plan::Future& future = scheduler_.future();
    const std::uint32_t total = timeline_.frame_count();
    const std::uint32_t end = std::min(total, future.begin() + horizon_frames);
    const std::uint32_t step_end = std::min(end, future.end() + frames_resolved_at_once);
    while (future.end() < step_end)
        scheduler_.append(wants_of(timeline_.frame(OutputIndex{future.end()})));
    is_foreseen_ = is_foreseen_ || future.end() >= std::min(end, plan::foreseen_frames);
    // The rest follows after whatever the loop has to do.
    if (future.end() < end) loop_.post([this] { pump(); });
}

void Exporter::start_and_retire_workers() {
    const plan::Future& future = scheduler_.future();
    const Rational& rate = options_.configure.output.frame_rate;
    const auto wanted_within = [&](double seconds) {
        std::set<MediaId> wanted;
        const std::uint32_t end = std::min(future.end(), future.begin() + frames_in(seconds, rate));
        for (std::uint32_t n = future.begin(); n < end; ++n)
            for (const plan::FrameKey& key : future.wants(n)) wanted.insert(key.media);
        return wanted;
    };
    const std::uint32_t now_end = std::min(future.end(), future.begin() + lookahead_);
    for (std::uint32_t n = future.begin(); n < now_end; ++n)
        for (const plan::FrameKey& key : future.wants(n))
            if (!workers_.has_worker(key.media) && !scheduler_.cache().find(key))
                workers_.start_worker(files_[key.media.value]);
    if (workers_.live_count() < max_live_workers) {
        for (const MediaId media : wanted_within(start_ahead_seconds)) {
            if (workers_.live_count() >= max_live_workers) break;
            if (!workers_.has_worker(media)) workers_.start_worker(files_[media.value]);
        }
    }
    const double patience =
        workers_.live_count() > max_live_workers ? start_ahead_seconds : retire_after_seconds;
    const std::set<MediaId> soon = wanted_within(patience);
    const std::set<MediaId> running = workers_.running();
    for (const MediaId media : running) {
        if (soon.contains(media) || !scheduler_.is_idle(media)) continue;
        workers_.retire_worker(media);
        scheduler_.on_worker_gone(media);
        scheduler_.cache().drop_dead(media);
    }
}

Status Exporter::give_orders() {
    const std::uint32_t window_end = scheduler_.future().begin() + lookahead_;
    const std::vector<plan::Command> commands = scheduler_.schedule(window_end, workers_.running());
    const auto changes = scheduler_.cache().take_changes();
    REELPOOL_TRY_STATUS(rings_.apply(changes));
    ledger_->apply(changes, workers_);
    for (const plan::Command& command : commands) {
        if (const auto* const decode = std::get_if<plan::DecodeAt>(&command);
            decode != nullptr && files_[decode->media.value].is_sequence) {
            REELPOOL_TRY_STATUS(attach_pictures(decode->message, decode->media));
        } else {
            send(command);
        }
    }
    return ok();
}

void Exporter::send(const plan::Command& command) {
    std::visit([&](const auto& order) { workers_.send(order.media, order.message); }, command);
}

Status Exporter::attach_pictures(const wire::Decode& decode, MediaId media) {
    const MediaFile& file = files_[media.value];
    for (std::size_t first = 0; first < decode.steps.size(); first += max_steps_with_pictures) {
        const std::size_t count = std::min(max_steps_with_pictures, decode.steps.size() - first);
        wire::Decode parcel{.cursor = decode.cursor,
                            .seek_to = first == 0 ? decode.seek_to : wire::no_seek,
                            .steps = {}};
        std::vector<UniqueFd> pictures;
        std::vector<int> descriptors;
        for (std::size_t i = first; i < first + count; ++i) {
            const std::string& path = file.pictures.at(decode.steps[i].frame.value);
            REELPOOL_TRY(picture, open_regular(path, path));
            descriptors.push_back(picture.get());
            pictures.push_back(std::move(picture));
            parcel.steps.push_back(decode.steps[i]);
        }
        workers_.send(media, parcel, descriptors);
    }
    return ok();
}

bool Exporter::may_draw_another() const {
    if (drawn_.size() < min_draws_outstanding) return true;
    const plan::FrameCache& cache = scheduler_.cache();
    return drawn_.size() < max_draws_outstanding &&
           cache.leased_bytes() * lease_share < cache.budget_bytes();
}

Result<bool> Exporter::show_front() {
    std::set<SegmentId> segments;
    const plan::Future& future = scheduler_.future();
    for (const plan::FrameKey& key : future.wants(future.begin()))
        segments.insert(scheduler_.cache().find(key)->segment);
    REELPOOL_TRY(is_shown, rings_.show(segments, scheduler_.cache()));
    if (is_shown || !drawn_.empty()) return is_shown;
    // Room for it there is; what is shown already leaves it in pieces.
    return rings_.show_alone(segments);
}

void Exporter::draw_ready_frames() {
    const plan::Future& future = scheduler_.future();
    const std::uint32_t total = timeline_.frame_count();
    while (compositor_is_ready_ && future.begin() < total && may_draw_another() &&
           scheduler_.is_front_ready()) {
        const Result<bool> shown = show_front();
        if (!shown) {
            fail(shown.error());
            return;
        }
        if (!*shown) break;
        DrawList list = timeline_.frame(OutputIndex{future.begin()});
        auto slots = scheduler_.take_front();
        for (DrawGroup& group : list.groups) {
            for (DrawLayer& layer : group.layers) {
                if (layer.kind != LayerKind::frame) continue;
                const FrameSource& source = layer.frame;
                const auto ref = slots.at({source.media, source.frame, source.level});
                layer.frame.slot = {ref.segment,
                                    scheduler_.cache().segment(ref.segment).slot_bytes * ref.slot};
            }
        }
        drawn_.emplace(list.output, std::move(slots));
        compositor_.send(wire::Draw{std::move(list)});
        loop_.post([this] { pump(); });
    }
    if (future.begin() == total && !finish_is_sent_ && compositor_is_ready_) {
        finish_is_sent_ = true;
        compositor_.send(wire::FinishOutput{});
    }
}

void Exporter::adapt_lookahead() {
    const bool starves = compositor_is_ready_ && drawn_.empty() && !finish_is_sent_;
    if (starves && !starving_since_) {
        starving_since_ = Clock::now();
        const std::uint32_t most =
            frames_in(max_lookahead_seconds, options_.configure.output.frame_rate);
        lookahead_ = std::min(most, lookahead_ + 2);
    } else if (!starves && starving_since_) {
        starved_ +=
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - *starving_since_);
        starving_since_.reset();
    }
}

void Exporter::on_tick() {
    if (error_ || is_finished_) return;
    if (ticks_++ % ticks_per_memory_sample == 0) sample_memory();
    show();
    if (options_.on_progress) options_.on_progress(progress());
    tick_ = loop_.after(tick_interval, [this] { on_tick(); });
}

void Exporter::sample_memory() {
    std::vector<pid_t> processes{::getpid(), workers_.zygote_pid(), compositor_.pid()};
    for (const auto& view : workers_.view())
        if (view.pid > 0) processes.push_back(view.pid);
    result_.memory_peak_bytes = std::max(
        result_.memory_peak_bytes, private_bytes(processes) + scheduler_.cache().used_bytes());
}

void Exporter::show() {
    ledger_->show_processes(workers_, &compositor_, files_, scheduler_);
    ledger::Totals totals{};
    totals.frames_total = timeline_.frame_count();
    totals.frames_sent = scheduler_.future().begin();
    totals.frames_done = totals.frames_sent - static_cast<std::uint32_t>(drawn_.size());
    totals.frames_encoded = result_.frames;
    totals.budget_bytes = scheduler_.cache().budget_bytes();
    totals.segment_bytes = scheduler_.cache().used_bytes();
    totals.peak_segment_bytes = scheduler_.cache().peak_bytes();
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
            .cache_bytes = scheduler_.cache().used_bytes()};
}

ExportResult Exporter::result() const {
    ExportResult result = result_;
    result.elapsed = elapsed_;
    for (const MediaFile& file : files_) {
        result.files.push_back(workers_.counters(file.id));
        result.file_statistics.push_back(scheduler_.statistics(file.id));
    }
    result.workers_started = workers_.started();
    result.cursors_peak = scheduler_.cursors_peak();
    result.segments_shown_again = rings_.shown_again();
    result.cache_budget_bytes = scheduler_.cache().budget_bytes();
    result.cache_peak_bytes = scheduler_.cache().peak_bytes();
    result.decode_wait = std::chrono::duration_cast<std::chrono::milliseconds>(starved_);
    return result;
}

}  // namespace reelpool::run
