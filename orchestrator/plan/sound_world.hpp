#pragma once

#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/plan/sound_schedule.hpp"

namespace reelpool::plan {

/// Where a sound schedule is carried out: workers and memory, as far as it knows of them.
class SoundWorld {
  public:
    SoundWorld() = default;
    SoundWorld(const SoundWorld&) = delete;
    SoundWorld& operator=(const SoundWorld&) = delete;
    virtual ~SoundWorld() = default;

    /// The medium's worker takes orders of sound: it runs, and is not being tried with anything
    /// else.
    [[nodiscard]] virtual bool is_ready(MediaId media) const = 0;
    /// A worker that was started and not given back, whether it runs or not.
    [[nodiscard]] virtual bool has_worker(MediaId media) const = 0;
    /// Starts a worker, or shares the one that there is.
    virtual void need(MediaId media) = 0;
    /// It is not needed for sound any more.
    virtual void release(MediaId media) = 0;
    virtual void send(MediaId media, const wire::ToWorker& message) = 0;

    /// Errors: there is no memory.
    [[nodiscard]] virtual Status create(const CreateSoundSlot& slot) = 0;
    virtual void drop(const DropSoundSlot& slot) = 0;
    /// Fills the slot with digital zero.
    [[nodiscard]] virtual Status silence(SoundSlotId slot) = 0;
};

}  // namespace reelpool::plan
