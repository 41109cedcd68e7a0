#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "ipc/wire/messages.hpp"
#include "orchestrator/plan/plan_world.hpp"

namespace reelpool::plan {

/// Frames that the plan counted on the disk for, and that it did not give back: each is decoded
/// outside of the plan, by a cursor of its own from its keyframe, into the slot that was to have
/// it. Where the plan has no worker for the file, one is started for this and retired again.
///
/// A rescue waits for its worker and for other rescues only, so that whatever waits for it goes on.
/// Thread: the event loop's.
class Rescues {
  public:
    struct Wanted {
        FrameIndex frame;
        std::uint32_t keyframe = 0;
        wire::SlotGrant grant;
    };
    void add(MediaId media, const Wanted& wanted);
    /// Starts workers and sends orders, as far as that is possible now.
    [[nodiscard]] Status go_on(PlanWorld& world);

    /// This cursor is a rescue's.
    [[nodiscard]] bool is_one(MediaId media, CursorId cursor) const;
    /// Its frame is there.
    void on_done(PlanWorld& world, MediaId media, CursorId cursor);
    [[nodiscard]] bool is_at_work(MediaId media) const;
    [[nodiscard]] bool is_any_at_work() const { return !working_.empty(); }
    /// Workers that were started for rescues and have done them: the caller may retire them.
    [[nodiscard]] std::set<MediaId> take_spare_workers();
    [[nodiscard]] std::uint64_t count() const { return count_; }

  private:
    std::map<MediaId, std::vector<Wanted>> waiting_;
    std::set<std::pair<MediaId, CursorId>> working_;
    std::set<MediaId> started_;               ///< workers
    std::uint32_t next_cursor_ = 0x80000000;  ///< the plan's ids stay below
    std::uint64_t count_ = 0;
};

}  // namespace reelpool::plan
