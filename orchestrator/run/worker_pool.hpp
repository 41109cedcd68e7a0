#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/process/channel.hpp"
#include "ipc/process/child_process.hpp"
#include "ipc/process/event_loop.hpp"
#include "ipc/process/sandbox_level.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/run/media_files.hpp"
#include "orchestrator/run/table_store.hpp"

namespace reelpool::run {

/// What every worker of a run is confined to.
struct WorkerConfinement {
    SandboxMode sandbox = SandboxMode::best_effort;
    /// The most private memory of one worker; 0: what workers have by themselves (4 GiB).
    std::uint64_t memory_bytes = 0;
};

/// The zygote and the workers that it forked: at most one live worker per medium.
///
/// A worker is *starting* until MediaOpened, then *running*, then *retiring* (its channel is
/// closed; it ends by itself) until the zygote has collected it. A worker that ends before it was
/// told to is a failure, reported once with how it ended.
/// Thread: the event loop's.
class WorkerPool {
  public:
    struct Events {
        std::function<void(MediaId, wire::MediaOpened)> on_opened;
        std::function<void(MediaId, wire::SlotsReady)> on_slots_ready;
        std::function<void(MediaId, Error)> on_failed;
        /// The zygote itself is gone: no worker can be started, and those that ran are dead.
        std::function<void(Error)> on_zygote_lost;
    };

    /// What an onlooker may want to know of one live process.
    struct WorkerView {
        MediaId media;
        WorkerId worker;
        pid_t pid = -1;
        std::uint32_t epoch = 0;
        bool is_running = false;
        bool is_retiring = false;
        ChannelTraffic traffic;
        wire::WorkerCounters counters;
    };

    [[nodiscard]] static Result<std::unique_ptr<WorkerPool>> start(EventLoop& loop,
                                                                   WorkerConfinement confinement);
    ~WorkerPool();

    /// Who is told from now on. Must be set before the loop runs.
    void set_events(Events events) { events_ = std::move(events); }

    /// Forks a worker for the file and hands it over. There must be no live worker for it, except
    /// a retiring one.
    void start_worker(const MediaFile& file);
    /// No more work for this worker: closes its channel.
    void retire_worker(MediaId media);

    [[nodiscard]] bool has_worker(MediaId media) const { return live_.contains(media); }
    [[nodiscard]] bool is_running(MediaId media) const { return running_.contains(media); }
    /// The media whose workers take orders.
    [[nodiscard]] const std::set<MediaId>& running() const { return running_; }
    [[nodiscard]] std::uint32_t live_count() const {
        return static_cast<std::uint32_t>(live_.size());
    }

    void send(MediaId media, const wire::ToWorker& message, std::span<const int> descriptors = {});

    [[nodiscard]] std::uint32_t started() const { return started_; }
    [[nodiscard]] pid_t zygote_pid() const { return zygote_.pid(); }
    /// Everything the medium's workers have counted, over all epochs.
    [[nodiscard]] wire::WorkerCounters counters(MediaId media) const;
    /// The sandbox that all workers had that opened their files so far; the weakest of them.
    [[nodiscard]] const std::optional<SandboxLevel>& sandbox() const { return sandbox_; }
    /// Of all channels there have been.
    [[nodiscard]] ChannelTraffic traffic() const;
    [[nodiscard]] std::vector<WorkerView> view() const;

  private:
    struct Worker {
        WorkerId id;
        MediaId media;
        std::string path;
        std::uint32_t epoch = 0;
        pid_t pid = -1;
        bool is_retiring = false;
        bool has_failed = false;
        std::optional<Error> last_words;
        std::unique_ptr<Channel> channel;
        std::optional<TableStore::Place> table_place;  ///< until it has opened its file
        UniqueFd medium;                               ///< as long as there is a place
        UniqueFd pidfd;
        EventLoop::Registration exit_watch;
        wire::WorkerCounters counters;
    };

    WorkerPool(EventLoop& loop, TableStore tables) : loop_(loop), tables_(std::move(tables)) {}

    void hand_over(Worker& worker, const MediaFile& file);
    void keep_table(Worker& worker, std::vector<std::byte> entry);
    void on_zygote_message(const std::vector<std::byte>& bytes);
    void on_forked(const wire::WorkerForked& message);
    void on_exited(const wire::WorkerExited& message);
    void on_worker_message(WorkerId id, const std::vector<std::byte>& bytes);
    void fail(Worker& worker, Error error);
    void kill(Worker& worker);
    Worker* find(WorkerId id);
    Worker* live_worker(MediaId media);

    EventLoop& loop_;
    TableStore tables_;
    std::optional<SandboxLevel> sandbox_;
    Events events_;
    ChildProcess zygote_;
    std::unique_ptr<Channel> zygote_channel_;
    std::map<WorkerId, Worker> workers_;
    std::map<MediaId, WorkerId> live_;  ///< starting or running
    std::set<MediaId> running_;
    std::map<MediaId, wire::WorkerCounters> past_counters_;
    ChannelTraffic past_traffic_;
    std::map<MediaId, std::uint32_t> epochs_;
    std::uint32_t next_worker_ = 1;
    std::uint32_t started_ = 0;
};

}  // namespace reelpool::run
