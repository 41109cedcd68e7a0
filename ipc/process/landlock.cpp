#include "ipc/process/landlock.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "ipc/base/unique_fd.hpp"

namespace reelpool {
namespace {

// As in <linux/landlock.h> of Linux 6.12.
constexpr long create_ruleset_call = 444;
constexpr long add_rule_call = 445;
constexpr long restrict_self_call = 446;
constexpr std::uint32_t ask_version = 1;
constexpr int rule_path_beneath = 1;

struct RulesetAttr {
    std::uint64_t handled_access_fs;
    std::uint64_t handled_access_net;
    std::uint64_t scoped;
};
struct [[gnu::packed]] PathBeneathAttr {
    std::uint64_t allowed_access;
    std::int32_t parent_fd;
};

constexpr std::uint64_t bits(unsigned first, unsigned last) {
    return ((std::uint64_t{1} << (last - first + 1)) - 1) << first;
}
constexpr std::uint64_t bit(unsigned number) {
    return std::uint64_t{1} << number;
}

constexpr std::uint64_t fs_write_file = bit(1);
constexpr std::uint64_t fs_remove_and_make = bits(4, 12);
constexpr std::uint64_t fs_refer = bit(13);              // since version 2
constexpr std::uint64_t fs_truncate = bit(14);           // since version 3
constexpr std::uint64_t net_tcp = bits(0, 1);            // since version 4
constexpr std::uint64_t scope_abstract_socket = bit(0);  // since version 6
constexpr std::uint64_t scope_signal = bit(1);           // since version 6

/// All accesses to files that this version of Landlock can refuse.
constexpr std::uint64_t fs_all(int version) {
    const unsigned last = version >= 5 ? 15 : version >= 3 ? 14 : version >= 2 ? 13 : 12;
    return bits(0, last);
}

Unexpected refused(const char* call) {
    return unexpected(errno_error(Component::worker, call, errno));
}

Result<int> version_of_kernel() {
    const long version = ::syscall(create_ruleset_call, nullptr, 0, ask_version);
    if (version < 1) return refused("Landlock is not available");
    return static_cast<int>(version);
}

Result<UniqueFd> create_ruleset(const RulesetAttr& wanted, int version) {
    // Older kernels know a shorter struct, and refuse a longer one unless its rest is zero.
    const std::size_t bytes = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    UniqueFd ruleset(static_cast<int>(::syscall(create_ruleset_call, &wanted, bytes, 0)));
    if (!ruleset) return refused("landlock_create_ruleset failed");
    ::fcntl(ruleset.get(), F_SETFD, FD_CLOEXEC);
    return ruleset;
}

Status restrict_self(const UniqueFd& ruleset) {
    if (::syscall(restrict_self_call, ruleset.get(), 0) != 0)
        return refused("landlock_restrict_self failed");
    return ok();
}

Status allow_beneath(const UniqueFd& ruleset, const std::string& directory, std::uint64_t access) {
    const UniqueFd parent(::open(directory.c_str(), O_PATH | O_CLOEXEC | O_DIRECTORY));
    if (!parent) return ok();
    const PathBeneathAttr rule{.allowed_access = access, .parent_fd = parent.get()};
    if (::syscall(add_rule_call, ruleset.get(), rule_path_beneath, &rule, 0) != 0)
        return refused("landlock_add_rule failed");
    return ok();
}

}  // namespace

Status forbid_files_and_network() {
    REELPOOL_TRY(version, version_of_kernel());
    REELPOOL_TRY(ruleset,
                 create_ruleset({.handled_access_fs = fs_all(version),
                                 .handled_access_net = version >= 4 ? net_tcp : 0,
                                 .scoped = version >= 6 ? scope_abstract_socket | scope_signal : 0},
                                version));
    return restrict_self(ruleset);
}

Status allow_writing_only_beneath(const std::vector<std::string>& directories) {
    REELPOOL_TRY(version, version_of_kernel());
    const std::uint64_t writing =
        fs_all(version) & (fs_write_file | fs_remove_and_make | fs_refer | fs_truncate);
    REELPOOL_TRY(ruleset, create_ruleset({.handled_access_fs = writing,
                                          .handled_access_net = version >= 4 ? net_tcp : 0,
                                          .scoped = version >= 6 ? scope_signal : 0},
                                         version));
    for (const std::string& directory : directories)
        REELPOOL_TRY_STATUS(allow_beneath(ruleset, directory, writing));
    return restrict_self(ruleset);
}

}  // namespace reelpool
