#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/plan/sound_schedule.hpp"
#include "orchestrator/plan/sound_world.hpp"

namespace reelpool::plan {

/// Carries a sound schedule out: every command, in its order, as soon as the slots that it needs
/// are free and not more chunks than scheduled before what is mixed. Orders of different media run
/// at the same time.
///
/// A worker that died is replaced; what was ordered and not answered is ordered again, decoded from
/// where its run began, so that it is the same to the bit. The first order that was not answered
/// comes alone; the second death at it makes it a *poison*: it is never sent again.
/// Thread: the event loop's.
class SoundRunner {
  public:
    /// What becomes of a block on which the decoder dies.
    enum class BadBlock : std::uint8_t {
        refuse,   ///< the caller is told, and ends the run
        silence,  ///< digital zero is heard instead
    };
    struct Options {
        BadBlock bad_block = BadBlock::refuse;
    };
    /// The schedule is at its start.
    SoundRunner(SoundSchedule schedule, SoundWorld& world, Options options);

    /// Carries out what can be carried out.
    [[nodiscard]] Status run();

    /// The next chunk to be mixed is there, and everything that it reads.
    [[nodiscard]] bool is_front_ready() const;
    /// It is mixed now, and reads its slots until on_mixed(). Its slots, in the order of its
    /// blocks.
    [[nodiscard]] std::vector<SoundSlot> take_front();
    [[nodiscard]] std::uint32_t front() const { return front_; }
    [[nodiscard]] std::size_t being_mixed() const { return mixing_.size(); }
    [[nodiscard]] bool is_all_taken() const { return front_ == schedule_.chunk_count(); }
    /// Errors: internal: another one was to be mixed first.
    [[nodiscard]] Status on_mixed(std::uint32_t chunk);

    /// A worker reports. Errors: it reports what it was not asked for.
    [[nodiscard]] Status on_ready(MediaId media, const wire::SoundReady& report);

    /// What is to be told when there is nothing but silence to be had.
    struct Poison {
        SoundBlockRef ref;
        enum class Kind : std::uint8_t { opening, block } kind = Kind::block;
    };
    /// The worker's sound cursor cannot go on: nothing will be tried again.
    /// Errors: it was not asked for that.
    [[nodiscard]] Result<std::optional<Poison>> on_failed(MediaId media,
                                                          const wire::SoundFailed& report);
    enum class Death : std::uint8_t { opening, serving, blameless };
    /// A medium's worker is dead: no thread of it can write to a slot any more.
    [[nodiscard]] Result<std::optional<Poison>> on_worker_lost(MediaId media, Death death);

    [[nodiscard]] std::uint32_t mix_hz() const { return schedule_.wants().mix_hz; }
    /// The source time at which a block begins.
    [[nodiscard]] Time time_of(SoundBlockRef ref) const;

    /// Blocks of a medium that lack samples, or that the codec complained about, or that are
    /// silence because they cannot be decoded.
    struct Losses {
        std::map<std::uint32_t, std::uint32_t> missing;  ///< block -> samples
        std::set<std::uint32_t> concealed;
        std::set<std::uint32_t> silenced;
    };
    [[nodiscard]] const std::map<MediaId, Losses>& losses() const { return losses_; }

    // For onlookers.
    enum class SlotState : std::uint8_t { free, granted, ready, leased };
    struct SlotView {
        SoundSlotId slot;
        MediaId media;
        SlotState state = SlotState::free;
        Generation generation;
        std::uint32_t block = 0;
        std::uint32_t leases = 0;
    };
    [[nodiscard]] std::vector<SlotView> view() const;
    [[nodiscard]] std::uint64_t used_bytes() const { return used_bytes_; }
    [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }
    [[nodiscard]] const SoundSchedule::Statistics& planned() const {
        return schedule_.statistics();
    }
    [[nodiscard]] std::vector<std::string> describe() const;

  private:
    struct Slot {
        MediaId media;
        std::uint32_t bytes = 0;
        Generation generation;
        SlotState state = SlotState::free;  ///< leased is told by reads_
        std::uint32_t block = 0;
    };
    struct PerMedia {
        std::deque<DecodeBlock> under_way;  ///< ordered and not answered
        std::size_t sent = 0;               ///< of them, to the worker that lives
        bool is_open = false;               ///< its sound cursor
        std::optional<std::uint32_t> at;    ///< the last block that was sent to the cursor
        bool is_alone = false;              ///< only the first one may be sent
        std::uint32_t deaths = 0;           ///< at the first one
        std::uint32_t deaths_while_opening = 0;
        bool is_held = false;  ///< its worker
        bool must_release = false;
        std::set<std::uint32_t> bad;
    };
    struct Mixing {
        std::uint32_t chunk = 0;
        std::vector<SoundSlotId> slots;
    };
    enum class Progress : std::uint8_t { done, must_wait };

    void plan_ahead();
    [[nodiscard]] Result<Progress> carry_out(const SoundCommand& command);
    [[nodiscard]] Result<Progress> order(const DecodeBlock& command);
    [[nodiscard]] Status go_on(MediaId media);
    void send_first_unsent(MediaId media);
    void finish_release(MediaId media);
    [[nodiscard]] std::uint32_t preroll_blocks() const;
    [[nodiscard]] bool is_hopeless(const PerMedia& media, std::uint32_t block) const;
    [[nodiscard]] std::pair<wire::SoundStart, std::uint32_t> start_of(
        const PerMedia& media, const DecodeBlock& order) const;
    [[nodiscard]] Status silence_hopeless(MediaId media);
    [[nodiscard]] Result<std::optional<Poison>> poison(MediaId media, std::uint32_t block);

    SoundSchedule schedule_;
    SoundWorld& world_;
    Options options_;
    std::deque<SoundCommand> commands_;  ///< of the planned chunks, not carried out
    std::deque<PlannedChunk> planned_;   ///< from front_ on
    std::map<SoundSlotId, Slot> slots_;
    std::map<MediaId, PerMedia> media_;
    std::map<MediaId, Losses> losses_;
    std::deque<Mixing> mixing_;
    std::uint32_t front_ = 0;
    std::uint32_t mixed_ = 0;
    std::uint64_t used_bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
};

}  // namespace reelpool::plan
