#include "orchestrator/run/worker_pool.hpp"

#include <fcntl.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "orchestrator/run/worker_death.hpp"

namespace reelpool::run {
namespace {

// A frame table of a very long file is the largest thing a worker may say.
constexpr ChannelLimits worker_limits{.max_message_bytes = std::size_t{256} << 20,
                                      .max_queued_bytes = std::size_t{16} << 20,
                                      .accepts_descriptors = false};

/// What loading, time zones and sanitizers need. The rest of the user's environment, which may
/// hold secrets, has no business in a process that reads hostile media.
const std::vector<std::string>& zygote_environment() {
    static const std::vector<std::string> names{
        "LD_LIBRARY_PATH", "LD_PRELOAD",   "PATH",          "TZ",
        "ASAN_OPTIONS",    "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"};
    return names;
}

std::vector<std::string> zygote_arguments(const WorkerConfinement& confinement) {
    std::vector<std::string> arguments{"--zygote-fd", std::to_string(inherited_socket_fd),
                                       "--sandbox", name_of(confinement.sandbox)};
    if (confinement.memory_bytes > 0) {
        arguments.emplace_back("--worker-memory");
        arguments.push_back(std::to_string(confinement.memory_bytes));
    }
    return arguments;
}

}  // namespace

Result<std::unique_ptr<WorkerPool>> WorkerPool::start(EventLoop& loop,
                                                      WorkerConfinement confinement) {
    std::unique_ptr<WorkerPool> pool(new WorkerPool(
        loop,
        TableStore(TableStore::directory_from(
            std::getenv("REELPOOL_CACHE"), std::getenv("XDG_CACHE_HOME"), std::getenv("HOME")))));
    REELPOOL_TRY(ends, socket_pair());
    REELPOOL_TRY(zygote,
                 ChildProcess::spawn({.executable = companion_program("reelpool-decoder-worker"),
                                      .arguments = zygote_arguments(confinement),
                                      .socket = ends.second.get(),
                                      .environment = zygote_environment()}));
    pool->zygote_ = std::move(zygote);
    WorkerPool* const raw = pool.get();
    pool->zygote_channel_ = std::make_unique<Channel>(
        loop, std::move(ends.first), ChannelLimits{.max_message_bytes = 4096},
        [raw](std::vector<std::byte> bytes, std::vector<UniqueFd>) {
            raw->on_zygote_message(bytes);
        },
        [raw](const Error& error) {
            Error lost = error;
            lost.what = "the worker zygote has ended";
            lost.hint = "start the export again";
            raw->events_.on_zygote_lost(std::move(lost));
        });
    return pool;
}

WorkerPool::~WorkerPool() {
    for (auto& [id, worker] : workers_) kill(worker);
    // It collects its workers and ends; if it does not, it is killed.
    zygote_channel_.reset();
    static_cast<void>(zygote_.ends_within(std::chrono::milliseconds(1000)));
}

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
    if (!ends) {
        fail(worker, std::move(ends).error());
        return;
    }
    worker.channel = std::make_unique<Channel>(
        loop_, std::move(ends->first), worker_limits,
        [this, id](std::vector<std::byte> bytes, std::vector<UniqueFd>) {
            on_worker_message(id, bytes);
        },
        [this, id](const Error& error) {
            // How it ended says more than that its channel closed: wait for the zygote, which
            // will be asked as soon as the pidfd tells.
            Worker* const lost = find(id);
            if (lost == nullptr) return;
            if (!lost->last_words && error.what.find("closed the channel") == std::string::npos) {
                lost->last_words = error;
                kill(*lost);
            }
        });
    ++started_;
    const std::array worker_end{ends->second.get()};
    zygote_channel_->send(wire::encode(wire::ForkWorker{id}), worker_end);
    hand_over(worker, file);
}

// The first message: the file, and what an earlier worker found out about it.
void WorkerPool::hand_over(Worker& worker, const MediaFile& file) {
    wire::OpenMedia open = file.open;
    std::vector<int> descriptors{file.file.get()};
    UniqueFd entry;
    worker.table_place = tables_.place_of(file.file, open);
    if (worker.table_place) {
        entry = tables_.find(*worker.table_place);
        if (entry) descriptors.push_back(entry.get());
        open.table_entry = entry ? wire::TableEntry::given : wire::TableEntry::wanted;
        worker.medium = UniqueFd(::fcntl(file.file.get(), F_DUPFD_CLOEXEC, 0));
    }
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
    worker->is_retiring = true;
    past_traffic_ += worker->channel->traffic();
    worker->channel.reset();
    live_.erase(media);
    running_.erase(media);
}

void WorkerPool::send(MediaId media, const wire::ToWorker& message,
                      std::span<const int> descriptors) {
    Worker* const worker = live_worker(media);
    if (worker != nullptr) worker->channel->send(wire::encode(message), descriptors);
}

void WorkerPool::on_zygote_message(const std::vector<std::byte>& bytes) {
    auto message = wire::decode_from_zygote(bytes);
    if (!message) {
        events_.on_zygote_lost(std::move(message).error());
        return;
    }
    if (const auto* const forked = std::get_if<wire::WorkerForked>(&*message)) on_forked(*forked);
    if (const auto* const exited = std::get_if<wire::WorkerExited>(&*message)) on_exited(*exited);
}

void WorkerPool::on_forked(const wire::WorkerForked& message) {
    Worker* const worker = find(message.worker);
    if (worker == nullptr) return;
    if (message.pid <= 0) {
        fail(*worker,
             errno_error(Component::worker, "a decoder worker could not be forked", -message.pid));
        workers_.erase(message.worker);
        return;
    }
    worker->pid = message.pid;
    auto pidfd = open_pidfd(message.pid);
    if (!pidfd) {
        fail(*worker, std::move(pidfd).error());
        return;
    }
    worker->pidfd = std::move(pidfd).value();
    worker->exit_watch = loop_.on_readable(worker->pidfd.get(), [this, id = worker->id] {
        Worker* const ended = find(id);
        if (ended == nullptr) return;
        ended->exit_watch.cancel();
        zygote_channel_->send(wire::encode(wire::ReapWorker{id}));
    });
}

void WorkerPool::on_exited(const wire::WorkerExited& message) {
    Worker* const worker = find(message.worker);
    if (worker == nullptr) return;
    if (!worker->is_retiring && !worker->has_failed) {
        fail(*worker, worker->last_words.value_or(worker_death(worker->path, message.wait_status)));
    }
    auto& past = past_counters_[worker->media];
    past = past + worker->counters;
    workers_.erase(message.worker);
}

void WorkerPool::on_worker_message(WorkerId id, const std::vector<std::byte>& bytes) {
    Worker* const worker = find(id);
    if (worker == nullptr || worker->has_failed) return;
    auto message = wire::decode_from_worker(bytes);
    if (!message) {
        kill(*worker);
        fail(*worker, std::move(message).error());
        return;
    }
    if (auto* const opened = std::get_if<wire::MediaOpened>(&*message)) {
        if (!running_.insert(worker->media).second) {
            kill(*worker);
            fail(*worker, {.code = ErrorCode::decode,
                           .component = Component::worker,
                           .subject = worker->path,
                           .what = "the worker broke the protocol",
                           .cause = "it opened its file twice",
                           .hint = {}});
            return;
        }
        keep_table(*worker, std::exchange(opened->entry, {}));
        sandbox_ = sandbox_ ? weaker_of(*sandbox_, opened->sandbox) : opened->sandbox;
        events_.on_opened(worker->media, std::move(*opened));
    } else if (auto* const ready = std::get_if<wire::SlotsReady>(&*message)) {
        worker->counters = ready->counters;
        events_.on_slots_ready(worker->media, std::move(*ready));
    } else if (auto* const failed = std::get_if<wire::WorkerFailed>(&*message)) {
        // It ends by itself now; the reason it gave is the one to show.
        if (failed->error.subject.empty()) failed->error.subject = worker->path;
        worker->last_words = failed->error;
        fail(*worker, std::move(failed->error));
    }
}

void WorkerPool::fail(Worker& worker, Error error) {
    if (worker.has_failed) return;
    worker.has_failed = true;
    const MediaId media = worker.media;
    live_.erase(media);
    running_.erase(media);
    if (error.subject.empty()) error.subject = worker.path;
    loop_.post([this, media, error = std::move(error)] { events_.on_failed(media, error); });
}

void WorkerPool::kill(Worker& worker) {
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
                         .is_running = running_.contains(worker.media) && !worker.is_retiring,
                         .is_retiring = worker.is_retiring,
                         .traffic = worker.channel ? worker.channel->traffic() : ChannelTraffic{},
                         .counters = worker.counters});
    }
    return views;
}

}  // namespace reelpool::run
