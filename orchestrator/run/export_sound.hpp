#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ipc/wire/messages.hpp"
#include "orchestrator/model/timeline.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/plan_runner.hpp"
#include "orchestrator/plan/sound_runner.hpp"
#include "orchestrator/run/sound_mixdown.hpp"
#include "orchestrator/run/sound_workers.hpp"
#include "orchestrator/run/worker_death.hpp"

namespace reelpool::run {

/// What decoding the sound of an export came to.
struct SoundDecoding {
    std::uint32_t mix_hz = 48000;
    std::uint64_t blocks_decoded = 0;
    std::uint64_t runs = 0;
    std::uint64_t peak_bytes = 0;  ///< of slots
    std::map<MediaId, plan::SoundRunner::Losses> losses;
};

/// The sound of an export, from its files to the compositor: the schedule, the workers, the
/// mixdown. Thread: the event loop's.
class ExportSound {
  public:
    struct Parts {
        WorkerPool& workers;
        CompositorLink& compositor;
        ExportWorld& world;
        plan::PlanRunner& pictures;
        const model::Timeline& timeline;              ///< the whole
        const std::vector<plan::MediaSource>& media;  ///< by MediaId
        MediaId first_worker;                         ///< SoundWorkers'
        plan::SoundRunner::BadBlock bad_block = plan::SoundRunner::BadBlock::refuse;
    };
    explicit ExportSound(const Parts& parts);

    enum class Compositor : std::uint8_t { starting, ready };
    /// Orders what can be ordered, and sends what can be mixed.
    [[nodiscard]] Status pump(Compositor compositor);
    /// Errors: the compositor mixed what it was not given.
    [[nodiscard]] Status on_mixed(const wire::SoundDone& done);
    [[nodiscard]] bool is_done() const { return mixdown_.is_done(); }

    // What workers say, by what the pool calls them. Errors: is_protocol_violation(), or the sound
    // cannot be decoded and is not to be silence instead.
    [[nodiscard]] Status on_ready(MediaId worker, const wire::SoundReady& ready);
    [[nodiscard]] Status on_failed(MediaId worker, const wire::SoundFailed& failed);
    [[nodiscard]] Status on_worker_lost(MediaId worker, const WorkerDeath& death);
    void on_worker_opened(MediaId worker) { workers_.adopt(worker); }

    [[nodiscard]] SoundDecoding result() const;
    [[nodiscard]] const plan::SoundRunner& runner() const { return runner_; }
    [[nodiscard]] SoundWorkers& workers() { return workers_; }

  private:
    [[nodiscard]] Status refuse(const plan::SoundRunner::Poison& poison, Error error) const;

    SoundWorkers workers_;
    SoundMixdown mixdown_;
    plan::SoundRunner runner_;
};

}  // namespace reelpool::run
