#include "tests/decoder_worker/worker_session.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace reelpool::worker::test {

Watchdog::Watchdog() {
    ::alarm(120);
}
Watchdog::~Watchdog() {
    ::alarm(0);
}

ZygoteSession::ZygoteSession() {
    auto ends = socket_pair();
    REQUIRE(ends.has_value());
    const char* executable = std::getenv("REELPOOL_WORKER");
    REQUIRE(executable != nullptr);
    auto child = ChildProcess::spawn({.executable = executable,
                                      .arguments = {"--zygote-fd", "3"},
                                      .socket = ends->second.get()});
    REQUIRE(child.has_value());
    process_ = std::move(*child);
    channel_ = std::make_unique<Channel>(
        loop_, std::move(ends->first), ChannelLimits{},
        [this](std::vector<std::byte> bytes, std::vector<UniqueFd>) {
            auto message = wire::decode_from_zygote(bytes);
            REQUIRE(message.has_value());
            answers_.push_back(*message);
            loop_.stop();
        },
        [this](const Error&) { loop_.stop(); });
}

wire::FromZygote ZygoteSession::answer() {
    while (answers_.empty()) {
        REQUIRE(channel_->is_open());
        loop_.run();
    }
    wire::FromZygote answer = answers_.front();
    answers_.pop_front();
    return answer;
}

ZygoteSession::Forked ZygoteSession::fork_worker() {
    auto ends = socket_pair();
    REQUIRE(ends.has_value());
    Forked forked;
    forked.worker = {next_worker_++};
    forked.channel = std::move(ends->first);
    const int theirs = ends->second.get();
    channel_->send(wire::encode(wire::ToZygote(wire::ForkWorker{forked.worker})), {&theirs, 1});
    const wire::FromZygote message = answer();
    const auto* told = std::get_if<wire::WorkerForked>(&message);
    REQUIRE(told != nullptr);
    REQUIRE(told->worker == forked.worker);
    REQUIRE(told->pid > 0);
    forked.pid = told->pid;
    auto pidfd = open_pidfd(forked.pid);
    REQUIRE(pidfd.has_value());
    forked.pidfd = std::move(*pidfd);
    return forked;
}

int ZygoteSession::reap(WorkerId worker) {
    channel_->send(wire::encode(wire::ToZygote(wire::ReapWorker{worker})));
    const wire::FromZygote message = answer();
    const auto* told = std::get_if<wire::WorkerExited>(&message);
    REQUIRE(told != nullptr);
    REQUIRE(told->worker == worker);
    return told->wait_status;
}

WorkerSession::WorkerSession() : forked_(zygote_.fork_worker()) {
    channel_ = std::make_unique<Channel>(
        zygote_.loop(), std::move(forked_.channel), ChannelLimits{},
        [this](std::vector<std::byte> bytes, std::vector<UniqueFd>) { receive(std::move(bytes)); },
        [this](const Error&) {
            is_closed_ = true;
            zygote_.loop().stop();
        });
}

void WorkerSession::receive(std::vector<std::byte> bytes) {
    auto message = wire::decode_from_worker(bytes);
    REQUIRE(message.has_value());
    if (auto* opened = std::get_if<wire::MediaOpened>(&*message)) {
        REQUIRE(validate(opened->table).has_value());
        opened_ = std::move(*opened);
    } else if (auto* failed = std::get_if<wire::WorkerFailed>(&*message)) {
        failure_ = std::move(*failed);
    } else if (auto* ready = std::get_if<wire::SlotsReady>(&*message)) {
        ready_.insert(ready_.end(), ready->slots.begin(), ready->slots.end());
        steps_done_[ready->cursor.value] = ready->steps_done;
        counters_ = ready->counters;
    }
    zygote_.loop().stop();
}

void WorkerSession::run_until(const std::function<bool()>& is_done) {
    while (!is_done() && !is_closed_) zygote_.loop().run();
}

void WorkerSession::send(const wire::ToWorker& message, std::vector<int> descriptors) {
    channel_->send(wire::encode(message), descriptors);
}

void WorkerSession::open(const std::string& path, wire::OpenMedia wishes, UniqueFd entry) {
    const UniqueFd fd = open_file(path);
    std::vector<int> descriptors{fd.get()};
    if (entry) descriptors.push_back(entry.get());
    send(wishes, descriptors);
    run_until([this] { return opened_ || failure_; });
    if (opened_) make_segment();
}

void WorkerSession::make_segment() {
    const MediaInfo& info = opened_->info;
    auto layout = slot_layout(info.format, info.width, info.height, {});
    REQUIRE(layout.has_value());
    slot_bytes_ = layout->bytes;
    const std::uint64_t bytes = std::uint64_t{slot_bytes_} * slot_count;
    auto fd = create_segment("test", bytes);
    REQUIRE(fd.has_value());
    segment_fd_ = std::move(*fd);
    auto mapping = Mapping::map(segment_fd_, bytes, Access::read_only);
    REQUIRE(mapping.has_value());
    mapping_ = std::move(*mapping);
    send(wire::AddSegment{segment_, bytes}, {segment_fd_.get()});
}

void WorkerSession::open_cursor(std::uint32_t cursor, std::uint32_t threads) {
    send(wire::OpenCursor{{cursor}, threads});
}

void WorkerSession::close_cursor(std::uint32_t cursor) {
    send(wire::CloseCursor{{cursor}});
}

void WorkerSession::start_decode(std::uint32_t cursor, std::uint32_t seek_to,
                                 std::vector<std::uint32_t> frames, Level level,
                                 const std::vector<std::string>& picture_files) {
    wire::Decode message{.cursor = {cursor}, .seek_to = seek_to, .steps = {}};
    std::vector<UniqueFd> files;
    std::vector<int> descriptors;
    for (const std::string& path : picture_files) {
        files.push_back(open_file(path));
        descriptors.push_back(files.back().get());
    }
    for (const std::uint32_t frame : frames) {
        const wire::SlotGrant grant{.level = level,
                                    .segment = segment_,
                                    .offset_bytes = next_slot_ * slot_bytes_,
                                    .slot_bytes = slot_bytes_,
                                    .generation = {generation_++}};
        next_slot_ = (next_slot_ + 1) % slot_count;
        message.steps.push_back({.frame = {frame}, .grants = {grant}});
    }
    send(message, descriptors);
}

void WorkerSession::decode(std::uint32_t cursor, std::uint32_t seek_to,
                           std::vector<std::uint32_t> frames, Level level,
                           const std::vector<std::string>& picture_files) {
    const std::size_t wanted = ready_.size() + frames.size();
    start_decode(cursor, seek_to, std::move(frames), level, picture_files);
    wait_for_slots(wanted);
}

void WorkerSession::decode_from_keyframe(std::uint32_t cursor, std::uint32_t frame, Level level) {
    decode(cursor, opened_->table.keyframe_at({frame}).value, {frame}, level);
}

void WorkerSession::wait_for_slots(std::size_t count) {
    run_until([&] { return ready_.size() >= count || failure_.has_value(); });
    INFO((failure_ ? to_string(failure_->error) : std::string()));
    REQUIRE(ready_.size() >= count);
}

void WorkerSession::wait_for_failure() {
    run_until([this] { return failure_.has_value(); });
    REQUIRE(failure_.has_value());
}

void WorkerSession::wait_for_answer() {
    run_until([this] { return !ready_.empty() || failure_.has_value(); });
}

void WorkerSession::wait_for_end() {
    run_until([] { return false; });
}

Planes WorkerSession::picture(std::size_t n) const {
    const wire::SlotReady& slot = ready_.at(n);
    const MediaInfo& info = opened_->info;
    auto layout = slot_layout(info.format, info.width, info.height, slot.level);
    REQUIRE(layout.has_value());
    Planes planes;
    for (int plane = 0; plane < layout->plane_count; ++plane) {
        const PlaneLayout& at = layout->planes[static_cast<std::size_t>(plane)];
        std::vector<std::uint16_t> samples(std::size_t{at.width} * at.height);
        const auto bytes = static_cast<std::size_t>(info.format.sample_bytes());
        for (std::uint32_t y = 0; y < at.height; ++y)
            for (std::uint32_t x = 0; x < at.width; ++x)
                std::memcpy(&samples[std::size_t{y} * at.width + x],
                            mapping_.data() + slot.offset_bytes + at.offset_bytes +
                                std::size_t{y} * at.stride_bytes + x * bytes,
                            bytes);
        planes.push_back(std::move(samples));
    }
    return planes;
}

}  // namespace reelpool::worker::test
