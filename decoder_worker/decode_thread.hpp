#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "decoder_worker/cursor.hpp"
#include "decoder_worker/slot_writer.hpp"
#include "decoder_worker/sound_thread.hpp"
#include "ipc/base/blocking_queue.hpp"
#include "ipc/shm/segment.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::worker {

/// A grant that was checked: the layout fits into the slot and the slot into its segment.
struct CheckedGrant {
    wire::SlotGrant grant;
    SlotLayout layout;
    std::shared_ptr<Mapping> segment;  ///< kept mapped until it is written
};

/// One step of a Decode message.
struct Step {
    std::uint32_t frame = 0;
    std::optional<std::uint32_t> keyframe;  ///< where to go first
    std::vector<CheckedGrant> grants;
    UniqueFd picture;  ///< image sequences: the file of this frame
};

// What threads tell the loop.
struct StepDone {
    CursorId cursor;
    std::vector<wire::SlotReady> slots;
    std::vector<wire::SlotReleased> released;
};
struct CursorEnded {
    CursorId cursor;
    std::vector<wire::SlotReleased> released;
};
struct MediaReady {
    std::shared_ptr<const OpenedMedia> media;
};
/// The thread that says so has nothing else to say.
struct Failed {
    Error error;
    std::optional<CursorId> cursor;  ///< none: opening the medium failed
    std::uint32_t frame = wire::no_seek;
};
/// Progress was awaited, and there is some.
struct Moved {};
using Report =
    std::variant<StepDone, CursorEnded, MediaReady, Failed, Moved, SoundDone, SoundStopped>;

/// Where reports go. Thread: must be callable from any.
using Reporter = std::function<void(Report)>;

/// A cursor and the thread that decodes with it.
/// Owner: destroying it waits for the step under way; `close` and CursorEnded first avoid that.
/// Thread: the loop's.
class DecodeThread {
  public:
    DecodeThread(CursorId id, std::shared_ptr<const OpenedMedia> media, int threads,
                 std::shared_ptr<Counters> counters, std::shared_ptr<Progress> progress,
                 Reporter report);
    ~DecodeThread();
    DecodeThread(const DecodeThread&) = delete;
    DecodeThread& operator=(const DecodeThread&) = delete;

    void push(Step step) {
        ++steps_given_;
        steps_->push(std::move(step));
    }
    /// Does what is queued, reports CursorEnded and ends. Nothing may be pushed afterwards.
    void close() {
        is_closing_ = true;
        steps_->close();
    }
    [[nodiscard]] bool is_closing() const { return is_closing_; }

    /// To be told of every StepDone.
    void count_done() { ++steps_done_; }
    [[nodiscard]] std::uint32_t steps_done() const { return steps_done_; }
    [[nodiscard]] std::uint32_t steps_open() const { return steps_given_ - steps_done_; }

  private:
    std::uint32_t steps_given_ = 0;
    std::uint32_t steps_done_ = 0;
    bool is_closing_ = false;
    std::shared_ptr<BlockingQueue<Step>> steps_;
    std::thread thread_;
};

}  // namespace reelpool::worker
