// What a pool has to do with its zygote.
#include <signal.h>

#include <utility>
#include <vector>

#include "orchestrator/run/worker_pool.hpp"

namespace reelpool::run {
namespace {

constexpr std::uint32_t most_zygote_restarts = 5;

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

Status WorkerPool::start_zygote() {
    REELPOOL_TRY(ends, socket_pair());
    REELPOOL_TRY(zygote,
                 ChildProcess::spawn({.executable = companion_program("reelpool-decoder-worker"),
                                      .arguments = zygote_arguments(options_.confinement),
                                      .socket = ends.second.get(),
                                      .environment = zygote_environment()}));
    zygote_ = std::move(zygote);
    zygote_reason_.reset();
    zygote_channel_ = std::make_unique<Channel>(
        loop_, std::move(ends.first), ChannelLimits{.max_message_bytes = 4096},
        [this](std::vector<std::byte> bytes, std::vector<UniqueFd>) { on_zygote_message(bytes); },
        // Its end says more, and follows.
        [this](const Error&) { zygote_.kill(SIGKILL); });
    zygote_exit_ = loop_.on_readable(zygote_.pidfd(), [this] { on_zygote_ended(); });
    zygote_watch_ = std::make_unique<AnswerWatch>(
        loop_, options_.patience,
        AnswerWatch::Events{.ask = [] {},
                            .on_hang =
                                [this] {
                                    zygote_reason_ = Error{.code = ErrorCode::retryable,
                                                           .component = Component::worker,
                                                           .subject = {},
                                                           .what = {},
                                                           .cause = "it did not answer",
                                                           .hint = {}};
                                    zygote_.kill(SIGKILL);
                                }});
    return ok();
}

void WorkerPool::tell_zygote(const wire::ToZygote& message, std::span<const int> descriptors) {
    zygote_channel_->send(wire::encode(message), descriptors);
    zygote_watch_->owe(1);
}

/// Its workers die with it: the kernel sees to that, and so does this.
void WorkerPool::on_zygote_ended() {
    zygote_exit_.cancel();
    zygote_watch_->end();
    const auto status = zygote_.wait();
    Error lost{.code = ErrorCode::retryable,
               .component = Component::worker,
               .subject = {},
               .what = "the worker zygote has ended",
               .cause = zygote_reason_ ? zygote_reason_->cause
                        : status       ? describe_wait_status(*status)
                                       : to_string(status.error()),
               .hint = "start the export again"};
    past_traffic_ += zygote_channel_->traffic();
    zygote_channel_.reset();
    std::vector<WorkerId> dead;
    for (auto& [id, worker] : workers_) {
        worker.is_orphan = true;
        if (!worker.doom && worker.state != State::retiring)
            doom(worker, {.kind = DeathKind::lost_with_zygote, .error = lost});
        kill(worker);
        // Without a pidfd its end shows by its channel: it was given nothing that it could spoil.
        const bool has_channel = worker.channel && worker.channel->is_open();
        const bool is_watched = worker.pidfd && !worker.is_reaping;
        if (!is_watched && (worker.is_reaping || !has_channel)) dead.push_back(id);
    }
    Status again = ok();
    if (++zygotes_restarted_ <= most_zygote_restarts) again = start_zygote();
    if (zygotes_restarted_ > most_zygote_restarts || !again) {
        events_.on_zygote_lost(again ? lost : again.error());
        return;
    }
    for (const WorkerId id : dead)
        loop_.post([this, id] {
            if (const Worker* const worker = find(id))
                finish(id, worker->doom.value_or(WorkerDeath{}));
        });
}

void WorkerPool::on_zygote_message(const std::vector<std::byte>& bytes) {
    auto message = wire::decode_from_zygote(bytes);
    if (!message) {
        zygote_reason_ = std::move(message).error();
        zygote_.kill(SIGKILL);
        return;
    }
    zygote_watch_->settle(1);
    if (const auto* const forked = std::get_if<wire::WorkerForked>(&*message)) on_forked(*forked);
    if (const auto* const exited = std::get_if<wire::WorkerExited>(&*message)) on_exited(*exited);
}

void WorkerPool::on_forked(const wire::WorkerForked& message) {
    Worker* const worker = find(message.worker);
    if (worker == nullptr) return;
    const auto could_not = [&](Error error) {
        error.subject = worker->path;
        finish(message.worker, {.kind = DeathKind::could_not_start, .error = std::move(error)});
    };
    if (message.pid <= 0) {
        could_not(
            errno_error(Component::worker, "a decoder worker could not be forked", -message.pid));
        return;
    }
    worker->pid = message.pid;
    auto pidfd = open_pidfd(message.pid);
    if (!pidfd) {
        // It ends when its channel closes; the zygote collects it then.
        tell_zygote(wire::ReapWorker{message.worker});
        could_not(std::move(pidfd).error());
        return;
    }
    worker->pidfd = std::move(pidfd).value();
    worker->exit_watch =
        loop_.on_readable(worker->pidfd.get(), [this, id = worker->id] { on_pidfd_readable(id); });
    if (worker->state == State::doomed) kill(*worker);
    if (worker->early_message)
        on_worker_message(message.worker, *std::exchange(worker->early_message, std::nullopt));
}

void WorkerPool::on_pidfd_readable(WorkerId id) {
    Worker* const worker = find(id);
    if (worker == nullptr) return;
    worker->exit_watch.cancel();
    if (worker->is_orphan) {
        finish(id, worker->doom.value_or(WorkerDeath{}));
        return;
    }
    worker->is_reaping = true;
    tell_zygote(wire::ReapWorker{id});
}

void WorkerPool::on_exited(const wire::WorkerExited& message) {
    const Worker* const worker = find(message.worker);
    if (worker == nullptr) return;
    WorkerDeath death = death_by_wait_status(message.wait_status, worker->path);
    // What it was killed for says more, but for what it must not do.
    if (worker->doom && death.kind != DeathKind::forbidden_call) death = *worker->doom;
    finish(message.worker, death);
}

}  // namespace reelpool::run
