#include "compositor/encode/segment_journal.hpp"

#include <pthread.h>

#include <algorithm>
#include <system_error>

namespace reelpool::compositor {
namespace {

/// Finished segments that may wait for the disk.
constexpr std::size_t waiting_segments = 2;

}  // namespace

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
    : settings_(settings), events_(std::move(events)), finished_(waiting_segments) {
    if (!events_.on_sealed) events_.on_sealed = [](const SealedSegment&) {};
    if (!events_.on_failed) events_.on_failed = [](const Error&) {};
}

SegmentJournal::~SegmentJournal() {
    finished_.abort();
    if (thread_.joinable()) thread_.join();
}

/// Under the lock.
Status SegmentJournal::failed(Error error) {
    if (!error_) {
        error_ = std::move(error);
        events_.on_failed(*error_);
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
    std::unique_ptr<SegmentWriter> writer;
    {
        const std::lock_guard lock(mutex_);
        if (error_) return unexpected(*error_);
        const auto entry = open_.find(segment);
        writer = std::move(entry->second);
        open_.erase(entry);
        auto status = writer->complete();
        if (!status) return failed(std::move(status).error());
    }
    // Refused: something failed, which the next call tells.
    static_cast<void>(finished_.push(std::move(writer)));
    return ok();
}

void SegmentJournal::seal_all() {
    pthread_setname_np(pthread_self(), "journal");
    while (auto writer = finished_.pop()) {
        SegmentWriter& segment = **writer;
        auto status = segment.seal();
        if (!status) {
            fail(std::move(status).error());
            finished_.abort();
            return;
        }
        events_.on_sealed({segment.segment(), segment.bytes(), segment.digest()});
    }
}

Status SegmentJournal::finish() {
    finished_.close();
    if (thread_.joinable()) thread_.join();
    return status();
}

}  // namespace reelpool::compositor
