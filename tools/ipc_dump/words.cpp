#include "tools/ipc_dump/format.hpp"

namespace reelpool::ipc_dump {

const char* to_text(ledger::ProcessKind kind) {
    switch (kind) {
        case ledger::ProcessKind::unused:
            return "unused";
        case ledger::ProcessKind::orchestrator:
            return "orchestrator";
        case ledger::ProcessKind::zygote:
            return "zygote";
        case ledger::ProcessKind::compositor:
            return "compositor";
        case ledger::ProcessKind::worker:
            return "worker";
    }
    return "unknown";
}

const char* to_text(ledger::ProcessState state) {
    switch (state) {
        case ledger::ProcessState::starting:
            return "starting";
        case ledger::ProcessState::running:
            return "running";
        case ledger::ProcessState::retiring:
            return "retiring";
        case ledger::ProcessState::ended:
            return "ended";
    }
    return "unknown";
}

const char* to_text(ledger::SlotState state) {
    switch (state) {
        case ledger::SlotState::unused:
            return "unused";
        case ledger::SlotState::free:
            return "free";
        case ledger::SlotState::granted:
            return "granted";
        case ledger::SlotState::ready:
            return "ready";
        case ledger::SlotState::leased:
            return "leased";
    }
    return "unknown";
}

}  // namespace reelpool::ipc_dump
