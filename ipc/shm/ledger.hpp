#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/shm/segment.hpp"

/// The orchestrator's state, mirrored for onlookers such as ipc-dump. Only the orchestrator writes
/// it, nobody's correctness depends on it, and reading it needs nobody's help: it is a memfd that
/// /proc/PID/fd shows as "/memfd:reelpool-ledger (deleted)".
/// Crash: a reader may meet an entry that is being changed; every entry begins with `version`,
/// which is odd while the entry changes, so a torn read is seen and read again.
namespace reelpool::ledger {

inline constexpr const char* memfd_label = "reelpool-ledger";
inline constexpr std::uint64_t magic = 0x7265676465'6c5052;  // "RPledger" in memory
inline constexpr std::uint32_t layout_version = 2;           ///< changes with any layout below

inline constexpr std::uint32_t process_capacity = 1024;
inline constexpr std::uint32_t segment_capacity = 4096;
inline constexpr std::uint32_t slot_capacity = 65536;

enum class ProcessKind : std::uint32_t { unused = 0, orchestrator, zygote, compositor, worker };
enum class ProcessState : std::uint32_t { starting = 0, running, retiring, ended };
enum class SlotState : std::uint32_t { unused = 0, free, granted, ready, leased };

enum class SegmentUse : std::uint32_t { unused = 0, pictures, sound };

/// Whole-run numbers.
struct Totals {
    std::uint32_t version;
    std::uint32_t frames_total;
    std::uint32_t frames_sent;     ///< draw lists sent to the compositor
    std::uint32_t frames_done;     ///< composited: their leases are over
    std::uint32_t frames_encoded;  ///< taken by the encoder
    std::uint32_t reserved;
    std::uint64_t budget_bytes;   ///< --cache-size
    std::uint64_t segment_bytes;  ///< allocated in live segments
    std::uint64_t peak_segment_bytes;
    std::uint64_t frames_decoded;
    std::uint64_t seeks;
};

/// One process of the run. Traffic is the orchestrator's side of the channel to it.
struct Process {
    std::uint32_t version;
    ProcessKind kind;
    ProcessState state;
    std::int32_t pid;
    std::uint32_t worker;  ///< WorkerId, workers only
    std::uint32_t media;   ///< MediaId, workers only
    std::uint32_t epoch;   ///< how often this media's worker has been started, from 1
    std::uint32_t cursors;
    std::uint64_t messages_sent;
    std::uint64_t messages_received;
    std::uint64_t bytes_sent;
    std::uint64_t bytes_received;
    std::uint64_t frames_decoded;
    std::uint64_t seeks;
    char label[160];  ///< the file's path for workers, cut at its front if long; zero-terminated
};

/// One memfd of a worker's ring: slots of one size.
struct Segment {
    std::uint32_t version;
    SegmentUse use;
    std::uint32_t segment;  ///< SegmentId
    std::uint32_t worker;   ///< WorkerId
    std::uint32_t media;    ///< MediaId
    std::uint32_t slot_bytes;
    std::uint32_t slot_count;
    std::uint32_t first_slot;  ///< index into the slot entries
    std::uint64_t bytes;
};

struct Slot {
    std::uint32_t version;
    SlotState state;
    std::uint32_t generation;
    std::uint32_t frame;  ///< valid when granted, ready or leased; of sound: a block
    std::uint8_t level_x;
    std::uint8_t level_y;
    std::uint16_t leases;    ///< draw lists that read it now
    std::uint32_t next_use;  ///< output frame, 0xffffffff: none is known
};

struct Header {
    std::uint64_t magic_number;
    std::uint32_t layout;
    std::uint32_t header_bytes;
    std::uint32_t processes_offset;
    std::uint32_t segments_offset;
    std::uint32_t slots_offset;
    std::uint32_t total_bytes;
    Totals totals;
};

static_assert(sizeof(Totals) == 64 && sizeof(Process) == 240 && sizeof(Segment) == 40 &&
              sizeof(Slot) == 24 && sizeof(Header) == 96);
static_assert(offsetof(Process, messages_sent) == 32 && offsetof(Process, label) == 80);
static_assert(std::is_trivially_copyable_v<Header> && std::is_trivially_copyable_v<Process>);

inline constexpr std::size_t processes_offset = 4096;
inline constexpr std::size_t segments_offset =
    processes_offset + sizeof(Process) * process_capacity;
inline constexpr std::size_t slots_offset = segments_offset + sizeof(Segment) * segment_capacity;
inline constexpr std::size_t total_bytes =
    (slots_offset + sizeof(Slot) * slot_capacity + 4095) / 4096 * 4096;

/// The orchestrator's end.
class Writer {
  public:
    [[nodiscard]] static Result<Writer> create();

    void write(const Totals& totals);
    void write(std::uint32_t index, const Process& process);
    void write(std::uint32_t index, const Segment& segment);
    void write(std::uint32_t index, const Slot& slot);
    /// All of it as it is now, for a copy that outlives the run.
    [[nodiscard]] std::span<const std::byte> bytes() const;

  private:
    Writer(UniqueFd fd, Mapping mapping);
    UniqueFd fd_;  ///< stays open: it is what onlookers find
    Mapping mapping_;
};

/// An onlooker's end. Entries are copied out whole; a torn entry is read again a bounded number of
/// times (a stopped writer leaves it torn for good) and then given as it is, its version odd.
class View {
  public:
    /// `fd`: the ledger's memfd, opened read-only.
    /// Errors: not a ledger, or of another layout version.
    [[nodiscard]] static Result<View> open(const UniqueFd& fd);

    [[nodiscard]] Totals totals() const;
    [[nodiscard]] Process process(std::uint32_t index) const;
    [[nodiscard]] Segment segment(std::uint32_t index) const;
    [[nodiscard]] Slot slot(std::uint32_t index) const;

  private:
    explicit View(Mapping mapping);
    Mapping mapping_;
};

/// Copies text into a label, keeping its end when it is too long.
void set_label(Process& process, std::string_view text);

}  // namespace reelpool::ledger
