#include "orchestrator/run/worker_pool.hpp"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "orchestrator/run/message_notes.hpp"

namespace reelpool::run {
namespace {

// A frame table of a very long file is the largest thing a worker may say, and the first.
constexpr ChannelLimits worker_limits{.max_message_bytes = std::size_t{256} << 20,
                                      .max_queued_bytes = std::size_t{16} << 20,
                                      .accepts_descriptors = false};
constexpr std::size_t max_later_message_bytes = std::size_t{4} << 20;

}  // namespace

Result<std::unique_ptr<WorkerPool>> WorkerPool::start(EventLoop& loop, Options options) {
    std::unique_ptr<WorkerPool> pool(new WorkerPool(
        loop,
        TableStore(TableStore::directory_from(std::getenv("REELPOOL_CACHE"),
                                              std::getenv("XDG_CACHE_HOME"), std::getenv("HOME"))),
        options));
    REELPOOL_TRY_STATUS(pool->start_zygote());
    return pool;
}

WorkerPool::~WorkerPool() {
    for (auto& [id, worker] : workers_) kill(worker);
    // It collects its workers and ends; if it does not, it is killed.
    zygote_exit_.cancel();
    zygote_channel_.reset();
    static_cast<void>(zygote_.ends_within(std::chrono::milliseconds(1000)));
}

// ----------------------------------------------------------------------------------------------
// Workers

void WorkerPool::start_worker(const MediaFile& file) {
    REELPOOL_CHECK(!live_.contains(file.id));
    auto ends = socket_pair();
    const WorkerId id{next_worker_++};
    Worker& worker = workers_[id];
    worker.id = id;
    worker.media = file.id;
    worker.path = file.path;
    worker.epoch = ++epochs_[file.id];
    live_[file.id] = id;
    ++started_;
    if (lost_.erase(file.id) > 0) ++restarted_;
    if (!ends) {
        doom(worker, {.kind = DeathKind::could_not_start, .error = std::move(ends).error()});
        // Whoever wants a worker need not expect it to be gone at once.
        loop_.post([this, id] {
            if (const Worker* const failed = find(id)) finish(id, *failed->doom);
        });
        return;
    }
    worker.watch =
        std::make_unique<AnswerWatch>(loop_, options_.patience,
                                      AnswerWatch::Events{.ask =
                                                              [this, id] {
                                                                  Worker* const asked = find(id);
                                                                  if (asked != nullptr)
                                                                      ask_progress(*asked);
                                                              },
                                                          .on_hang = [this, id] { on_hang(id); }});
    worker.channel = std::make_unique<Channel>(
        loop_, std::move(ends->first), worker_limits,
        [this, id](std::vector<std::byte> bytes, std::vector<UniqueFd>) {
            on_worker_message(id, std::move(bytes));
        },
        [this, id](const Error& error) { on_channel_closed(id, error); });
    const std::array worker_end{ends->second.get()};
    tell_zygote(wire::ForkWorker{id}, worker_end);
    hand_over(worker, file);
}

// The first message: the file, and what an earlier worker found out about it.
void WorkerPool::hand_over(Worker& worker, const MediaFile& file) {
    wire::OpenMedia open = file.open;
    open.max_frames = options_.confinement.media_frames;
    std::vector<int> descriptors{file.file.get()};
    UniqueFd entry;
    worker.table_place = tables_.place_of(file.file, open);
    if (worker.table_place) {
        entry = tables_.find(*worker.table_place);
        if (entry) descriptors.push_back(entry.get());
        open.table_entry = entry ? wire::TableEntry::given : wire::TableEntry::wanted;
        worker.medium = UniqueFd(::fcntl(file.file.get(), F_DUPFD_CLOEXEC, 0));
    }
    worker.watch->owe(1);
    note(logs_[worker.media], wire::ToWorker{open});
    worker.channel->send(wire::encode(wire::ToWorker{open}), descriptors);
}

void WorkerPool::keep_table(Worker& worker, std::vector<std::byte> entry) {
    if (worker.table_place && worker.medium)
        tables_.store(*worker.table_place, worker.medium, entry);
    worker.table_place.reset();
    worker.medium.reset();
}

void WorkerPool::retire_worker(MediaId media) {
    Worker* const worker = live_worker(media);
    REELPOOL_CHECK(worker != nullptr);
    live_.erase(media);
    running_.erase(media);
    if (worker->state == State::doomed) return;
    worker->state = State::retiring;
    past_traffic_ += worker->channel->traffic();
    worker->channel.reset();
    worker->watch->owe(1);  // its end
}

void WorkerPool::condemn(MediaId media, Error reason) {
    Worker* const worker = live_worker(media);
    if (worker == nullptr || worker->state == State::doomed) return;
    if (reason.subject.empty()) reason.subject = worker->path;
    doom(*worker, {.kind = DeathKind::broke_protocol, .error = std::move(reason)});
}

void WorkerPool::send(MediaId media, const wire::ToWorker& message,
                      std::span<const int> descriptors) {
    Worker* const worker = live_worker(media);
    if (worker == nullptr || worker->state == State::doomed) return;
    if (const auto* const decode = std::get_if<wire::Decode>(&message))
        worker->watch->owe(decode->steps.size());
    if (std::holds_alternative<wire::DecodeSound>(message)) {
        ++worker->sound_owed;
        worker->watch->owe(1);
    }
    note(logs_[media], message);
    worker->channel->send(wire::encode(message), descriptors);
}

void WorkerPool::ask_progress(Worker& worker) {
    // One that was asked before and has given answers since still owes the other one.
    if (worker.state == State::retiring || worker.asked > 0) return;
    ++worker.asked;
    send(worker.media, wire::AskProgress{worker.progress});
}

void WorkerPool::on_worker_message(WorkerId id, std::vector<std::byte> bytes) {
    Worker* const worker = find(id);
    if (worker == nullptr || worker->state == State::doomed) return;
    if (!worker->pidfd) {
        // Nobody gets memory whose end could not be seen.
        if (worker->early_message)
            break_off(*worker, "it spoke twice before it was asked");
        else
            worker->early_message = std::move(bytes);
        return;
    }
    auto message = wire::decode_from_worker(bytes);
    if (!message) {
        condemn(worker->media, std::move(message).error());
        return;
    }
    note(logs_[worker->media], *message);
    if (auto* const opened = std::get_if<wire::MediaOpened>(&*message)) {
        on_opened(*worker, std::move(*opened));
    } else if (auto* const ready = std::get_if<wire::SlotsReady>(&*message)) {
        on_slots_ready(*worker, std::move(*ready));
    } else if (const auto* const progress = std::get_if<wire::Progress>(&*message)) {
        on_progress(*worker, *progress);
    } else if (const auto* const sound = std::get_if<wire::SoundReady>(&*message)) {
        on_sound_ready(*worker, *sound);
    } else if (auto* const stopped = std::get_if<wire::SoundFailed>(&*message)) {
        on_sound_failed(*worker, std::move(*stopped));
    } else if (auto* const failed = std::get_if<wire::WorkerFailed>(&*message)) {
        // It ends by itself now; the reason it gave is the one to show. What file it has, it does
        // not know.
        failed->error.subject = worker->path;
        doom(*worker, {.kind = DeathKind::gave_up, .error = std::move(failed->error)});
    }
}

void WorkerPool::on_opened(Worker& worker, wire::MediaOpened opened) {
    if (worker.state != State::starting) {
        break_off(worker, "it opened its file twice");
        return;
    }
    worker.state = State::running;
    worker.had_opened = true;
    running_.insert(worker.media);
    worker.channel->limit_messages(max_later_message_bytes);
    worker.watch->settle(1);
    keep_table(worker, std::exchange(opened.entry, {}));
    sandbox_ = sandbox_ ? weaker_of(*sandbox_, opened.sandbox) : opened.sandbox;
    events_.on_opened(worker.media, std::move(opened));
}

void WorkerPool::on_slots_ready(Worker& worker, wire::SlotsReady ready) {
    if (worker.state != State::running) {
        break_off(worker, "it reported slots before its file was open");
        return;
    }
    std::uint32_t& known = worker.steps_done[ready.cursor];
    if (ready.steps_done > known) worker.watch->settle(ready.steps_done - known);
    known = ready.steps_done;
    worker.counters = ready.counters;
    events_.on_slots_ready(worker.media, std::move(ready));
}

void WorkerPool::on_progress(Worker& worker, const wire::Progress& progress) {
    // It may have moved just when an answer came, too.
    if (progress.count <= worker.progress) {
        break_off(worker, "it told of progress that it had told of");
        return;
    }
    if (worker.asked == 0) {
        break_off(worker, "it told of progress unasked");
        return;
    }
    --worker.asked;
    worker.progress = progress.count;
    worker.watch->note_moved();
}

void WorkerPool::on_sound_ready(Worker& worker, const wire::SoundReady& ready) {
    if (worker.state != State::running || worker.sound_owed == 0) {
        break_off(worker, "it told of sound that it was not asked for");
        return;
    }
    --worker.sound_owed;
    worker.watch->settle(1);
    worker.counters = ready.counters;
    events_.on_sound_ready(worker.media, ready);
}

/// Everything that was ordered of the sound is answered with it.
void WorkerPool::on_sound_failed(Worker& worker, wire::SoundFailed failed) {
    if (worker.state != State::running || worker.sound_owed == 0) {
        break_off(worker, "it failed at sound that it was not asked for");
        return;
    }
    worker.watch->settle(std::exchange(worker.sound_owed, 0));
    failed.error.subject = worker.path;
    events_.on_sound_failed(worker.media, std::move(failed));
}

void WorkerPool::on_channel_closed(WorkerId id, const Error& why) {
    Worker* const worker = find(id);
    if (worker == nullptr) return;
    // How it ended says more than that its channel closed. If it closes it and lives on, it does
    // not for long.
    const bool is_end = why.what.find("closed the channel") != std::string::npos;
    if (!is_end && worker->state != State::doomed) {
        // Where this process has no descriptor left, the worker is not to blame.
        const bool is_want = why.code == ErrorCode::limit;
        Error error = why;
        if (!is_want) error.code = ErrorCode::decode;
        error.subject = worker->path;
        doom(*worker, {.kind = is_want ? DeathKind::could_not_start : DeathKind::broke_protocol,
                       .error = std::move(error)});
    }
    kill(*worker);
    if (worker->is_orphan && !worker->pidfd) finish(id, worker->doom.value_or(WorkerDeath{}));
}

void WorkerPool::on_hang(WorkerId id) {
    Worker* const worker = find(id);
    if (worker == nullptr) return;
    if (worker->state != State::retiring)
        doom(*worker,
             {.kind = DeathKind::hung, .error = hang_error(options_.patience, worker->path)});
    kill(*worker);
}

void WorkerPool::break_off(Worker& worker, const char* cause) {
    condemn(worker.media, {.code = ErrorCode::decode,
                           .component = Component::worker,
                           .subject = worker.path,
                           .what = "the worker broke the protocol",
                           .cause = cause,
                           .hint = {}});
}

/// It is killed, and nothing that it says counts any more; its end follows.
void WorkerPool::doom(Worker& worker, WorkerDeath death) {
    worker.state = State::doomed;
    worker.doom = std::move(death);
    if (worker.doom->error.subject.empty()) worker.doom->error.subject = worker.path;
    if (worker.watch) worker.watch->end();
    running_.erase(worker.media);
    kill(worker);
}

void WorkerPool::finish(WorkerId id, const WorkerDeath& death) {
    const auto entry = workers_.find(id);
    Worker& worker = entry->second;
    const MediaId media = worker.media;
    WorkerDeath told = death;
    told.had_opened = worker.had_opened;
    const bool is_lost = live_worker(media) == &worker;
    auto& past = past_counters_[media];
    past = past + worker.counters;
    if (worker.channel) past_traffic_ += worker.channel->traffic();
    workers_.erase(entry);
    if (!is_lost) return;
    live_.erase(media);
    running_.erase(media);
    lost_.insert(media);
    events_.on_lost(media, told);
}

void WorkerPool::kill(const Worker& worker) {
    if (worker.pidfd) send_signal(worker.pidfd, SIGKILL);
}

WorkerPool::Worker* WorkerPool::find(WorkerId id) {
    const auto entry = workers_.find(id);
    return entry == workers_.end() ? nullptr : &entry->second;
}

WorkerPool::Worker* WorkerPool::live_worker(MediaId media) {
    const auto entry = live_.find(media);
    return entry == live_.end() ? nullptr : find(entry->second);
}

// ----------------------------------------------------------------------------------------------
// For onlookers

wire::WorkerCounters WorkerPool::counters(MediaId media) const {
    wire::WorkerCounters total;
    if (const auto past = past_counters_.find(media); past != past_counters_.end())
        total = past->second;
    for (const auto& [id, worker] : workers_)
        if (worker.media == media) total = total + worker.counters;
    return total;
}

ChannelTraffic WorkerPool::traffic() const {
    ChannelTraffic total = past_traffic_;
    for (const auto& [id, worker] : workers_)
        if (worker.channel) total += worker.channel->traffic();
    if (zygote_channel_) total += zygote_channel_->traffic();
    return total;
}

std::vector<WorkerPool::WorkerView> WorkerPool::view() const {
    std::vector<WorkerView> views;
    for (const auto& [id, worker] : workers_) {
        views.push_back({.media = worker.media,
                         .worker = id,
                         .pid = worker.pid,
                         .epoch = worker.epoch,
                         .is_running = worker.state == State::running,
                         .is_retiring = worker.state == State::retiring,
                         .traffic = worker.channel ? worker.channel->traffic() : ChannelTraffic{},
                         .counters = worker.counters});
    }
    return views;
}

}  // namespace reelpool::run
