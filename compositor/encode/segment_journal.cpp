#include "compositor/encode/segment_journal.hpp"

#include <pthread.h>

#include <algorithm>
#include <system_error>

namespace reelpool::compositor {
Result<std::unique_ptr<SegmentJournal>> SegmentJournal::start(const OutputSettings& settings,
                                                              Events events) {
    std::unique_ptr<SegmentJournal> journal(new SegmentJournal(settings, std::move(events)));
    try {
        journal->thread_ = std::thread(&SegmentJournal::seal_all, journal.get());
    } catch (const std::system_error& failure) {
        return unexpected(
            encoder_error("cannot start the journal's thread", AVERROR(failure.code().value())));
    }
    return journal;
}

SegmentJournal::SegmentJournal(const OutputSettings& settings, Events events)
    : settings_(settings), events_(std::move(events)) {
    if (!events_.on_sealed) events_.on_sealed = [](const SealedSegment&) {};
    if (!events_.on_failed) events_.on_failed = [](const Error&) {};
}

SegmentJournal::~SegmentJournal() {
    {
        const std::lock_guard lock(mutex_);
        finished_.reset();
        is_ending_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

/// Under the lock.
Status SegmentJournal::failed(Error error) {
    if (!error_) {
        error_ = std::move(error);
        events_.on_failed(*error_);
        changed_.notify_all();
    }
    return unexpected(*error_);
}

void SegmentJournal::fail(Error error) {
    const std::lock_guard lock(mutex_);
    static_cast<void>(failed(std::move(error)));
}

Status SegmentJournal::status() const {
    const std::lock_guard lock(mutex_);
    if (error_) return unexpected(*error_);
    return ok();
}

Status SegmentJournal::begin_segment(std::uint32_t segment,
                                     std::span<const std::uint8_t> extradata) {
    const std::lock_guard lock(mutex_);
    if (error_) return unexpected(*error_);
    if (!extradata_) extradata_.emplace(extradata.begin(), extradata.end());
    if (!std::equal(extradata.begin(), extradata.end(), extradata_->begin(), extradata_->end()))
        return failed(internal_error(Component::encoder, "segments have different headers"));
    auto writer = SegmentWriter::create(settings_, segment_at(settings_, segment), extradata);
    if (!writer) return failed(std::move(writer).error());
    open_[segment] = std::move(*writer);
    return ok();
}

Status SegmentJournal::deliver(std::uint32_t segment, PacketPtr packet) {
    const std::lock_guard lock(mutex_);
    if (error_) return unexpected(*error_);
    auto status = open_.at(segment)->append(*packet);
    if (!status) return failed(std::move(status).error());
    bytes_ += static_cast<std::uint64_t>(packet->size);
    return ok();
}

Status SegmentJournal::finish_segment(std::uint32_t segment) {
    std::unique_lock lock(mutex_);
    if (error_) return unexpected(*error_);
    const auto entry = open_.find(segment);
    auto status = entry->second->complete();
    if (!status) return failed(std::move(status).error());
    changed_.wait(lock, [this] { return error_ || (finished_ == nullptr && !is_being_sealed_); });
    if (error_) return unexpected(*error_);
    finished_ = std::move(entry->second);
    open_.erase(entry);
    changed_.notify_all();
    return ok();
}

/// Null: none follows. What it gives is being sealed.
std::unique_ptr<SegmentWriter> SegmentJournal::wait_for_finished() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return finished_ != nullptr || is_ending_ || error_; });
    if (finished_ == nullptr || error_) return nullptr;
    is_being_sealed_ = true;
    return std::move(finished_);
}

void SegmentJournal::seal_all() {
    pthread_setname_np(pthread_self(), "journal");
    while (const auto segment = wait_for_finished()) {
        auto status = segment->seal();
        if (!status) {
            fail(std::move(status).error());
            return;
        }
        events_.on_sealed({segment->segment(), segment->bytes(), segment->digest()});
        const std::lock_guard lock(mutex_);
        is_being_sealed_ = false;
        changed_.notify_all();
    }
}

Status SegmentJournal::finish() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    return status();
}

}  // namespace reelpool::compositor
