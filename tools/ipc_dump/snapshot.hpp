#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/shm/ledger.hpp"
#include "tools/ipc_dump/proc.hpp"

namespace reelpool::ipc_dump {

struct ProcessState {
    ledger::Process entry{};
    KernelState kernel = KernelState::gone;
    std::string label;  ///< valid UTF-8 is not promised
};

struct SegmentState {
    ledger::Segment entry{};
    std::vector<ledger::Slot> slots;
    bool is_torn = false;  ///< it changed while it was read: its slots may be another segment's
};

/// The segments of one worker.
struct Ring {
    std::uint32_t worker = 0;
    std::uint32_t media = 0;
    std::string label;
    std::vector<SegmentState> segments;
};

/// Everything a ledger says, copied out.
/// Each entry is consistent in itself; two entries may be from moments a little apart while the
/// run goes on. An entry that its writer was stopped in the middle of has an odd `version`.
struct Snapshot {
    int pid = 0;
    KernelState kernel = KernelState::gone;
    ledger::Totals totals{};
    std::vector<ProcessState> processes;
    std::vector<Ring> rings;      ///< in the order of their worker ids
    std::string crash_json = {};  ///< of a crash dump: what it says beside the ledger
};

[[nodiscard]] constexpr bool is_torn(std::uint32_t version) {
    return (version & 1U) != 0;
}

[[nodiscard]] Snapshot take_snapshot(int pid, const ledger::View& view);

/// What a crash dump's folder holds (docs/reliability.md). None of its processes lives any more.
/// Errors: media, it is no crash dump, or one of another version.
[[nodiscard]] Result<Snapshot> read_crash_dump(const std::string& folder);

/// How many slots are in each state.
struct SlotCounts {
    std::uint32_t free = 0;
    std::uint32_t granted = 0;
    std::uint32_t ready = 0;
    std::uint32_t leased = 0;
    std::uint32_t unused = 0;  ///< also states that this version does not know
};

[[nodiscard]] SlotCounts count(const SegmentState& segment);

}  // namespace reelpool::ipc_dump
