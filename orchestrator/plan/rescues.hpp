#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "ipc/wire/messages.hpp"
#include "orchestrator/plan/plan_world.hpp"
#include "orchestrator/plan/planner.hpp"
#include "orchestrator/plan/slot_table.hpp"

namespace reelpool::plan {

/// Frames that are decoded outside of the plan, each by a cursor of its own from its keyframe into
/// the slot that was to have it: those that the plan counted on the disk for and that it did not
/// give back, and those that are shown instead of frames that cannot be decoded (*substitutes*).
/// Where the plan has no worker for the file, one is started for this and retired again.
///
/// A rescue waits for its worker and for other rescues only, so that whatever waits for it goes on.
/// Thread: the event loop's.
class Rescues {
  public:
    enum class Reason : std::uint8_t { not_on_disk, substitute };
    struct Wanted {
        FrameIndex frame;  ///< to be decoded
        std::uint32_t keyframe = 0;
        PlannedGrant grant;  ///< the slot is granted already
        Reason reason = Reason::not_on_disk;
        bool is_suspect = false;  ///< a worker died while it was at it
    };
    void add(MediaId media, const Wanted& wanted);
    /// Starts workers and sends orders, as far as that is possible now. Nothing is done for a
    /// medium of which `is_held_up` is true.
    [[nodiscard]] Status go_on(PlanWorld& world, SlotTable& slots,
                               const std::function<bool(MediaId)>& is_held_up);

    /// This cursor is a rescue's, and is to report.
    [[nodiscard]] bool is_one(MediaId media, CursorId cursor) const;
    /// What it is to report: so many steps since it was opened, and this slot.
    struct Order {
        Wanted wanted;
        wire::SlotGrant grant;
        std::uint32_t steps = 1;
    };
    [[nodiscard]] const Order& order(MediaId media, CursorId cursor) const;
    /// Its frame is there.
    void on_done(PlanWorld& world, MediaId media, CursorId cursor);

    /// The medium's worker is dead. What it was at waits again, as a suspect; the frames it was at.
    std::vector<FrameIndex> lose(MediaId media);
    /// The medium's worker is retired; it was at nothing.
    void forget_cursors(MediaId media) { kept_.erase(media); }
    /// The cursor that was kept for later.
    [[nodiscard]] std::optional<CursorId> kept_cursor(MediaId media) const {
        const auto kept = kept_.find(media);
        return kept == kept_.end() ? std::nullopt : std::optional(kept->second.cursor);
    }
    [[nodiscard]] bool has_suspect(MediaId media) const;
    /// Sends one suspect, alone; which frame, and its cursor.
    [[nodiscard]] Result<std::pair<FrameIndex, CursorId>> send_suspect(PlanWorld& world,
                                                                       SlotTable& slots,
                                                                       MediaId media);
    /// Calls visit(wanted) for all that wait, which may change what is decoded for them.
    template <class Visit>
    void visit_waiting(MediaId media, Visit visit) {
        const auto waiting = waiting_.find(media);
        if (waiting == waiting_.end()) return;
        for (Wanted& wanted : waiting->second) visit(wanted);
    }

    [[nodiscard]] bool is_at_work(MediaId media) const;
    /// Workers that were started for rescues and have done them: the caller may retire them.
    [[nodiscard]] std::set<MediaId> take_spare_workers();
    /// Frames that the disk did not give back.
    [[nodiscard]] std::uint64_t count() const { return count_; }

  private:
    /// A substitute's cursor stays where it is: the next frames that cannot be decoded most likely
    /// show the same one.
    struct Kept {
        CursorId cursor;
        FrameIndex frame;
        std::uint32_t steps = 0;
    };
    [[nodiscard]] Result<CursorId> send(PlanWorld& world, SlotTable& slots, MediaId media,
                                        const Wanted& wanted);
    [[nodiscard]] bool must_wait_for_kept(MediaId media, const Wanted& wanted) const;

    std::map<MediaId, std::vector<Wanted>> waiting_;
    std::map<std::pair<MediaId, CursorId>, Order> working_;
    std::map<MediaId, Kept> kept_;
    std::set<MediaId> started_;               ///< workers
    std::uint32_t next_cursor_ = 0x80000000;  ///< the plan's ids stay below
    std::uint64_t count_ = 0;
};

}  // namespace reelpool::plan
