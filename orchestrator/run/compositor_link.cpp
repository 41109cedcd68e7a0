#include "orchestrator/run/compositor_link.hpp"

#include <utility>

#include "orchestrator/run/message_notes.hpp"

namespace reelpool::run {

Result<std::unique_ptr<CompositorLink>> CompositorLink::start(
    EventLoop& loop, const CompositorConfinement& confinement) {
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
        loop, std::move(ends.first), ChannelLimits{},
        [raw](std::vector<std::byte> bytes, std::vector<UniqueFd>) { raw->on_message(bytes); },
        // The process's end says more than the channel's, and follows at once.
        [](const Error&) {});
    link->exit_watch_ = loop.on_readable(link->child_.pidfd(), [raw] { raw->on_exit(); });
    return link;
}

void CompositorLink::send(const wire::ToCompositor& message, std::span<const int> descriptors) {
    note(log_, message);
    channel_->send(wire::encode(message), descriptors);
}

void CompositorLink::expect_end() {
    end_is_expected_ = true;
    exit_watch_.cancel();
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
        fail(std::move(message).error());
        return;
    }
    note(log_, *message);
    if (auto* const failed = std::get_if<wire::CompositorFailed>(&*message)) {
        is_lost_ = failed->error.code == ErrorCode::retryable;
        fail(std::move(failed->error));
        return;
    }
    if (const auto* const ready = std::get_if<wire::CompositorReady>(&*message)) ready_ = *ready;
    events_.on_message(std::move(*message));
}

void CompositorLink::on_exit() {
    exit_watch_.cancel();
    auto status = child_.wait();
    // Last words may still lie in the socket: the loop reads them before it runs this.
    loop_.post([this, status = std::move(status)] {
        if (end_is_expected_ || has_failed_) return;
        is_lost_ = true;
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
