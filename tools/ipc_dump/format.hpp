#pragma once

#include <cstdint>
#include <string>

#include "tools/ipc_dump/snapshot.hpp"

namespace reelpool::ipc_dump {

/// Words for the ledger's enumerations; "unknown" for a number that has no word.
[[nodiscard]] const char* to_text(ledger::ProcessKind kind);
[[nodiscard]] const char* to_text(ledger::ProcessState state);
[[nodiscard]] const char* to_text(ledger::SlotState state);

/// How much the text says about slots.
enum class SlotDetail : std::uint8_t {
    letters,  ///< one letter a slot
    lines,    ///< one line a slot
};

/// The snapshot for people.
[[nodiscard]] std::string format_text(const Snapshot& snapshot, SlotDetail detail);

/// What a crash dump says beside its ledger, for people.
[[nodiscard]] std::string format_crash(const Snapshot& snapshot);

/// The snapshot for programs, as docs/ipc-dump.md describes it.
[[nodiscard]] std::string format_json(const Snapshot& snapshot);

}  // namespace reelpool::ipc_dump
