#include "tools/seek_stress/worker_driver.hpp"

#include <algorithm>
#include <utility>

#include "ipc/frame/slot_layout.hpp"

namespace reelpool::seek_stress {
namespace {

Error strange_slot() {
    return {.code = ErrorCode::decode,
            .component = Component::worker,
            .subject = {},
            .what = "the worker reports a slot that it was never granted",
            .cause = {},
            .hint = {}};
}

/// Offsets of slots are 32-bit numbers, and memory is not without end.
constexpr std::uint64_t max_ring_bytes = std::uint64_t{1} << 30;

Error too_large_for_ring() {
    return {.code = ErrorCode::limit,
            .component = Component::worker,
            .subject = {},
            .what = "one picture of the file needs more than 1 GiB",
            .cause = {},
            .hint = {}};
}

}  // namespace

WorkerDriver::WorkerDriver(ZygoteDriver& zygote, ZygoteDriver::Forked forked,
                           std::uint32_t slot_count)
    : zygote_(zygote), forked_(std::move(forked)), slot_count_(slot_count) {
    channel_ = std::make_unique<Channel>(
        zygote_.loop(), std::move(forked_.channel), ChannelLimits{},
        [this](std::vector<std::byte> bytes, std::vector<UniqueFd>) { receive(bytes); },
        [this](const Error&) {
            is_closed_ = true;
            zygote_.loop().stop();
        });
}

/// A worker's word is checked before it is believed; a broken one counts as its failure.
void WorkerDriver::receive(const std::vector<std::byte>& bytes) {
    auto message = wire::decode_from_worker(bytes);
    if (message)
        take(std::move(*message));
    else
        failure_ = wire::WorkerFailed{.error = std::move(message).error()};
    zygote_.loop().stop();
}

void WorkerDriver::take(wire::FromWorker message) {
    if (auto* opened = std::get_if<wire::MediaOpened>(&message)) {
        const Status status = validate(opened->table);
        if (opened->info.has_pictures && !status)
            failure_ = wire::WorkerFailed{.error = status.error()};
        else
            opened_ = std::move(*opened);
    } else if (auto* failed = std::get_if<wire::WorkerFailed>(&message)) {
        failure_ = std::move(*failed);
    } else if (auto* sound = std::get_if<wire::SoundReady>(&message)) {
        sound_ready_.push_back(*sound);
        counters_ = sound->counters;
    } else if (auto* stopped = std::get_if<wire::SoundFailed>(&message)) {
        sound_failures_.push_back(std::move(*stopped));
    } else if (auto* ready = std::get_if<wire::SlotsReady>(&message)) {
        for (const wire::SlotReady& slot : ready->slots) {
            const std::uint32_t number = slot.offset_bytes / slot_bytes_;
            if (slot.segment != segment_ || !given_.contains(number))
                failure_ = wire::WorkerFailed{.error = strange_slot()};
            else
                ready_.push_back(slot);
            if (slot.is_held) held_.insert(number);
        }
        for (const wire::SlotReleased& slot : ready->released)
            if (held_.erase(slot.offset_bytes / slot_bytes_) == 0)
                failure_ = wire::WorkerFailed{.error = strange_slot()};
        steps_done_[ready->cursor.value] = ready->steps_done;
        counters_ = ready->counters;
    }
}

void WorkerDriver::run_until(const std::function<bool()>& is_done) {
    while (!is_done() && !is_closed_) zygote_.loop().run();
}

void WorkerDriver::send(const wire::ToWorker& message, const std::vector<int>& descriptors) {
    channel_->send(wire::encode(message), descriptors);
}

Status WorkerDriver::open(UniqueFd file, wire::OpenMedia wishes, UniqueFd entry) {
    std::vector<int> descriptors{file.get()};
    if (entry) descriptors.push_back(entry.get());
    send(wishes, descriptors);
    run_until([this] { return opened_ || failure_; });
    if (!opened_ || !opened_->info.has_pictures) return ok();
    return make_segment();
}

Status WorkerDriver::make_segment() {
    const MediaInfo& info = opened_->info;
    REELPOOL_TRY(layout, slot_layout(info.format, info.width, info.height, {}));
    slot_bytes_ = layout.bytes;
    slot_count_ = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(slot_count_, max_ring_bytes / slot_bytes_));
    if (slot_count_ == 0) return unexpected(too_large_for_ring());
    const std::uint64_t bytes = std::uint64_t{slot_bytes_} * slot_count_;
    REELPOOL_TRY(fd, create_segment("seek-stress", bytes));
    segment_fd_ = std::move(fd);
    REELPOOL_TRY(mapping, Mapping::map(segment_fd_, bytes, Access::read_only));
    mapping_ = std::move(mapping);
    send(wire::AddSegment{segment_, bytes}, {segment_fd_.get()});
    return ok();
}

void WorkerDriver::open_cursor(std::uint32_t cursor, std::uint32_t threads) {
    send(wire::OpenCursor{{cursor}, threads});
}

void WorkerDriver::close_cursor(std::uint32_t cursor) {
    send(wire::CloseCursor{{cursor}});
}

std::uint32_t WorkerDriver::take_slot() {
    std::uint32_t slot = 0;
    while (given_.contains(slot) || held_.contains(slot)) ++slot;
    REELPOOL_CHECK(slot < slot_count_);
    given_.insert(slot);
    return slot;
}

void WorkerDriver::start_decode(std::uint32_t cursor, std::uint32_t seek_to,
                                const std::vector<std::uint32_t>& frames, Level level,
                                const std::vector<int>& pictures) {
    wire::Decode message{.cursor = {cursor}, .seek_to = seek_to, .steps = {}};
    for (const std::uint32_t frame : frames) {
        wire::SlotGrant grant{.level = level,
                              .segment = segment_,
                              .offset_bytes = take_slot() * slot_bytes_,
                              .slot_bytes = slot_bytes_,
                              .generation = {generation_++},
                              .may_be_direct = rendering_ == Rendering::direct && level == Level{}};
        message.steps.push_back({.frame = {frame}, .grants = {grant}});
    }
    send(message, pictures);
}

std::vector<wire::SlotReady> WorkerDriver::take_ready() {
    for (const wire::SlotReady& slot : ready_) given_.erase(slot.offset_bytes / slot_bytes_);
    return std::exchange(ready_, {});
}

Status WorkerDriver::wait_for_slots(std::size_t count) {
    run_until([&] { return ready_.size() >= count || failure_.has_value(); });
    if (ready_.size() >= count) return ok();
    if (failure_) return unexpected(failure_->error);
    return unexpected({.code = ErrorCode::decode,
                       .component = Component::worker,
                       .subject = {},
                       .what = "the worker is gone without a word",
                       .cause = {},
                       .hint = {}});
}

}  // namespace reelpool::seek_stress
