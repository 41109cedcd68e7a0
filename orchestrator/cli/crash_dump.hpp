#pragma once

#include <string>

#include "ipc/base/result.hpp"
#include "orchestrator/run/crash_facts.hpp"

namespace reelpool::cli {

/// Where crash dumps go.
struct CrashOptions {
    bool is_off = false;
    std::string directory = {};  ///< empty: beside the report, or crash_directory_from()
};

/// $XDG_STATE_HOME/reelpool/crashes, else $HOME/.local/state/reelpool/crashes; empty where neither
/// is an absolute path. Null means not set.
[[nodiscard]] std::string crash_directory_from(const char* xdg_state_home, const char* home);

/// Writes a folder of its own in `directory`, whose oldest dumps make room: of more than ten the
/// newest are kept. The folder's path. docs/reliability.md says what is in it; ipc-dump reads it.
/// Errors: output, it cannot be written.
[[nodiscard]] Result<std::string> write_crash_dump(const std::string& directory,
                                                   const run::CrashFacts& facts, const Error& error,
                                                   const std::string& engine);

}  // namespace reelpool::cli
