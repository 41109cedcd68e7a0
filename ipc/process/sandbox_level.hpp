#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reelpool {

/// What the user asks of the sandbox.
enum class SandboxMode : std::uint8_t {
    off = 0,          ///< none
    best_effort = 1,  ///< what this machine can do; what is missing is told
    require = 2,      ///< all of it, or no file is touched
};
inline constexpr SandboxMode last_sandbox_mode = SandboxMode::require;

/// What a sandbox is made of; each stands by itself when the others are missing.
enum class SandboxPiece : std::uint8_t {
    no_new_privileges = 0,
    capabilities = 1,  ///< given up, all of them
    limits = 2,        ///< memory, descriptors, no files, no core dump
    namespaces = 3,    ///< user, network and IPC of its own
    landlock = 4,      ///< no file system and no network, by the kernel's Landlock
    seccomp = 5,       ///< a list of the system calls that are allowed
};
inline constexpr SandboxPiece last_sandbox_piece = SandboxPiece::seccomp;

/// A piece that is not in place, or not wholly, and why.
struct SandboxGap {
    SandboxPiece piece = SandboxPiece::seccomp;
    std::string reason;
    bool is_relaxed = false;  ///< this build (with a sanitizer) does without it
    friend bool operator==(const SandboxGap&, const SandboxGap&) = default;
};

/// What of the sandbox one process is in.
struct SandboxLevel {
    SandboxMode mode = SandboxMode::off;
    std::vector<SandboxPiece> pieces;  ///< in place
    std::vector<SandboxGap> gaps;      ///< wanted and missing; none if the mode is off
    friend bool operator==(const SandboxLevel&, const SandboxLevel&) = default;

    void add(SandboxPiece piece) { pieces.push_back(piece); }
    void miss(SandboxPiece piece, std::string reason) {
        gaps.push_back({.piece = piece, .reason = std::move(reason), .is_relaxed = false});
    }
    void relax(SandboxPiece piece, std::string reason) {
        gaps.push_back({.piece = piece, .reason = std::move(reason), .is_relaxed = true});
    }
    /// Nothing is missing, but for what this build does without.
    [[nodiscard]] bool is_full() const;
};

/// "seccomp", "landlock": as the report and messages call it.
[[nodiscard]] const char* name_of(SandboxPiece piece);
/// "require", "best-effort", "off".
[[nodiscard]] const char* name_of(SandboxMode mode);
[[nodiscard]] std::optional<SandboxMode> sandbox_mode_of(std::string_view name);

/// "landlock (Function not implemented), namespaces (Operation not permitted)": all that is
/// missing, but for what this build does without; empty if nothing is.
[[nodiscard]] std::string gaps_text(const SandboxLevel& level);

/// What holds for two processes together: the pieces of both, the gaps of either.
[[nodiscard]] SandboxLevel weaker_of(const SandboxLevel& a, const SandboxLevel& b);

}  // namespace reelpool
