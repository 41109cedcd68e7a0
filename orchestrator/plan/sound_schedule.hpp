#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/frame/sound_block.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::plan {

/// Everything that is to be mixed, and what it is mixed from.
struct SoundWants {
    std::uint32_t mix_hz = 48000;
    std::vector<SoundChunk> chunks;                ///< in order; chunks[i].chunk is i
    std::map<MediaId, std::uint32_t> channels_of;  ///< of every medium in them
};

/// A place for one block, in a segment of its own; never used again under this id.
using SoundSlotId = SegmentId;
inline constexpr std::uint32_t first_sound_segment = 0xc0000000;

/// A stretch that is decoded in one go: what lossy codecs make of a block depends on where it
/// began, and on nothing else.
struct SoundRun {
    wire::SoundStart start = wire::SoundStart::beginning;  ///< or at_block
    std::uint32_t start_block = 0;
    friend bool operator==(const SoundRun&, const SoundRun&) = default;
};

// What is to be done for a chunk, in this order.
struct CreateSoundSlot {
    SoundSlotId slot;
    MediaId media;
    std::uint32_t bytes = 0;
};
struct DropSoundSlot {
    SoundSlotId slot;
    MediaId media;
    std::uint32_t free_from = 0;  ///< when so many chunks are mixed
};
struct DecodeBlock {
    SoundBlockRef ref;
    SoundRun run;
    enum class Place : std::uint8_t { first_of_run, in_run };
    Place place = Place::first_of_run;
    SoundSlotId slot;
    std::uint32_t free_from = 0;  ///< likewise
};
/// Everything that was ordered of it is done by then: the medium's sound is not wanted for a while.
struct ReleaseSound {
    MediaId media;
};
using SoundCommand = std::variant<CreateSoundSlot, DropSoundSlot, DecodeBlock, ReleaseSound>;

struct PlannedChunk {
    std::uint32_t chunk = 0;
    std::vector<SoundCommand> commands;
    std::map<SoundBlockRef, SoundSlotId> reads;
};

/// Decides, chunk by chunk, which blocks are decoded where, from which starts, into which slots,
/// and which are kept for later. Pure: the same wants give the same schedule, whatever a run meets.
class SoundSchedule {
  public:
    struct Options {
        /// What slots may take, where a chunk does not need more by itself.
        std::uint64_t memory_bytes = std::uint64_t{48} << 20;
        /// Chunks that are made ready before the one that is being mixed is done.
        std::uint32_t chunks_ahead = 2;
        /// Blocks that are wanted again so soon are kept. Decoding again is cheap.
        std::uint32_t keep_chunks = 20;
        /// A medium that is not wanted for so long gives its worker back.
        std::uint32_t release_chunks = 5;
    };
    struct Statistics {
        std::uint64_t blocks_wanted = 0;  ///< different ones per chunk, summed
        std::uint64_t blocks_decoded = 0;
        std::uint64_t runs = 0;
        std::uint64_t bytes = 0;
        std::uint64_t peak_bytes = 0;  ///< of slots
        std::uint32_t media = 0;       ///< whose sound is open
        std::uint32_t peak_media = 0;
    };

    explicit SoundSchedule(SoundWants wants) : SoundSchedule(std::move(wants), Options{}) {}
    SoundSchedule(SoundWants wants, Options options);

    [[nodiscard]] bool has_next() const { return next_ < wants_.chunks.size(); }
    [[nodiscard]] PlannedChunk next();
    [[nodiscard]] std::uint32_t chunk_count() const {
        return static_cast<std::uint32_t>(wants_.chunks.size());
    }
    [[nodiscard]] const SoundWants& wants() const { return wants_; }
    [[nodiscard]] const Options& options() const { return options_; }
    [[nodiscard]] const Statistics& statistics() const { return statistics_; }

  private:
    static constexpr std::uint32_t never = 0xffffffff;
    struct Slot {
        MediaId media;
        std::optional<SoundBlockRef> holds;
        std::uint32_t last_use = 0;  ///< the last chunk that read it
        std::uint32_t next_use = never;
    };
    struct Cursor {
        SoundRun run;
        std::uint32_t next = 0;  ///< the block that comes next
    };

    [[nodiscard]] std::uint32_t next_use(SoundBlockRef ref, std::uint32_t chunk) const;
    [[nodiscard]] std::uint32_t bytes_of(MediaId media) const;
    void decode(SoundBlockRef ref, PlannedChunk& planned);
    /// A slot of the medium to be written, whose last reader was before its second number.
    std::pair<SoundSlotId, std::uint32_t> take_slot(MediaId media, PlannedChunk& planned);
    [[nodiscard]] std::optional<SoundSlotId> spare_of(std::optional<MediaId> media) const;
    [[nodiscard]] bool is_free_by_now(SoundSlotId slot) const;
    [[nodiscard]] std::optional<SoundSlotId> least_worth(const PlannedChunk& planned) const;
    void empty(SoundSlotId slot);
    void drop(SoundSlotId slot, PlannedChunk& planned);
    void forget_unneeded(PlannedChunk& planned);
    void release_unneeded(PlannedChunk& planned);

    SoundWants wants_;
    Options options_;
    std::map<SoundBlockRef, std::vector<std::uint32_t>> uses_;  ///< chunks, ascending
    std::map<MediaId, std::vector<std::uint32_t>> media_uses_;  ///< likewise
    std::map<SoundSlotId, Slot> slots_;
    std::map<SoundBlockRef, SoundSlotId> resident_;
    std::map<MediaId, Cursor> cursors_;  ///< open ones
    std::uint32_t next_ = 0;
    std::uint32_t next_slot_ = first_sound_segment;
    Statistics statistics_;
};

}  // namespace reelpool::plan
