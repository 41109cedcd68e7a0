#include "tools/ipc_dump/proc.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "ipc/shm/ledger.hpp"

namespace reelpool::ipc_dump {
namespace {

namespace fs = std::filesystem;

Error unusable(std::string what, std::string cause = {}, std::string hint = {}) {
    return {.code = ErrorCode::media,
            .component = Component::output,
            .subject = {},
            .what = std::move(what),
            .cause = std::move(cause),
            .hint = std::move(hint)};
}

std::string proc_path(int pid, const char* leaf) {
    return "/proc/" + std::to_string(pid) + "/" + leaf;
}

std::optional<int> as_number(const std::string& text) {
    int value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value <= 0) return std::nullopt;
    return value;
}

std::string read_all(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool is_ledger_link(const fs::path& link) {
    std::error_code error;
    const std::string target = fs::read_symlink(link, error).string();
    return !error && target == "/memfd:" + std::string(ledger::memfd_label) + " (deleted)";
}

/// The descriptors of `pid` that are ledgers, as paths; nothing if they may not be listed.
std::vector<fs::path> ledger_links(int pid, std::error_code& error) {
    std::vector<fs::path> links;
    fs::directory_iterator entry(proc_path(pid, "fd"), error);
    while (!error && entry != fs::directory_iterator()) {
        if (is_ledger_link(entry->path())) links.push_back(entry->path());
        entry.increment(error);
    }
    return links;
}

/// Which process wrote the ledger, as the ledger says; 0 if it does not say.
int writer_of(const UniqueFd& fd) {
    const auto view = ledger::View::open(fd);
    if (!view) return 0;
    for (std::uint32_t i = 0; i < ledger::process_capacity; ++i) {
        const ledger::Process process = view->process(i);
        if (process.kind == ledger::ProcessKind::orchestrator) return process.pid;
    }
    return 0;
}

std::string command_line(int pid) {
    std::string text = read_all(proc_path(pid, "cmdline"));
    std::replace(text.begin(), text.end(), '\0', ' ');
    while (!text.empty() && text.back() == ' ') text.pop_back();
    constexpr std::size_t longest = 120;
    if (text.size() > longest) text = text.substr(0, longest - 3) + "...";
    return text;
}

struct Candidate {
    int pid = 0;
    ino_t inode = 0;
    int writer = 0;
};

void add_candidates(int pid, std::vector<Candidate>& candidates) {
    std::error_code ignored;  // processes of other users and processes that just ended
    for (const fs::path& link : ledger_links(pid, ignored)) {
        const UniqueFd fd(::open(link.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0) continue;
        candidates.push_back({.pid = pid, .inode = status.st_ino, .writer = writer_of(fd)});
    }
}

}  // namespace

const char* to_text(KernelState state) {
    switch (state) {
        case KernelState::gone:
            return "gone";
        case KernelState::running:
            return "running";
        case KernelState::sleeping:
            return "sleeping";
        case KernelState::stopped:
            return "stopped";
        case KernelState::zombie:
            return "zombie";
        case KernelState::other:
            return "other";
    }
    return "other";
}

KernelState kernel_state(int pid) {
    const std::string text = read_all(proc_path(pid, "stat"));
    // "PID (name) S ...", and the name may hold anything.
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos || name_end + 2 >= text.size()) return KernelState::gone;
    switch (text[name_end + 2]) {
        case 'R':
            return KernelState::running;
        case 'S':
        case 'D':
        case 'I':
            return KernelState::sleeping;
        case 'T':
        case 't':
            return KernelState::stopped;
        case 'Z':
            return KernelState::zombie;
        case 'X':
            return KernelState::gone;
        default:
            return KernelState::other;
    }
}

Result<UniqueFd> open_ledger(int pid) {
    const std::string name = "process " + std::to_string(pid);
    std::error_code error;
    const std::vector<fs::path> links = ledger_links(pid, error);
    if (links.empty()) {
        if (error == std::errc::no_such_file_or_directory)
            return unexpected(unusable("there is no " + name));
        if (error)
            return unexpected(unusable("cannot look into " + name, error.message(),
                                       "run ipc-dump as the user who started it, or as root"));
        return unexpected(unusable(name + " is not a running reelpool", "it holds no ledger",
                                   "give the PID of `reelpool export` itself, not of a worker"));
    }
    UniqueFd fd(::open(links.front().c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return unexpected(unusable("cannot open the ledger of " + name,
                                   std::error_code(errno, std::generic_category()).message()));
    return fd;
}

Result<std::vector<Run>> find_runs() {
    std::vector<Candidate> candidates;
    std::error_code error;
    fs::directory_iterator entry("/proc", error);
    while (!error && entry != fs::directory_iterator()) {
        const std::optional<int> pid = as_number(entry->path().filename().string());
        if (pid && *pid != ::getpid()) add_candidates(*pid, candidates);
        entry.increment(error);
    }
    if (error) return unexpected(unusable("cannot list /proc", error.message()));
    // Per ledger the process that wrote it comes first, then the lowest PID.
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
        if (a.inode != b.inode) return a.inode < b.inode;
        if ((a.pid == a.writer) != (b.pid == b.writer)) return a.pid == a.writer;
        return a.pid < b.pid;
    });
    const auto same = [](const Candidate& a, const Candidate& b) { return a.inode == b.inode; };
    candidates.erase(std::unique(candidates.begin(), candidates.end(), same), candidates.end());
    std::vector<Run> runs;
    for (const Candidate& candidate : candidates)
        runs.push_back({.pid = candidate.pid, .command = command_line(candidate.pid)});
    std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.pid < b.pid; });
    return runs;
}

}  // namespace reelpool::ipc_dump
