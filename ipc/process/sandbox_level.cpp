#include "ipc/process/sandbox_level.hpp"

#include <algorithm>

namespace reelpool {

bool SandboxLevel::is_full() const {
    return std::all_of(gaps.begin(), gaps.end(),
                       [](const SandboxGap& gap) { return gap.is_relaxed; });
}

const char* name_of(SandboxPiece piece) {
    switch (piece) {
        case SandboxPiece::no_new_privileges:
            return "no-new-privileges";
        case SandboxPiece::capabilities:
            return "capabilities";
        case SandboxPiece::limits:
            return "limits";
        case SandboxPiece::namespaces:
            return "namespaces";
        case SandboxPiece::landlock:
            return "landlock";
        case SandboxPiece::seccomp:
            return "seccomp";
    }
    return "other";
}

const char* name_of(SandboxMode mode) {
    switch (mode) {
        case SandboxMode::off:
            return "off";
        case SandboxMode::best_effort:
            return "best-effort";
        case SandboxMode::require:
            return "require";
    }
    return "other";
}

std::optional<SandboxMode> sandbox_mode_of(std::string_view name) {
    for (const SandboxMode mode :
         {SandboxMode::off, SandboxMode::best_effort, SandboxMode::require})
        if (name == name_of(mode)) return mode;
    return std::nullopt;
}

std::string gaps_text(const SandboxLevel& level) {
    std::string text;
    for (const SandboxGap& gap : level.gaps) {
        if (gap.is_relaxed) continue;
        text +=
            (text.empty() ? "" : ", ") + std::string(name_of(gap.piece)) + " (" + gap.reason + ")";
    }
    return text;
}

SandboxLevel weaker_of(const SandboxLevel& a, const SandboxLevel& b) {
    SandboxLevel weaker{.mode = std::min(a.mode, b.mode), .pieces = {}, .gaps = a.gaps};
    for (const SandboxPiece piece : a.pieces)
        if (std::find(b.pieces.begin(), b.pieces.end(), piece) != b.pieces.end()) weaker.add(piece);
    for (const SandboxGap& gap : b.gaps)
        if (std::find(weaker.gaps.begin(), weaker.gaps.end(), gap) == weaker.gaps.end())
            weaker.gaps.push_back(gap);
    return weaker;
}

}  // namespace reelpool
