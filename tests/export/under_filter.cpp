// under_filter [CALL[(FIRST_ARGUMENT)]=ERRNO|KILL]... -- PROGRAM ARGUMENTS...
// Runs a program on a kernel that lacks something, as it seems to it: system calls that fail with
// an error, or kill who makes them. Exit code 77: filters cannot be had here.
#include <seccomp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace {

constexpr int skipped = 77;
constexpr int usage = 2;

const std::map<std::string, int> errors{
    {"ENOSYS", ENOSYS}, {"EPERM", EPERM}, {"EINVAL", EINVAL}, {"EOPNOTSUPP", EOPNOTSUPP}};

/// 0, or what libseccomp says.
int add_rule(scmp_filter_ctx filter, const std::string& rule) {
    const std::size_t equals = rule.find('=');
    if (equals == std::string::npos) return -EINVAL;
    const std::string answer = rule.substr(equals + 1);
    std::string name = rule.substr(0, equals);
    const std::size_t bracket = name.find('(');
    const bool has_argument = bracket != std::string::npos;
    const unsigned long argument =
        has_argument ? std::strtoul(name.c_str() + bracket + 1, nullptr, 0) : 0;
    name = name.substr(0, bracket);
    const int call = seccomp_syscall_resolve_name(name.c_str());
    if (call == __NR_SCMP_ERROR || (answer != "KILL" && !errors.contains(answer))) return -EINVAL;
    const std::uint32_t action =
        answer == "KILL" ? SCMP_ACT_KILL_PROCESS
                         : SCMP_ACT_ERRNO(static_cast<std::uint16_t>(errors.at(answer)));
    if (!has_argument) return seccomp_rule_add(filter, action, call, 0);
    return seccomp_rule_add(filter, action, call, 1, SCMP_A0(SCMP_CMP_EQ, argument, 0));
}

}  // namespace

int main(int argc, char** argv) {
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int word = 1;
    for (; word < argc && std::string(argv[word]) != "--"; ++word) {
        if (add_rule(filter, argv[word]) != 0) {
            std::fprintf(stderr, "under_filter: no such rule: %s\n", argv[word]);
            return usage;
        }
    }
    if (word + 1 >= argc) return usage;
    if (seccomp_load(filter) != 0) return skipped;
    ::execv(argv[word + 1], argv + word + 1);
    std::perror("under_filter");
    return usage;
}
