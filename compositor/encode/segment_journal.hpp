#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "compositor/encode/segment_file.hpp"
#include "compositor/encode/segment_sink.hpp"

namespace reelpool::compositor {

/// A segment whose file is on the disk under its name.
struct SealedSegment {
    OutputSegment segment;
    std::uint64_t bytes = 0;
    Digest digest;  ///< of the file
};

/// Writes each segment to a file of its own in OutputSettings::journal_path. Finished ones are
/// brought to the disk by a thread of its own, so that the next segment is encoded meanwhile. It
/// may not be finished before: what can be lost is what was encoded since, and one segment.
///
/// Owner: unfinished files are deleted with it, finished ones stay.
/// Thread: any.
class SegmentJournal final : public SegmentSink {
  public:
    struct Events {
        std::function<void(const SealedSegment&)> on_sealed;  ///< in the order of finishing
        std::function<void(const Error&)> on_failed;          ///< the first failure
    };
    /// Events come on any thread. `settings` must outlive it. Errors: retryable, no thread.
    [[nodiscard]] static Result<std::unique_ptr<SegmentJournal>> start(
        const OutputSettings& settings, Events events);
    ~SegmentJournal() override;

    Status begin_segment(std::uint32_t segment, std::span<const std::uint8_t> extradata) override;
    Status deliver(std::uint32_t segment, PacketPtr packet) override;
    Status finish_segment(std::uint32_t segment) override;
    void fail(Error error) override;
    Status status() const override;
    std::uint64_t bytes_written() const override { return bytes_; }

    /// Waits until every finished segment is on the disk. No other segment follows.
    [[nodiscard]] Status finish();

  private:
    SegmentJournal(const OutputSettings& settings, Events events);
    void seal_all();
    [[nodiscard]] std::unique_ptr<SegmentWriter> wait_for_finished();
    [[nodiscard]] Status failed(Error error);

    const OutputSettings& settings_;
    Events events_;
    mutable std::mutex mutex_;
    std::optional<Error> error_;
    std::optional<std::vector<std::uint8_t>> extradata_;
    std::map<std::uint32_t, std::unique_ptr<SegmentWriter>> open_;
    std::atomic<std::uint64_t> bytes_{0};
    std::condition_variable changed_;
    std::unique_ptr<SegmentWriter> finished_;  ///< on its way to the disk
    bool is_being_sealed_ = false;
    bool is_ending_ = false;  ///< no segment will be finished any more
    std::thread thread_;
};

}  // namespace reelpool::compositor
