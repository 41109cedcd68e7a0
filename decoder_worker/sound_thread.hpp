#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "decoder_worker/sound_cursor.hpp"
#include "ipc/base/blocking_queue.hpp"
#include "ipc/shm/segment.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::worker {

/// An order that was checked: the block fits into its segment.
struct SoundStep {
    wire::DecodeSound order;
    std::shared_ptr<Mapping> segment;  ///< kept mapped until it is written
};

// What the thread tells the loop.
struct SoundDone {
    wire::DecodeSound order;
    SoundBlockFacts facts;
};
/// The thread has nothing else to say, and does nothing more.
struct SoundStopped {
    std::uint32_t block = 0;
    Error error;
};

/// The sound cursor and the thread that decodes with it.
/// Owner: destroying it waits for the step under way. Thread: the loop's.
class SoundThread {
  public:
    struct Reporter {
        std::function<void(SoundDone)> on_done;
        std::function<void(SoundStopped)> on_stopped;
    };
    SoundThread(std::shared_ptr<const OpenedMedia> media, std::uint32_t mix_hz,
                std::shared_ptr<Counters> counters, Reporter report);
    ~SoundThread();
    SoundThread(const SoundThread&) = delete;
    SoundThread& operator=(const SoundThread&) = delete;

    void push(SoundStep step) {
        ++steps_open_;
        steps_->push(std::move(step));
    }
    /// To be told of every SoundDone.
    void count_done() { --steps_open_; }
    [[nodiscard]] std::uint32_t steps_open() const { return steps_open_; }

  private:
    std::uint32_t steps_open_ = 0;
    std::shared_ptr<BlockingQueue<SoundStep>> steps_;
    std::thread thread_;
};

}  // namespace reelpool::worker
