#include "compositor/confinement.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "ipc/process/landlock.hpp"

namespace reelpool::compositor {
namespace {

void add_named_by(const char* variable, const std::string& suffix,
                  std::vector<std::string>& directories) {
    const char* const value = std::getenv(variable);
    if (value != nullptr && *value != '\0') directories.push_back(value + suffix);
}

/// Where Mesa and others keep compiled shaders; what of it does not exist is passed over.
std::vector<std::string> driver_directories() {
    std::vector<std::string> directories{"/dev"};
    add_named_by("MESA_SHADER_CACHE_DIR", "", directories);
    add_named_by("MESA_GLSL_CACHE_DIR", "", directories);
    add_named_by("__GL_SHADER_DISK_CACHE_PATH", "", directories);
    add_named_by("XDG_CACHE_HOME", "", directories);
    add_named_by("HOME", "/.cache", directories);
    add_named_by("HOME", "/.nv", directories);
    return directories;
}

void note(SandboxLevel& level, SandboxPiece piece, int result) {
    if (result == 0)
        level.add(piece);
    else
        level.miss(piece, std::strerror(errno));
}

}  // namespace

SandboxLevel confine(SandboxMode mode, const std::string& output_directory) {
    SandboxLevel level{.mode = mode, .pieces = {}, .gaps = {}};
    if (mode == SandboxMode::off) return level;
    note(level, SandboxPiece::no_new_privileges, ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    note(level, SandboxPiece::limits, ::setrlimit(RLIMIT_CORE, &none));
    std::vector<std::string> writable = driver_directories();
    if (!output_directory.empty()) writable.push_back(output_directory);
    if (const Status status = allow_writing_only_beneath(writable))
        level.add(SandboxPiece::landlock);
    else
        level.miss(SandboxPiece::landlock, status.error().what + ": " + status.error().cause);
    return level;
}

}  // namespace reelpool::compositor
