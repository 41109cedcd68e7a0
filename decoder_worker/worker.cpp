#include "decoder_worker/worker.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "ipc/base/cpu_time.hpp"

namespace reelpool::worker {
namespace {

constexpr std::uint32_t max_threads = 64;
constexpr std::size_t max_cursors = 64;
constexpr std::size_t max_open_steps = 65536;  // per cursor
constexpr std::uint32_t max_open_blocks = 4096;

/// The orchestrator broke the protocol: a bug of ours, named.
Unexpected broken_order(std::string what) {
    return unexpected({.code = ErrorCode::internal,
                       .component = Component::worker,
                       .subject = {},
                       .what = std::move(what),
                       .cause = {},
                       .hint = {}});
}

Unexpected no_sandbox(const SandboxLevel& level) {
    return unexpected(
        {.code = ErrorCode::decode,
         .component = Component::worker,
         .subject = "--sandbox require",
         .what = "this machine cannot give decoders the whole sandbox",
         .cause = "missing: " + gaps_text(level),
         .hint =
             "use a kernel, or a container, that allows it; or --sandbox best-effort, for files "
             "that you trust"});
}

}  // namespace

Worker::Worker(EventLoop& loop, UniqueFd channel)
    : loop_(loop),
      reports_(std::make_shared<BlockingQueue<Report>>()),
      counters_(std::make_shared<Counters>()),
      progress_(std::make_shared<Progress>([report = reporter()] { report(Moved{}); })),
      channel_(
          loop, std::move(channel), ChannelLimits{.accepts_descriptors = true},
          [this](std::vector<std::byte> bytes, std::vector<UniqueFd> descriptors) {
              receive(std::move(bytes), std::move(descriptors));
          },
          [this](const Error&) { loop_.stop(); }) {}

Worker::~Worker() {
    if (opening_.joinable()) opening_.join();
}

// Whoever fills the empty queue wakes the loop; one wake takes everything that is there by then.
Reporter Worker::reporter() {
    return [this, reports = reports_](Report report) {
        if (reports->push(std::move(report)) == BlockingQueue<Report>::Found::empty)
            loop_.post([this] { take_reports(); });
    };
}

void Worker::receive(std::vector<std::byte> bytes, std::vector<UniqueFd> descriptors) {
    if (state_ == State::failed) return;
    auto message = wire::decode_to_worker(bytes);
    if (!message) {
        fail(std::move(message).error(), wire::no_seek);
        return;
    }
    Status status = ok();
    try {
        status =
            std::visit([&](const auto& known) { return handle(known, descriptors); }, *message);
    } catch (const std::system_error& error) {
        // The system has no thread left for it.
        status = unexpected(
            errno_error(Component::worker, "a thread cannot be started", error.code().value()));
    }
    if (!status) fail(std::move(status).error(), wire::no_seek);
}

Status Worker::handle(const wire::OpenMedia& message, std::vector<UniqueFd>& descriptors) {
    if (state_ != State::waiting) return broken_order("a second file was given to a worker");
    if (sandbox_.mode == SandboxMode::require && !sandbox_.is_full()) return no_sandbox(sandbox_);
    const bool has_entry = message.table_entry == wire::TableEntry::given;
    if (descriptors.empty()) return broken_order("OpenMedia carries no file");
    if (descriptors.size() != (has_entry ? 2 : 1))
        return broken_order("OpenMedia carries a wrong number of descriptors");
    UniqueFd entry = has_entry ? std::move(descriptors[1]) : UniqueFd();
    state_ = State::opening;
    // In a thread of its own, so that the end of the channel ends a long scan, too.
    opening_ = std::thread([report = reporter(), message, fd = std::move(descriptors.front()),
                            entry = std::move(entry), progress = progress_]() mutable {
        auto media = open_media(std::move(fd), message, std::move(entry), std::move(progress));
        if (media)
            report(MediaReady{std::move(*media)});
        else
            report(Failed{std::move(media).error(), {}, wire::no_seek});
    });
    return ok();
}

Status Worker::handle(const wire::AddSegment& message, std::vector<UniqueFd>& descriptors) {
    if (descriptors.size() != 1) return broken_order("AddSegment carries no segment");
    REELPOOL_TRY(mapping, Mapping::map(descriptors.front(), message.bytes, Access::read_write));
    const auto [at, is_new] =
        segments_.emplace(message.segment, std::make_shared<Mapping>(std::move(mapping)));
    if (!is_new) return broken_order("a segment was added twice");
    return ok();
}

Status Worker::handle(const wire::DropSegment& message, std::vector<UniqueFd>&) {
    if (segments_.erase(message.segment) == 0)
        return broken_order("a segment was dropped that was never added");
    return ok();
}

Status Worker::handle(const wire::OpenCursor& message, std::vector<UniqueFd>&) {
    if (state_ != State::serving || !media_->info.has_pictures)
        return broken_order("a cursor was opened before its medium, or of one without pictures");
    if (cursors_.contains(message.cursor)) return broken_order("a cursor was opened twice");
    if (cursors_.size() >= max_cursors) return broken_order("too many cursors were opened");
    const auto threads = static_cast<int>(std::clamp(message.threads, 1U, max_threads));
    cursors_.emplace(message.cursor,
                     std::make_unique<DecodeThread>(message.cursor, media_, threads, counters_,
                                                    progress_, reporter()));
    return ok();
}

Status Worker::handle(const wire::CloseCursor& message, std::vector<UniqueFd>&) {
    const auto cursor = cursors_.find(message.cursor);
    if (cursor == cursors_.end() || cursor->second->is_closing())
        return broken_order("a cursor was closed that is not open");
    cursor->second->close();
    return ok();
}

Status Worker::handle(const wire::Decode& message, std::vector<UniqueFd>& descriptors) {
    const auto cursor = cursors_.find(message.cursor);
    if (cursor == cursors_.end() || cursor->second->is_closing())
        return broken_order("decoding was asked of an unknown cursor");
    if (cursor->second->steps_open() + message.steps.size() > max_open_steps)
        return broken_order("too many steps were asked of a cursor at once");
    const bool is_sequence = media_->wishes.is_sequence;
    if (descriptors.size() != (is_sequence ? message.steps.size() : 0))
        return broken_order("Decode carries a wrong number of descriptors");
    const std::uint32_t frame_count = media_->shown_frames();
    std::optional<std::uint32_t> keyframe;
    if (message.seek_to != wire::no_seek) keyframe = message.seek_to;
    for (std::size_t i = 0; i < message.steps.size(); ++i) {
        const wire::DecodeStep& wanted = message.steps[i];
        if (!is_sequence &&
            (wanted.frame.value >= frame_count || keyframe.value_or(0) >= frame_count))
            return broken_order("a frame was asked for that the medium does not have");
        Step step{.frame = wanted.frame.value, .keyframe = keyframe, .grants = {}, .picture = {}};
        for (const wire::SlotGrant& grant : wanted.grants) {
            REELPOOL_TRY(checked, check(grant));
            step.grants.push_back(std::move(checked));
        }
        if (is_sequence) step.picture = std::move(descriptors[i]);
        cursor->second->push(std::move(step));
        keyframe.reset();
    }
    return ok();
}

Status Worker::handle(const wire::AskProgress& message, std::vector<UniqueFd>&) {
    progress_->await(message.known);
    return ok();
}

Status Worker::handle(const wire::OpenSound& message, std::vector<UniqueFd>&) {
    if (state_ != State::serving || !media_->info.sound)
        return broken_order("sound was opened of a medium without sound");
    if (sound_state_ == Sound::open) return broken_order("sound was opened twice");
    sound_state_ = Sound::open;
    const Reporter report = reporter();
    sound_ = std::make_unique<SoundThread>(
        media_, message.rate_hz, counters_,
        SoundThread::Reporter{
            .on_done = [report](SoundDone done) { report(std::move(done)); },
            .on_stopped = [report](SoundStopped stopped) { report(std::move(stopped)); }});
    return ok();
}

Status Worker::handle(const wire::CloseSound&, std::vector<UniqueFd>&) {
    if (sound_state_ != Sound::open || sound_->steps_open() > 0)
        return broken_order("sound was closed that is not open, or at work");
    sound_state_ = Sound::closed;
    sound_.reset();
    return ok();
}

Status Worker::handle(const wire::DecodeSound& message, std::vector<UniqueFd>&) {
    // It was answered with the one that failed.
    if (sound_state_ == Sound::stopped) return ok();
    if (sound_state_ != Sound::open) return broken_order("sound was asked for that is not open");
    if (sound_->steps_open() >= max_open_blocks)
        return broken_order("too much sound was asked for at once");
    const auto segment = segments_.find(message.segment);
    if (segment == segments_.end()) return broken_order("a slot of an unknown segment was granted");
    const std::uint64_t end =
        std::uint64_t{message.offset_bytes} + sound_block_bytes(media_->info.sound->channels);
    if (end > segment->second->size() || message.offset_bytes % 64 != 0)
        return broken_order("a granted slot lies outside its segment");
    sound_->push({message, segment->second});
    return ok();
}

void Worker::take(const SoundDone& done) {
    sound_->count_done();
    channel_.send(wire::encode(
        wire::FromWorker(wire::SoundReady{.block = done.order.block,
                                          .segment = done.order.segment,
                                          .offset_bytes = done.order.offset_bytes,
                                          .generation = done.order.generation,
                                          .missing_samples = done.facts.missing_samples,
                                          .is_concealed = done.facts.is_concealed,
                                          .counters = counters()})));
}

void Worker::take(SoundStopped stopped) {
    sound_state_ = Sound::stopped;
    sound_.reset();
    channel_.send(
        wire::encode(wire::FromWorker(wire::SoundFailed{stopped.block, std::move(stopped.error)})));
}

Result<CheckedGrant> Worker::check(const wire::SlotGrant& grant) const {
    const auto segment = segments_.find(grant.segment);
    if (segment == segments_.end()) return broken_order("a slot of an unknown segment was granted");
    REELPOOL_TRY(layout, slot_layout(media_->info.format, media_->info.width, media_->info.height,
                                     grant.level));
    const std::uint64_t end = std::uint64_t{grant.offset_bytes} + layout.bytes;
    if (layout.bytes > grant.slot_bytes || end > segment->second->size() ||
        grant.offset_bytes % 64 != 0)
        return broken_order("a granted slot is too small or lies outside its segment");
    return CheckedGrant{grant, layout, segment->second};
}

void Worker::take_reports() {
    std::map<CursorId, Results> ready;
    for (Report& report : reports_->take_all()) {
        if (state_ == State::failed) return;
        if (auto* done = std::get_if<StepDone>(&report)) {
            cursors_.at(done->cursor)->count_done();
            ready[done->cursor].add(*done);
        } else if (const auto* ended = std::get_if<CursorEnded>(&report)) {
            ready[ended->cursor].add({ended->cursor, {}, ended->released});
            send_ready(std::exchange(ready, {}));
            cursors_.erase(ended->cursor);
        } else if (auto* opened = std::get_if<MediaReady>(&report)) {
            opening_.join();
            media_ = std::move(opened->media);
            announce();
        } else if (const auto* const sound = std::get_if<SoundDone>(&report)) {
            take(*sound);
        } else if (auto* const stopped = std::get_if<SoundStopped>(&report)) {
            take(std::move(*stopped));
        } else if (std::holds_alternative<Moved>(report)) {
            channel_.send(wire::encode(wire::FromWorker(wire::Progress{progress_->count()})));
        } else if (auto* failed = std::get_if<Failed>(&report)) {
            send_ready(std::exchange(ready, {}));
            if (failed->cursor)
                cursors_.erase(*failed->cursor);
            else
                opening_.join();
            fail(std::move(failed->error), failed->frame);
        }
    }
    send_ready(std::move(ready));
}

void Worker::announce() {
    if (!media_->info.has_pictures) {
        state_ = State::serving;
        channel_.send(
            wire::encode(wire::FromWorker(wire::MediaOpened{.info = media_->info,
                                                            .table = {},
                                                            .table_source = media_->source,
                                                            .open_us = media_->open_us,
                                                            .bytes_read = media_->bytes_read,
                                                            .sandbox = sandbox_})));
        return;
    }
    Result<FrameTable> table = media_->index.table;
    if (media_->shows_fields()) table = table_of_fields(media_->index.table);
    if (!table) {
        fail(std::move(table).error(), wire::no_seek);
        return;
    }
    wire::MediaOpened opened{.info = media_->info,
                             .table = std::move(*table),
                             .table_source = media_->source,
                             .open_us = media_->open_us,
                             .bytes_read = media_->bytes_read,
                             .entry = media_->entry,
                             .sandbox = sandbox_};
    wire::Bytes message = wire::encode(wire::FromWorker(opened));
    if (message.size() > ChannelLimits{}.max_message_bytes && !opened.entry.empty()) {
        opened.entry.clear();  // the table itself comes first
        message = wire::encode(wire::FromWorker(opened));
    }
    if (message.size() > ChannelLimits{}.max_message_bytes) {
        fail({.code = ErrorCode::limit,
              .component = Component::worker,
              .subject = {},
              .what = "the file has " + std::to_string(media_->index.table.frame_count()) +
                      " frames, more than can be handled",
              .cause = {},
              .hint = "cut the file into parts"},
             wire::no_seek);
        return;
    }
    state_ = State::serving;
    channel_.send(std::move(message));
}

void Worker::Results::add(const StepDone& done) {
    slots.insert(slots.end(), done.slots.begin(), done.slots.end());
    released.insert(released.end(), done.released.begin(), done.released.end());
}

void Worker::send_ready(std::map<CursorId, Results> ready) {
    for (auto& [cursor, results] : ready)
        channel_.send(wire::encode(
            wire::FromWorker(wire::SlotsReady{.cursor = cursor,
                                              .slots = std::move(results.slots),
                                              .steps_done = cursors_.at(cursor)->steps_done(),
                                              .counters = counters(),
                                              .released = std::move(results.released)})));
}

wire::WorkerCounters Worker::counters() const {
    const auto value = [](const std::atomic<std::uint64_t>& counter) {
        return counter.load(std::memory_order_relaxed);
    };
    return {.frames_decoded = value(counters_->frames_decoded),
            .frames_skipped = value(counters_->frames_skipped),
            .frames_copied = value(counters_->frames_copied),
            .frames_direct = value(counters_->frames_direct),
            .frames_converted = value(counters_->frames_converted),
            .seeks = value(counters_->seeks),
            .seek_corrections = value(counters_->seek_corrections),
            .bytes_read = media_->file->bytes_read() + value(counters_->picture_bytes_read),
            .cpu_us = process_cpu_us(),
            .copy_us = value(counters_->copy_ns) / 1000,
            .sound_blocks = value(counters_->sound_blocks),
            .sound_seeks = value(counters_->sound_seeks)};
}

void Worker::fail(Error error, std::uint32_t frame) {
    if (state_ == State::failed) return;
    state_ = State::failed;
    exit_status_ = static_cast<int>(error.code);
    channel_.send(wire::encode(wire::FromWorker(wire::WorkerFailed{std::move(error), frame})));
    end_when_drained();
}

// The process ends with the loop; what is still queued must have left before.
void Worker::end_when_drained() {
    if (channel_.is_drained()) {
        loop_.stop();
        return;
    }
    draining_ = loop_.after(std::chrono::milliseconds(2), [this] { end_when_drained(); });
}

}  // namespace reelpool::worker
