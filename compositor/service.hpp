#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "compositor/encode/output_file.hpp"
#include "compositor/encode/sound_track.hpp"
#include "compositor/render/renderer.hpp"
#include "ipc/base/blocking_queue.hpp"
#include "ipc/process/channel.hpp"
#include "ipc/process/event_loop.hpp"
#include "ipc/process/sandbox_level.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::compositor {

/// The compositor process: takes draw lists from its channel, renders them and writes the file.
///
/// The loop's thread speaks with the orchestrator. The render thread owns the renderer and the
/// output file and does everything in the order in which it was asked, except for the sound: that is
/// mixed and encoded by a thread of its own, until the output is finished.
class Service {
  public:
    /// `sandbox`: what the process is confined to already.
    Service(EventLoop& loop, UniqueFd channel, SandboxLevel sandbox);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Runs until the orchestrator closes the channel, or after a failure was told to it.
    /// Returns the process's exit code.
    int run();

  private:
    struct Task {
        wire::ToCompositor message;
        std::vector<UniqueFd> descriptors;
    };
    struct Submitted {
        std::shared_ptr<const DrawList> list;
        std::optional<Submission> submission;  ///< nothing: it shows what the one before it shows
    };

    void on_message(std::vector<std::byte> bytes, std::vector<UniqueFd> descriptors);
    void tell(wire::FromCompositor message);
    void fail(Error error);

    // On the render thread.
    void work();
    [[nodiscard]] Status perform_guarded(Task& task);
    [[nodiscard]] Status perform(Task& task);
    [[nodiscard]] Status list_devices();
    [[nodiscard]] Status configure(const wire::Configure& message);
    [[nodiscard]] Status draw(DrawList list);
    [[nodiscard]] Result<Picture> picture_of(Submitted& oldest);
    [[nodiscard]] Status complete_oldest();
    [[nodiscard]] Status finish_output();
    [[nodiscard]] Status finish_sound();
    void take_snapshot();
    void note_start();
    [[nodiscard]] std::uint64_t draw_us() const;

    // On the sound's thread.
    void work_on_sound();
    [[nodiscard]] Status perform_sound(Task& task);

    /// Thread: any.
    void tell_sealed(const SealedSegment& sealed);
    /// Thread: any.
    void tell_done(OutputIndex frame, std::uint64_t composite_us);

    EventLoop& loop_;
    const SandboxLevel sandbox_;
    std::optional<Channel> channel_;
    BlockingQueue<Task> tasks_;
    int exit_code_ = 0;

    OutputSettings settings_;
    /// Of the sound's thread, once that has been started.
    std::unique_ptr<SoundTrack> sound_;
    BlockingQueue<Task> sound_tasks_;
    std::thread sound_thread_;

    std::unique_ptr<Renderer> renderer_;
    std::unique_ptr<OutputFile> output_;  ///< none where there is sound alone
    std::vector<pid_t> driver_threads_;
    std::uint64_t start_us_ = 0;
    std::deque<Submitted> submitted_;
    std::shared_ptr<const DrawList> last_list_;  ///< that was submitted
    Picture last_picture_;                       ///< that was drawn; without planes: none is kept
    std::uint64_t frames_repeated_ = 0;
    std::size_t max_submitted_ = 2;

    /// What was counted up to the last written picture, for every thread that tells it.
    std::mutex snapshot_mutex_;
    wire::CompositorCounters snapshot_;
    std::uint32_t frames_taken_ = 0;

    std::thread render_thread_;
};

}  // namespace reelpool::compositor
