#include "tools/seek_stress/zygote_driver.hpp"

#include <cstring>
#include <utility>

namespace reelpool::seek_stress {
namespace {

Unexpected zygote_error(std::string what, std::string cause = {}) {
    return unexpected({.code = ErrorCode::internal,
                       .component = Component::worker,
                       .subject = {},
                       .what = std::move(what),
                       .cause = std::move(cause),
                       .hint = {}});
}

}  // namespace

Result<std::unique_ptr<ZygoteDriver>> ZygoteDriver::start(const std::string& executable) {
    REELPOOL_TRY(ends, socket_pair());
    std::unique_ptr<ZygoteDriver> driver(new ZygoteDriver);
    REELPOOL_TRY(child, ChildProcess::spawn({.executable = executable,
                                             .arguments = {"--zygote-fd", "3"},
                                             .socket = ends.second.get()}));
    driver->process_ = std::move(child);
    driver->channel_ = std::make_unique<Channel>(
        driver->loop_, std::move(ends.first), ChannelLimits{},
        [self = driver.get()](std::vector<std::byte> bytes, std::vector<UniqueFd>) {
            self->answers_.push_back(wire::decode_from_zygote(bytes));
            self->loop_.stop();
        },
        [self = driver.get()](const Error&) { self->loop_.stop(); });
    return driver;
}

Result<wire::FromZygote> ZygoteDriver::answer() {
    while (answers_.empty()) {
        if (!channel_ || !channel_->is_open())
            return zygote_error("the zygote has closed its channel");
        loop_.run();
    }
    Result<wire::FromZygote> answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
}

Result<ZygoteDriver::Forked> ZygoteDriver::fork_worker() {
    REELPOOL_TRY(ends, socket_pair());
    Forked forked;
    forked.worker = {next_worker_++};
    forked.channel = std::move(ends.first);
    const int theirs = ends.second.get();
    channel_->send(wire::encode(wire::ToZygote(wire::ForkWorker{forked.worker})), {&theirs, 1});
    REELPOOL_TRY(message, answer());
    const auto* told = std::get_if<wire::WorkerForked>(&message);
    if (told == nullptr || told->worker != forked.worker)
        return zygote_error("the zygote gave another answer than was asked for");
    if (told->pid <= 0)
        return zygote_error("the zygote could not fork a worker", std::strerror(-told->pid));
    forked.pid = told->pid;
    REELPOOL_TRY(pidfd, open_pidfd(forked.pid));
    forked.pidfd = std::move(pidfd);
    return forked;
}

Result<int> ZygoteDriver::reap(WorkerId worker) {
    channel_->send(wire::encode(wire::ToZygote(wire::ReapWorker{worker})));
    REELPOOL_TRY(message, answer());
    const auto* told = std::get_if<wire::WorkerExited>(&message);
    if (told == nullptr || told->worker != worker)
        return zygote_error("the zygote gave another answer than was asked for");
    return told->wait_status;
}

}  // namespace reelpool::seek_stress
