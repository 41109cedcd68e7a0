#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ipc/process/channel.hpp"
#include "ipc/process/child_process.hpp"
#include "ipc/process/event_loop.hpp"
#include "ipc/shm/segment.hpp"
#include "ipc/wire/messages.hpp"
#include "tests/decoder_worker/generated_media.hpp"

namespace reelpool::worker::test {

/// Ends the test program if one test takes longer than two minutes; children die with it.
class Watchdog {
  public:
    Watchdog();
    ~Watchdog();
};

/// A zygote and the orchestrator's end of its socket.
class ZygoteSession {
  public:
    ZygoteSession();

    struct Forked {
        WorkerId worker;
        pid_t pid = -1;
        UniqueFd pidfd;
        UniqueFd channel;
    };
    [[nodiscard]] Forked fork_worker();
    [[nodiscard]] int reap(WorkerId worker);

    [[nodiscard]] ChildProcess& process() { return process_; }
    [[nodiscard]] EventLoop& loop() { return loop_; }
    /// Lets the zygote see the end of its socket.
    void close_socket() { channel_.reset(); }

  private:
    wire::FromZygote answer();

    Watchdog watchdog_;
    EventLoop loop_;
    ChildProcess process_;
    std::unique_ptr<Channel> channel_;
    std::deque<wire::FromZygote> answers_;
    std::uint32_t next_worker_ = 1;
};

/// One worker on one file, driven like the orchestrator drives it.
class WorkerSession {
  public:
    WorkerSession();

    /// Sends OpenMedia and waits for the answer: opened() or failure().
    void open(const std::string& path, wire::OpenMedia wishes = {}, UniqueFd entry = {});
    [[nodiscard]] const wire::MediaOpened& opened() const { return *opened_; }
    [[nodiscard]] bool is_open() const { return opened_.has_value(); }
    [[nodiscard]] const std::optional<wire::WorkerFailed>& failure() const { return failure_; }

    void open_cursor(std::uint32_t cursor, std::uint32_t threads = 2);
    void close_cursor(std::uint32_t cursor);

    /// Sends one Decode with one full slot per frame and waits until all are answered.
    /// `picture_files`: of an image sequence, one per frame.
    void decode(std::uint32_t cursor, std::uint32_t seek_to, std::vector<std::uint32_t> frames,
                Level level = {}, const std::vector<std::string>& picture_files = {});
    /// The same without waiting.
    void start_decode(std::uint32_t cursor, std::uint32_t seek_to,
                      std::vector<std::uint32_t> frames, Level level = {},
                      const std::vector<std::string>& picture_files = {});
    /// Decodes one frame from its keyframe.
    void decode_from_keyframe(std::uint32_t cursor, std::uint32_t frame, Level level = {});
    void send(const wire::ToWorker& message, std::vector<int> descriptors = {});
    void wait_for_slots(std::size_t count);
    void wait_for_failure();
    /// For one slot or a failure.
    void wait_for_answer();
    void wait_for_end();

    /// What lies in the slot of the n-th SlotReady, in the slots' plane order.
    [[nodiscard]] Planes picture(std::size_t n) const;
    [[nodiscard]] const std::vector<wire::SlotReady>& ready() const { return ready_; }
    [[nodiscard]] const wire::WorkerCounters& counters() const { return counters_; }
    [[nodiscard]] std::uint32_t steps_done(std::uint32_t cursor) { return steps_done_[cursor]; }
    [[nodiscard]] ZygoteSession& zygote() { return zygote_; }
    [[nodiscard]] const ZygoteSession::Forked& process() const { return forked_; }
    [[nodiscard]] SegmentId segment() const { return segment_; }
    void forget_ready() {
        ready_.clear();
        next_slot_ = 0;
    }
    void close_channel() { channel_.reset(); }

  private:
    void run_until(const std::function<bool()>& is_done);
    void receive(std::vector<std::byte> bytes);
    void make_segment();

    static constexpr std::uint32_t slot_count = 64;
    ZygoteSession zygote_;
    ZygoteSession::Forked forked_;
    std::unique_ptr<Channel> channel_;
    bool is_closed_ = false;
    std::optional<wire::MediaOpened> opened_;
    std::optional<wire::WorkerFailed> failure_;
    std::vector<wire::SlotReady> ready_;
    std::map<std::uint32_t, std::uint32_t> steps_done_;
    wire::WorkerCounters counters_;
    SegmentId segment_{7};
    std::uint32_t slot_bytes_ = 0;
    std::uint32_t next_slot_ = 0;
    std::uint32_t generation_ = 0;
    UniqueFd segment_fd_;
    Mapping mapping_;
};

}  // namespace reelpool::worker::test
