#pragma once

#include <map>
#include <memory>
#include <thread>

#include "decoder_worker/decode_thread.hpp"
#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/process/channel.hpp"
#include "ipc/process/event_loop.hpp"
#include "ipc/process/sandbox_level.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::worker {

/// One file, its segments, its cursors and its sound cursor. It obeys, and fails loudly: whoever
/// lent the slots decides what happens then. There is no retry in here. Thread: the loop's. It owns
/// all state; decode threads hand it reports.
class Worker {
  public:
    Worker(EventLoop& loop, UniqueFd channel);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// What the process is in by now; before the loop runs. Where a sandbox is required and not
    /// whole, the worker refuses its file before it has read a byte of it.
    void set_sandbox(SandboxLevel level) { sandbox_ = std::move(level); }

    /// The process's exit status once the loop has ended: 0, or the failure's ErrorCode.
    [[nodiscard]] int exit_status() const { return exit_status_; }

  private:
    enum class State : std::uint8_t { waiting, opening, serving, failed };

    void receive(std::vector<std::byte> bytes, std::vector<UniqueFd> descriptors);
    Status handle(const wire::OpenMedia& message, std::vector<UniqueFd>& descriptors);
    Status handle(const wire::AddSegment& message, std::vector<UniqueFd>& descriptors);
    Status handle(const wire::DropSegment& message, std::vector<UniqueFd>& descriptors);
    Status handle(const wire::OpenCursor& message, std::vector<UniqueFd>& descriptors);
    Status handle(const wire::CloseCursor& message, std::vector<UniqueFd>& descriptors);
    Status handle(const wire::Decode& message, std::vector<UniqueFd>& descriptors);
    Status handle(const wire::AskProgress& message, std::vector<UniqueFd>& descriptors);
    Status handle(const wire::OpenSound& message, std::vector<UniqueFd>& descriptors);
    Status handle(const wire::CloseSound& message, std::vector<UniqueFd>& descriptors);
    Status handle(const wire::DecodeSound& message, std::vector<UniqueFd>& descriptors);
    Result<CheckedGrant> check(const wire::SlotGrant& grant) const;

    void take_reports();
    void announce();
    /// What one cursor has to report.
    struct Results {
        std::vector<wire::SlotReady> slots;
        std::vector<wire::SlotReleased> released;
        void add(const StepDone& done);
    };
    void send_ready(std::map<CursorId, Results> ready);
    void take(const SoundDone& done);
    void take(SoundStopped stopped);
    [[nodiscard]] wire::WorkerCounters counters() const;
    void fail(Error error, std::uint32_t frame);
    void end_when_drained();
    [[nodiscard]] Reporter reporter();

    EventLoop& loop_;
    SandboxLevel sandbox_;
    State state_ = State::waiting;
    int exit_status_ = 0;
    std::shared_ptr<BlockingQueue<Report>> reports_;
    std::shared_ptr<Counters> counters_;
    std::shared_ptr<Progress> progress_;
    std::shared_ptr<const OpenedMedia> media_;
    std::thread opening_;
    std::map<SegmentId, std::shared_ptr<Mapping>> segments_;
    std::map<CursorId, std::unique_ptr<DecodeThread>> cursors_;
    enum class Sound : std::uint8_t { closed, open, stopped };
    Sound sound_state_ = Sound::closed;
    std::unique_ptr<SoundThread> sound_;
    EventLoop::Registration draining_;
    Channel channel_;
};

}  // namespace reelpool::worker
