#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ipc/process/channel.hpp"
#include "ipc/process/child_process.hpp"
#include "ipc/process/event_loop.hpp"
#include "ipc/process/sandbox_level.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/run/answer_watch.hpp"
#include "orchestrator/run/message_log.hpp"
#include "orchestrator/run/process_pulse.hpp"

namespace reelpool::run {

/// What the compositor gives up as far as it can.
struct CompositorConfinement {
    SandboxMode sandbox = SandboxMode::best_effort;
    std::string output_directory;  ///< where it may write; empty: nowhere
};

/// The compositor process and the channel to it.
/// Its end before `expect_end` is a failure, told once; its own last words come first. One that owes
/// an answer (to its configuration, a draw list, the end of the output) and does nothing at all
/// for the patience's length hangs: it is killed, and has failed.
/// Thread: the event loop's.
class CompositorLink {
  public:
    struct Events {
        std::function<void(wire::FromCompositor)> on_message;
        std::function<void(Error)> on_failed;
    };

    /// However slow an encoder or a device is, it does not idle for so long.
    static constexpr std::chrono::milliseconds default_patience{60'000};

    [[nodiscard]] static Result<std::unique_ptr<CompositorLink>> start(
        EventLoop& loop, const CompositorConfinement& confinement,
        std::chrono::milliseconds patience = default_patience);

    void set_events(Events events) { events_ = std::move(events); }
    void send(const wire::ToCompositor& message, std::span<const int> descriptors = {});
    /// It died, hung or talked rubbish, or its device was lost: another one may do better.
    [[nodiscard]] bool is_lost() const { return is_lost_; }
    /// Its work is done: that it ends now is as it should be.
    void expect_end();

    /// What it said when it was configured; nothing: it has not yet.
    [[nodiscard]] const std::optional<wire::CompositorReady>& ready() const { return ready_; }
    /// Runs the loop until it has. Errors: it failed; a stop by signal (code cancelled).
    [[nodiscard]] Status wait_until_ready();

    [[nodiscard]] pid_t pid() const { return child_.pid(); }
    [[nodiscard]] const ChannelTraffic& traffic() const {
        return channel_ ? channel_->traffic() : past_traffic_;
    }

    /// The last messages to and from it.
    [[nodiscard]] const MessageLog& message_log() const { return log_; }

  private:
    explicit CompositorLink(EventLoop& loop) : loop_(loop) {}
    void on_message(const std::vector<std::byte>& bytes);
    void on_exit();
    void watch(std::chrono::milliseconds patience);
    void note_answers(const wire::FromCompositor& message);
    void fail(Error error);

    EventLoop& loop_;
    Events events_;
    ChildProcess child_;
    EventLoop::Registration exit_watch_;
    std::optional<ProcessPulse> pulse_;
    std::optional<AnswerWatch> answers_;
    std::optional<Error> hang_;  ///< what it was killed for
    std::unique_ptr<Channel> channel_;
    ChannelTraffic past_traffic_;
    MessageLog log_;
    std::optional<wire::CompositorReady> ready_;
    bool end_is_expected_ = false;
    bool has_failed_ = false;
    bool is_lost_ = false;
};

}  // namespace reelpool::run
