#pragma once

#include <chrono>
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
#include "orchestrator/run/answer_watch.hpp"
#include "orchestrator/run/media_files.hpp"
#include "orchestrator/run/message_log.hpp"
#include "orchestrator/run/table_store.hpp"
#include "orchestrator/run/worker_death.hpp"

namespace reelpool::run {

/// What every worker of a run is confined to.
struct WorkerConfinement {
    SandboxMode sandbox = SandboxMode::best_effort;
    /// The most private memory of one worker; 0: what workers have by themselves (4 GiB).
    std::uint64_t memory_bytes = 0;
    std::uint32_t media_frames = wire::usual_max_frames;  ///< the most of one file
};

/// The zygote and the workers that it forked: at most one live worker per medium.
///
/// A worker is *starting* until MediaOpened, then *running*, then *retiring* (its channel is
/// closed; it ends by itself) until the zygote has collected it. One that hangs, lies or loses its
/// channel is *doomed*: it is killed, and nothing that it says counts. The end of a worker that was
/// not told to end is reported once, when it is dead for certain: it writes nowhere any more. Every
/// worker of a medium is a new *epoch*.
///
/// A zygote that dies takes its workers with it, and is replaced.
/// Thread: the event loop's.
class WorkerPool {
  public:
    struct Events {
        std::function<void(MediaId, wire::MediaOpened)> on_opened;
        std::function<void(MediaId, wire::SlotsReady)> on_slots_ready;
        std::function<void(MediaId, WorkerDeath)> on_lost;
        std::function<void(MediaId, wire::SoundReady)> on_sound_ready = {};
        std::function<void(MediaId, wire::SoundFailed)> on_sound_failed = {};
        /// No worker can be started any more.
        std::function<void(Error)> on_zygote_lost;
    };
    struct Options {
        /// A worker that owes an answer and does not move for so long hangs.
        std::chrono::milliseconds patience{30'000};
        WorkerConfinement confinement = {};
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

    [[nodiscard]] static Result<std::unique_ptr<WorkerPool>> start(EventLoop& loop) {
        return start(loop, Options{});
    }
    [[nodiscard]] static Result<std::unique_ptr<WorkerPool>> start(EventLoop& loop,
                                                                   Options options);
    ~WorkerPool();

    /// Who is told from now on. Must be set before the loop runs.
    void set_events(Events events) { events_ = std::move(events); }

    /// Forks a worker for the file and hands it over. There must be no live worker for it, except
    /// a retiring one.
    void start_worker(const MediaFile& file);
    /// No more work for this worker: closes its channel.
    void retire_worker(MediaId media);
    /// It broke the protocol in a way that the pool cannot see: it is killed, and then lost.
    void condemn(MediaId media, Error reason);

    /// Starting or running, or doomed and not known to be dead.
    [[nodiscard]] bool has_worker(MediaId media) const { return live_.contains(media); }
    [[nodiscard]] bool is_running(MediaId media) const { return running_.contains(media); }
    /// The media whose workers take orders.
    [[nodiscard]] const std::set<MediaId>& running() const { return running_; }
    [[nodiscard]] std::uint32_t live_count() const {
        return static_cast<std::uint32_t>(live_.size());
    }

    void send(MediaId media, const wire::ToWorker& message, std::span<const int> descriptors = {});

    [[nodiscard]] std::uint32_t started() const { return started_; }
    /// Workers that were started in the place of one that was lost.
    [[nodiscard]] std::uint32_t restarted() const { return restarted_; }
    [[nodiscard]] std::uint32_t zygotes_restarted() const { return zygotes_restarted_; }
    [[nodiscard]] std::chrono::milliseconds patience() const { return options_.patience; }
    [[nodiscard]] pid_t zygote_pid() const { return zygote_.pid(); }
    /// Everything the medium's workers have counted, over all epochs.
    [[nodiscard]] wire::WorkerCounters counters(MediaId media) const;
    /// The sandbox that all workers had that opened their files so far; the weakest of them.
    [[nodiscard]] const std::optional<SandboxLevel>& sandbox() const { return sandbox_; }
    /// Of all channels there have been.
    [[nodiscard]] ChannelTraffic traffic() const;
    [[nodiscard]] std::vector<WorkerView> view() const;
    /// The last messages from and to the medium's workers, over all epochs.
    [[nodiscard]] const std::map<MediaId, MessageLog>& message_logs() const { return logs_; }

  private:
    enum class State : std::uint8_t { starting, running, retiring, doomed };
    struct Worker {
        WorkerId id;
        MediaId media;
        std::string path;
        std::uint32_t epoch = 0;
        pid_t pid = -1;
        State state = State::starting;
        bool had_opened = false;
        bool is_reaping = false;          ///< it is dead, and the zygote is to say how it ended
        bool is_orphan = false;           ///< its zygote is dead: nobody will tell how it ended
        std::optional<WorkerDeath> doom;  ///< why it is doomed
        std::unique_ptr<Channel> channel;
        std::unique_ptr<AnswerWatch> watch;
        std::map<CursorId, std::uint32_t> steps_done;
        std::uint64_t progress = 0;                           ///< as far as it told
        std::uint32_t asked = 0;                              ///< and not answered
        std::uint32_t sound_owed = 0;                         ///< blocks
        std::optional<std::vector<std::byte>> early_message;  ///< until its pidfd is known
        std::optional<TableStore::Place> table_place;         ///< until it has opened its file
        UniqueFd medium;                                      ///< as long as there is a place
        UniqueFd pidfd;
        EventLoop::Registration exit_watch;
        wire::WorkerCounters counters;
    };

    WorkerPool(EventLoop& loop, TableStore tables, Options options)
        : loop_(loop), tables_(std::move(tables)), options_(options) {}

    Status start_zygote();
    void on_zygote_ended();
    void tell_zygote(const wire::ToZygote& message, std::span<const int> descriptors = {});
    void on_zygote_message(const std::vector<std::byte>& bytes);
    void on_forked(const wire::WorkerForked& message);
    void on_exited(const wire::WorkerExited& message);

    void hand_over(Worker& worker, const MediaFile& file);
    void keep_table(Worker& worker, std::vector<std::byte> entry);
    void on_worker_message(WorkerId id, std::vector<std::byte> bytes);
    void on_opened(Worker& worker, wire::MediaOpened opened);
    void on_slots_ready(Worker& worker, wire::SlotsReady ready);
    void on_progress(Worker& worker, const wire::Progress& progress);
    void on_sound_ready(Worker& worker, const wire::SoundReady& ready);
    void on_sound_failed(Worker& worker, wire::SoundFailed failed);
    void ask_progress(Worker& worker);
    void on_channel_closed(WorkerId id, const Error& why);
    void on_hang(WorkerId id);
    void on_pidfd_readable(WorkerId id);
    void doom(Worker& worker, WorkerDeath death);
    void break_off(Worker& worker, const char* cause);
    /// It is dead, or never lived: forgets it, and tells.
    void finish(WorkerId id, const WorkerDeath& death);
    void kill(const Worker& worker);
    Worker* find(WorkerId id);
    Worker* live_worker(MediaId media);

    EventLoop& loop_;
    TableStore tables_;
    std::optional<SandboxLevel> sandbox_;
    Options options_;
    Events events_;
    ChildProcess zygote_;
    EventLoop::Registration zygote_exit_;
    std::unique_ptr<AnswerWatch> zygote_watch_;
    std::unique_ptr<Channel> zygote_channel_;
    std::optional<Error> zygote_reason_;  ///< why it was killed
    std::map<WorkerId, Worker> workers_;
    std::map<MediaId, WorkerId> live_;  ///< starting, running or doomed
    std::set<MediaId> running_;
    std::set<MediaId> lost_;  ///< not started again yet
    std::map<MediaId, wire::WorkerCounters> past_counters_;
    std::map<MediaId, MessageLog> logs_;
    ChannelTraffic past_traffic_;
    std::map<MediaId, std::uint32_t> epochs_;
    std::uint32_t next_worker_ = 1;
    std::uint32_t started_ = 0;
    std::uint32_t restarted_ = 0;
    std::uint32_t zygotes_restarted_ = 0;
};

}  // namespace reelpool::run
