#include "decoder_worker/sandbox.hpp"

#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "decoder_worker/sanitizers.hpp"
#include "decoder_worker/seccomp_filter.hpp"
#include "ipc/process/landlock.hpp"

namespace reelpool::worker {
namespace {

/// Pictures of sequences arrive ahead of their turn, and each is a descriptor until then.
constexpr rlim_t max_descriptors = 8192;

Status done(long result, const char* call) {
    if (result == 0) return ok();
    return unexpected(errno_error(Component::worker, call, errno));
}

/// Lowers a limit for good; one that is lower already stays.
Status lower(int resource, rlim_t value) {
    rlimit limit{};
    REELPOOL_TRY_STATUS(
        done(::getrlimit(static_cast<__rlimit_resource>(resource), &limit), "getrlimit"));
    limit.rlim_max = std::min(limit.rlim_max, value);
    limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
    return done(::setrlimit(static_cast<__rlimit_resource>(resource), &limit), "setrlimit");
}

void note(SandboxLevel& level, SandboxPiece piece, const Status& status) {
    if (status)
        level.add(piece);
    else
        level.miss(piece, status.error().what + ": " + status.error().cause);
}

std::string relaxed_for(const char* what) {
    return std::string(what) + ": this build has " + sanitizer::name;
}

}  // namespace

Status isolate_namespaces() {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0) return ok();
    const int error = errno;
    // Who may do so already needs no user namespace for the others.
    if (::unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0) return ok();
    return unexpected(errno_error(Component::worker, "unshare", error));
}

Status drop_capabilities() {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const std::array<__user_cap_data_struct, 2> none{};
    return done(::syscall(SYS_capset, &header, none.data()), "capset");
}

Status set_limits(std::uint64_t memory_bytes) {
    // Not the address space: it would count the segments, and reservations that are never used.
    if constexpr (!sanitizer::reserves_memory)
        REELPOOL_TRY_STATUS(lower(RLIMIT_DATA, memory_bytes));
    if constexpr (!sanitizer::writes_reports) REELPOOL_TRY_STATUS(lower(RLIMIT_FSIZE, 0));
    REELPOOL_TRY_STATUS(lower(RLIMIT_NOFILE, max_descriptors));
    REELPOOL_TRY_STATUS(lower(RLIMIT_MEMLOCK, 0));
    return lower(RLIMIT_CORE, 0);
}

SandboxLevel enter_sandbox(const SandboxOptions& options) {
    SandboxLevel level{.mode = options.mode, .pieces = {}, .gaps = {}};
    const Status privileges = done(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    static_cast<void>(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
    if (options.mode == SandboxMode::off) return level;
    note(level, SandboxPiece::no_new_privileges, privileges);
    note(level, SandboxPiece::limits, set_limits(options.memory_bytes));
    if constexpr (sanitizer::reserves_memory)
        level.relax(SandboxPiece::limits, relaxed_for("no limit of memory"));

    const Status namespaces = isolate_namespaces();
    if (!namespaces && sanitizer::has_own_threads)
        level.relax(SandboxPiece::namespaces, relaxed_for("no namespaces"));
    else
        note(level, SandboxPiece::namespaces, namespaces);
    note(level, SandboxPiece::capabilities, drop_capabilities());
    note(level, SandboxPiece::landlock, forbid_files_and_network());
    // Last: it forbids all of the above.
    note(level, SandboxPiece::seccomp, allow_only_decoding());
    if constexpr (sanitizer::makes_pipes)
        level.relax(SandboxPiece::seccomp, relaxed_for("pipes are allowed"));
    return level;
}

}  // namespace reelpool::worker
