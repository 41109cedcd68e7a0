#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ipc/shm/ledger.hpp"
#include "orchestrator/plan/plan_runner.hpp"
#include "orchestrator/plan/planner.hpp"
#include "orchestrator/plan/slot_table.hpp"
#include "orchestrator/plan/sound_runner.hpp"
#include "orchestrator/run/compositor_link.hpp"
#include "orchestrator/run/media_files.hpp"
#include "orchestrator/run/worker_pool.hpp"

namespace reelpool::run {

/// Writes the run's state into the ledger, for ipc-dump. Nothing is read back from it.
class LedgerMirror {
  public:
    [[nodiscard]] static Result<LedgerMirror> create();

    enum class Holding : std::uint8_t { pictures, sound };
    /// Segments that come and go; call before the slots of a new segment are shown.
    void apply(const std::vector<plan::FrameCache::Change>& changes, const WorkerPool& workers,
               Holding holding);
    /// Slots that have changed since the last call.
    void show_slots(plan::SlotTable& slots);
    /// All slots of sound.
    void show_sound(const plan::SoundRunner& sound);
    void show_processes(const WorkerPool& workers, const CompositorLink* compositor,
                        const std::vector<MediaFile>& files, const plan::PlanRunner& runner);
    void show_totals(const ledger::Totals& totals) { writer_.write(totals); }
    [[nodiscard]] std::vector<std::byte> copy() const {
        return {writer_.bytes().begin(), writer_.bytes().end()};
    }

  private:
    explicit LedgerMirror(ledger::Writer writer) : writer_(std::move(writer)) {}
    void show_owners(const WorkerPool& workers);
    [[nodiscard]] std::uint32_t take_slots(std::uint32_t count);

    struct Place {
        std::uint32_t index = 0;
        std::uint32_t first_slot = 0;
        std::uint32_t slot_count = 0;
        ledger::Segment shown{};
        ledger::Slot shown_sound{};
    };
    ledger::Writer writer_;
    std::map<SegmentId, Place> places_;
    std::vector<std::uint32_t> free_indices_;
    std::uint32_t next_index_ = 0;
    std::multimap<std::uint32_t, std::uint32_t> free_runs_;  ///< slot count -> first slot
    std::uint32_t next_slot_ = 0;
    std::map<WorkerId, std::uint32_t> process_of_;
    std::uint32_t next_process_ = 3;  ///< after orchestrator, zygote and compositor
};

}  // namespace reelpool::run
