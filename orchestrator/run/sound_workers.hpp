#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "ipc/base/unique_fd.hpp"
#include "orchestrator/plan/sound_world.hpp"
#include "orchestrator/run/compositor_link.hpp"
#include "orchestrator/run/export_world.hpp"
#include "orchestrator/run/worker_pool.hpp"

namespace reelpool::run {

/// The workers and the memory of an export's sound, as its schedule sees them; and what the
/// compositor sees of that memory.
/// Thread: the event loop's.
class SoundWorkers : public plan::SoundWorld {
  public:
    struct Parts {
        WorkerPool& workers;
        CompositorLink& compositor;
        ExportWorld& world;
        /// What the pool calls the worker that decodes the sound of media 0; the others follow.
        MediaId first_worker;
        /// Pictures are recovering from a death: the worker must not be asked for anything else.
        std::function<bool(MediaId worker)> is_recovering;
        /// It had outlived its pictures.
        std::function<void(MediaId worker)> on_retired;
    };
    explicit SoundWorkers(Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] bool is_ready(MediaId media) const override;
    [[nodiscard]] bool has_worker(MediaId media) const override;
    void need(MediaId media) override;
    void release(MediaId media) override;
    void send(MediaId media, const wire::ToWorker& message) override;
    [[nodiscard]] Status create(const plan::CreateSoundSlot& slot) override;
    void drop(const plan::DropSoundSlot& slot) override;
    [[nodiscard]] Status silence(plan::SoundSlotId slot) override;

    /// A worker has just opened its file: gives it the slots of its medium.
    void adopt(MediaId worker);
    /// Makes the compositor see these slots. Errors: descriptors are short.
    [[nodiscard]] Status show(const std::vector<SoundSlot>& slots);
    /// The medium whose sound a worker decodes, if it decodes any.
    [[nodiscard]] MediaId media_of(MediaId worker) const {
        return {worker.value - parts_.first_worker.value};
    }
    [[nodiscard]] bool is_one(MediaId worker) const { return worker >= parts_.first_worker; }
    [[nodiscard]] MediaId worker_of(MediaId media) const {
        return {parts_.first_worker.value + media.value};
    }

    /// Slots that came and went since the last call, for onlookers.
    [[nodiscard]] std::vector<plan::FrameCache::Change> take_changes();

  private:
    struct Held {
        UniqueFd memory;
        MediaId media;
        std::uint64_t bytes = 0;
        bool is_shown = false;
    };
    Parts parts_;
    std::map<plan::SoundSlotId, Held> slots_;
    std::vector<plan::FrameCache::Change> changes_;
};

}  // namespace reelpool::run
