#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ipc/process/channel.hpp"
#include "ipc/shm/segment.hpp"
#include "ipc/wire/messages.hpp"
#include "tools/seek_stress/zygote_driver.hpp"

namespace reelpool::seek_stress {

/// Whether the codec may write its pictures into the granted slots itself.
enum class Rendering : std::uint8_t { direct, copied };

/// One worker on one file, driven as the orchestrator drives it: a ring of one segment, whose slots
/// are granted one after another. What the worker says is kept until it is asked for.
/// Thread: the zygote's loop's; the calls that wait run that loop.
class WorkerDriver {
  public:
    /// `zygote` must outlive the driver. `slot_count`: how many frames may be asked for before
    /// forget_ready; fewer where the ring would exceed 1 GiB.
    WorkerDriver(ZygoteDriver& zygote, ZygoteDriver::Forked forked, std::uint32_t slot_count);

    /// Sends OpenMedia, waits for the answer, opened() or failure(), and gives the worker its ring,
    /// where there are pictures.
    /// Errors: ours alone (a segment cannot be made); the worker's lie in failure().
    [[nodiscard]] Status open(UniqueFd file, wire::OpenMedia wishes, UniqueFd entry = {});
    [[nodiscard]] const wire::MediaOpened& opened() const { return *opened_; }
    [[nodiscard]] bool is_open() const { return opened_.has_value(); }
    /// What the worker said last, if it could not go on.
    [[nodiscard]] const std::optional<wire::WorkerFailed>& failure() const { return failure_; }

    void open_cursor(std::uint32_t cursor, std::uint32_t threads);
    void close_cursor(std::uint32_t cursor);
    void send(const wire::ToWorker& message, const std::vector<int>& descriptors = {});

    /// Sends one Decode with one slot per frame. `pictures`: of an image sequence, a descriptor per
    /// frame.
    void start_decode(std::uint32_t cursor, std::uint32_t seek_to,
                      const std::vector<std::uint32_t>& frames, Level level = {},
                      const std::vector<int>& pictures = {});
    /// How the following frames may be made.
    void set_rendering(Rendering rendering) { rendering_ = rendering; }

    /// Waits until the condition holds or the worker is gone.
    void run_until(const std::function<bool()>& is_done);
    /// Waits for so many slots in ready(). Errors: the worker failed, or is gone without a word.
    [[nodiscard]] Status wait_for_slots(std::size_t count);

    /// What has become ready since the last forget_ready, in the order of arrival.
    [[nodiscard]] const std::vector<wire::SlotReady>& ready() const { return ready_; }
    /// The first byte of a slot that became ready.
    [[nodiscard]] const std::byte* slot(const wire::SlotReady& ready) const {
        return mapping_.data() + ready.offset_bytes;
    }
    /// What the sound cursor has answered.
    [[nodiscard]] const std::vector<wire::SoundReady>& sound_ready() const { return sound_ready_; }
    [[nodiscard]] const std::vector<wire::SoundFailed>& sound_failures() const {
        return sound_failures_;
    }
    /// Their slots may be granted again, but for those that a codec still refers to.
    void forget_ready() {
        ready_.clear();
        given_.clear();
    }
    /// What has become ready, and forgets just that.
    [[nodiscard]] std::vector<wire::SlotReady> take_ready();
    /// The slots that a codec refers to, whether they are forgotten or not.
    [[nodiscard]] std::size_t held_count() const { return held_.size(); }
    [[nodiscard]] const wire::WorkerCounters& counters() const { return counters_; }
    [[nodiscard]] std::uint32_t steps_done(std::uint32_t cursor) { return steps_done_[cursor]; }
    [[nodiscard]] const ZygoteDriver::Forked& process() const { return forked_; }
    [[nodiscard]] SegmentId segment() const { return segment_; }
    [[nodiscard]] std::uint32_t slot_count() const { return slot_count_; }
    void close_channel() { channel_.reset(); }

  private:
    void receive(const std::vector<std::byte>& bytes);
    void take(wire::FromWorker message);
    Status make_segment();
    [[nodiscard]] std::uint32_t take_slot();

    ZygoteDriver& zygote_;
    ZygoteDriver::Forked forked_;
    std::unique_ptr<Channel> channel_;
    bool is_closed_ = false;
    std::optional<wire::MediaOpened> opened_;
    std::optional<wire::WorkerFailed> failure_;
    std::vector<wire::SlotReady> ready_;
    std::vector<wire::SoundReady> sound_ready_;
    std::vector<wire::SoundFailed> sound_failures_;
    std::map<std::uint32_t, std::uint32_t> steps_done_;
    wire::WorkerCounters counters_;
    Rendering rendering_ = Rendering::copied;
    SegmentId segment_{7};
    std::uint32_t slot_count_ = 0;
    std::uint32_t slot_bytes_ = 0;
    std::set<std::uint32_t> given_;  ///< slots granted since the last forget_ready
    std::set<std::uint32_t> held_;   ///< slots that a codec refers to
    std::uint32_t generation_ = 0;
    UniqueFd segment_fd_;
    Mapping mapping_;
};

}  // namespace reelpool::seek_stress
