#include "orchestrator/run/memory_allowance.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

namespace reelpool::run {
namespace {

/// Version 1 writes a number near 2^63 where there is no limit, version 2 the word "max".
constexpr std::uint64_t no_limit = std::uint64_t{1} << 60;

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::uint64_t> number_in(const std::string& path) {
    std::istringstream text(text_of(path));
    std::uint64_t number = 0;
    if (!(text >> number) || number >= no_limit) return std::nullopt;
    return number;
}

/// The least of what a group and those around it allow.
std::optional<std::uint64_t> least_of(const std::string& mount, std::string group,
                                      const std::string& file) {
    std::optional<std::uint64_t> least;
    for (;;) {
        if (const auto allowed = number_in(mount + group + "/" + file))
            least = std::min(least.value_or(*allowed), *allowed);
        const std::size_t slash = group.rfind('/');
        if (group.empty() || slash == std::string::npos) return least;
        group.resize(slash);
    }
}

}  // namespace

std::optional<std::uint64_t> cgroup_allowance(const std::string& memberships,
                                              const std::string& root) {
    std::optional<std::uint64_t> least;
    std::istringstream lines(memberships);
    for (std::string line; std::getline(lines, line);) {
        // hierarchy:controllers:group
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        std::string group = line.substr(second + 1);
        if (group == "/") group.clear();
        std::optional<std::uint64_t> allowed;
        if (controllers == ",,")
            allowed = least_of(root, group, "memory.max");
        else if (controllers.find(",memory,") != std::string::npos)
            allowed = least_of(root + "/memory", group, "memory.limit_in_bytes");
        if (allowed) least = std::min(least.value_or(*allowed), *allowed);
    }
    return least;
}

std::uint64_t memory_allowance() {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long page_bytes = ::sysconf(_SC_PAGESIZE);
    const std::uint64_t machine =
        pages > 0 && page_bytes > 0
            ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes)
            : std::numeric_limits<std::uint64_t>::max();
    return std::min(
        machine,
        cgroup_allowance(text_of("/proc/self/cgroup"), "/sys/fs/cgroup").value_or(machine));
}

}  // namespace reelpool::run
