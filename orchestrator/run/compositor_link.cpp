#include "orchestrator/run/compositor_link.hpp"

#include <csignal>
#include <utility>

#include "orchestrator/run/message_notes.hpp"

namespace reelpool::run {
namespace {

/// How many answers a message asks for.
std::uint64_t answers_to(const wire::ToCompositor& message) {
    const bool is_silent = std::holds_alternative<wire::MapSegment>(message) ||
                           std::holds_alternative<wire::UnmapSegment>(message);
    return is_silent ? 0 : 1;
}

constexpr ChannelLimits channel_limits;

/// Only a draw list can become so large: by very many layers with very many masks.
Error too_large(const wire::ToCompositor& message, std::size_t bytes) {
    const auto* const draw = std::get_if<wire::Draw>(&message);
    const std::string what =
        draw ? "the layers of output frame " + std::to_string(draw->list.output.value) : "a message";
    return {.code = ErrorCode::limit,
            .component = Component::compositor,
            .subject = {},
            .what = what + " are more than the compositor takes",
            .cause = "their description has " + std::to_string(bytes >> 20) + " MiB, of at most " +
                     std::to_string(channel_limits.max_message_bytes >> 20),
            .hint = "use fewer layers, or masks with fewer vertices, at that time"};
}

Error hang_error(std::chrono::milliseconds patience) {
    return {.code = ErrorCode::render,
            .component = Component::compositor,
            .subject = {},
            .what = "the compositor hangs",
            .cause = "it did nothing for " + std::to_string(patience.count() / 1000) +
                     " s, and was killed",
            .hint = "if it happens again, try another --device; where a device may be silent for "
                    "so long, use a longer --compositor-timeout"};
}

}  // namespace

Result<std::unique_ptr<CompositorLink>> CompositorLink::start(
    EventLoop& loop, const CompositorConfinement& confinement, std::chrono::milliseconds patience) {
    std::unique_ptr<CompositorLink> link(new CompositorLink(loop));
    REELPOOL_TRY(ends, socket_pair());
    REELPOOL_TRY(child, ChildProcess::spawn(
                            {.executable = companion_program("reelpool-compositor"),
                             .arguments = {"--channel-fd", std::to_string(inherited_socket_fd),
                                           "--sandbox", name_of(confinement.sandbox), "--writable",
                                           confinement.output_directory},
                             .socket = ends.second.get()}));
    link->child_ = std::move(child);
    CompositorLink* const raw = link.get();
    link->channel_ = std::make_unique<Channel>(
        loop, std::move(ends.first), channel_limits,
        [raw](std::vector<std::byte> bytes, std::vector<UniqueFd>) { raw->on_message(bytes); },
        // The process's end says more than the channel's, and follows at once.
        [](const Error&) {});
    link->exit_watch_ = loop.on_readable(link->child_.pidfd(), [raw] { raw->on_exit(); });
    link->watch(patience);
    return link;
}

void CompositorLink::watch(std::chrono::milliseconds patience) {
    pulse_.emplace(child_.pid());
    answers_.emplace(loop_, patience,
                     AnswerWatch::Events{.ask = [] {},
                                         .on_hang =
                                             [this, patience] {
                                                 // Its end, which follows, is told.
                                                 hang_ = hang_error(patience);
                                                 child_.kill(SIGKILL);
                                             },
                                         .has_moved = [this] { return pulse_->has_moved(); }});
}

void CompositorLink::send(const wire::ToCompositor& message, std::span<const int> descriptors) {
    note(log_, message);
    wire::Bytes bytes = wire::encode(message);
    if (bytes.size() > channel_limits.max_message_bytes) {
        // Told from the loop, as everything that fails here.
        loop_.post([this, error = too_large(message, bytes.size())] { fail(error); });
        return;
    }
    channel_->send(std::move(bytes), descriptors);
    answers_->owe(answers_to(message));
}

void CompositorLink::expect_end() {
    end_is_expected_ = true;
    exit_watch_.cancel();
    answers_->end();
    if (!channel_) return;
    past_traffic_ = channel_->traffic();
    channel_.reset();
}

Status CompositorLink::wait_until_ready() {
    std::optional<Error> error;
    set_events({.on_message = [this](const wire::FromCompositor&) { loop_.stop(); },
                .on_failed =
                    [&](Error failure) {
                        error = std::move(failure);
                        loop_.stop();
                    }});
    const auto signals = loop_.on_termination([&](int) {
        error = {.code = ErrorCode::cancelled,
                 .component = Component::output,
                 .subject = {},
                 .what = "the export was stopped",
                 .cause = {},
                 .hint = {}};
        loop_.stop();
    });
    if (!ready_) loop_.run();
    set_events(
        {.on_message = [](const wire::FromCompositor&) {}, .on_failed = [](const Error&) {}});
    if (error) return unexpected(std::move(*error));
    return ok();
}

void CompositorLink::on_message(const std::vector<std::byte>& bytes) {
    auto message = wire::decode_from_compositor(bytes);
    if (!message) {
        is_lost_ = true;
        fail(std::move(message).error());
        return;
    }
    note(log_, *message);
    note_answers(*message);
    if (auto* const failed = std::get_if<wire::CompositorFailed>(&*message)) {
        is_lost_ = failed->error.code == ErrorCode::retryable;
        fail(std::move(failed->error));
        return;
    }
    if (const auto* const ready = std::get_if<wire::CompositorReady>(&*message)) ready_ = *ready;
    events_.on_message(std::move(*message));
}

void CompositorLink::note_answers(const wire::FromCompositor& message) {
    if (const auto* const done = std::get_if<wire::FramesDone>(&message))
        answers_->settle(done->frames.size());
    else if (std::holds_alternative<wire::SegmentSealed>(message))
        answers_->note_moved();
    else
        answers_->settle(1);
}

void CompositorLink::on_exit() {
    exit_watch_.cancel();
    answers_->end();
    auto status = child_.wait();
    // Last words may still lie in the socket: the loop reads them before it runs this.
    loop_.post([this, status = std::move(status)] {
        if (end_is_expected_ || has_failed_) return;
        is_lost_ = true;
        if (hang_) {
            fail(*hang_);
            return;
        }
        fail({.code = ErrorCode::render,
              .component = Component::compositor,
              .subject = {},
              .what = "the compositor process ended unexpectedly",
              .cause = status ? describe_wait_status(*status) : to_string(status.error()),
              .hint = "start the export again; if it happens again, try another --device"});
    });
}

void CompositorLink::fail(Error error) {
    if (has_failed_) return;
    has_failed_ = true;
    events_.on_failed(std::move(error));
}

}  // namespace reelpool::run
