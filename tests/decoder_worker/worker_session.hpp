#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/decoder_worker/generated_media.hpp"
#include "tools/seek_stress/worker_driver.hpp"

namespace reelpool::worker::test {

/// Ends the test program if one test takes longer than two minutes; children die with it.
class Watchdog {
  public:
    Watchdog();
    ~Watchdog();
};

/// The driver of a zygote whose failures fail the test.
class ZygoteSession {
  public:
    ZygoteSession();

    using Forked = seek_stress::ZygoteDriver::Forked;
    [[nodiscard]] Forked fork_worker();
    [[nodiscard]] int reap(WorkerId worker);

    [[nodiscard]] seek_stress::ZygoteDriver& driver() { return *driver_; }
    [[nodiscard]] ChildProcess& process() { return driver_->process(); }
    [[nodiscard]] EventLoop& loop() { return driver_->loop(); }
    /// Lets the zygote see the end of its socket.
    void close_socket() { driver_->close_socket(); }

  private:
    Watchdog watchdog_;
    std::unique_ptr<seek_stress::ZygoteDriver> driver_;
};

/// The driver of one worker, with a zygote of its own, whose failures fail the test.
class WorkerSession {
  public:
    WorkerSession();

    /// Sends OpenMedia and waits for the answer: opened() or failure().
    void open(const std::string& path, wire::OpenMedia wishes = {}, UniqueFd entry = {});
    [[nodiscard]] const wire::MediaOpened& opened() const { return driver_.opened(); }
    [[nodiscard]] bool is_open() const { return driver_.is_open(); }
    [[nodiscard]] const std::optional<wire::WorkerFailed>& failure() const {
        return driver_.failure();
    }

    void open_cursor(std::uint32_t cursor, std::uint32_t threads = 2) {
        driver_.open_cursor(cursor, threads);
    }
    void close_cursor(std::uint32_t cursor) { driver_.close_cursor(cursor); }

    /// Sends one Decode with one full slot per frame and waits until all are answered.
    /// `picture_files`: of an image sequence, one per frame.
    void decode(std::uint32_t cursor, std::uint32_t seek_to, std::vector<std::uint32_t> frames,
                Level level = {}, const std::vector<std::string>& picture_files = {});
    /// The same without waiting.
    void start_decode(std::uint32_t cursor, std::uint32_t seek_to,
                      std::vector<std::uint32_t> frames, Level level = {},
                      const std::vector<std::string>& picture_files = {});
    /// Decodes one frame from its keyframe.
    void decode_from_keyframe(std::uint32_t cursor, std::uint32_t frame, Level level = {});
    void send(const wire::ToWorker& message, std::vector<int> descriptors = {}) {
        driver_.send(message, descriptors);
    }
    void wait_for_slots(std::size_t count);
    void wait_for_failure();
    /// For one slot or a failure.
    void wait_for_answer();
    void wait_for_end();

    /// What lies in the slot of the n-th SlotReady, in the slots' plane order.
    [[nodiscard]] Planes picture(std::size_t n) const;
    [[nodiscard]] const std::vector<wire::SlotReady>& ready() const { return driver_.ready(); }
    [[nodiscard]] const wire::WorkerCounters& counters() const { return driver_.counters(); }
    [[nodiscard]] std::uint32_t steps_done(std::uint32_t cursor) {
        return driver_.steps_done(cursor);
    }
    [[nodiscard]] ZygoteSession& zygote() { return zygote_; }
    [[nodiscard]] const ZygoteSession::Forked& process() const { return driver_.process(); }
    [[nodiscard]] SegmentId segment() const { return driver_.segment(); }
    void forget_ready() { driver_.forget_ready(); }
    void close_channel() { driver_.close_channel(); }
    [[nodiscard]] seek_stress::WorkerDriver& driver() { return driver_; }

  private:
    static constexpr std::uint32_t slot_count = 64;
    ZygoteSession zygote_;
    seek_stress::WorkerDriver driver_;
};

/// What lies in a slot, plane by plane, in the slots' plane order.
[[nodiscard]] Planes planes_in_slot(const std::byte* slot, const MediaInfo& info, Level level = {});

}  // namespace reelpool::worker::test
