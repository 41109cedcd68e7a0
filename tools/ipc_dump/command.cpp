#include "tools/ipc_dump/command.hpp"

#include <charconv>
#include <filesystem>
#include <optional>

#include "tools/ipc_dump/format.hpp"
#include "tools/ipc_dump/proc.hpp"
#include "tools/ipc_dump/snapshot.hpp"

namespace reelpool::ipc_dump {
namespace {

constexpr const char* usage =
    "usage: ipc-dump [PID | FOLDER] [--json] [--slots]\n"
    "Shows the processes, rings, segments and slots of a running export without disturbing it;\n"
    "it asks nobody, so it works on a stopped one too.\n"
    "  PID      the reelpool process; may be left out when only one runs\n"
    "  FOLDER   a crash dump: what was going on when an export failed\n"
    "  --json   as JSON, with every slot (docs/ipc-dump.md)\n"
    "  --slots  one line for each slot instead of one letter\n"
    "  --help   this text\n"
    "Exit codes: 0 done; 2 usage, or several runs and no PID; 4 no run that can be shown.\n";

struct Options {
    std::optional<int> pid;
    std::string folder;
    bool wants_json = false;
    bool wants_help = false;
    SlotDetail detail = SlotDetail::letters;
};

Error wrong_usage(std::string what) {
    return {.code = ErrorCode::usage,
            .component = Component::output,
            .subject = {},
            .what = std::move(what),
            .cause = {},
            .hint = "ipc-dump --help"};
}

bool is_no_number(const std::string& argument) {
    return argument.find_first_not_of("0123456789") != std::string::npos;
}

Result<Options> parse(const std::vector<std::string>& arguments) {
    Options options;
    for (const std::string& argument : arguments) {
        if (argument == "--json") {
            options.wants_json = true;
        } else if (argument == "--slots") {
            options.detail = SlotDetail::lines;
        } else if (argument == "--help" || argument == "-h") {
            options.wants_help = true;
        } else if (std::error_code unknown;
                   is_no_number(argument) && std::filesystem::is_directory(argument, unknown)) {
            if (!options.folder.empty()) return unexpected(wrong_usage("more than one folder"));
            options.folder = argument;
        } else {
            int pid = 0;
            const char* const end = argument.data() + argument.size();
            const auto [stop, error] = std::from_chars(argument.data(), end, pid);
            if (error != std::errc{} || stop != end || pid <= 0)
                return unexpected(
                    wrong_usage("\"" + argument + "\" is no option, no PID and no folder"));
            if (options.pid) return unexpected(wrong_usage("more than one PID"));
            options.pid = pid;
        }
    }
    return options;
}

Result<int> only_run() {
    REELPOOL_TRY(runs, find_runs());
    if (runs.size() == 1) return runs.front().pid;
    if (runs.empty())
        return unexpected({.code = ErrorCode::media,
                           .component = Component::output,
                           .subject = {},
                           .what = "no reelpool is running that this user may look at",
                           .cause = {},
                           .hint = {}});
    std::string list;
    for (const Run& run : runs) list += "\n  " + std::to_string(run.pid) + "  " + run.command;
    return unexpected(wrong_usage("several runs; say which by its PID:" + list));
}

Result<std::string> dump(const Options& options) {
    if (!options.folder.empty()) {
        REELPOOL_TRY(snapshot, read_crash_dump(options.folder));
        return options.wants_json ? format_json(snapshot) : format_text(snapshot, options.detail);
    }
    int pid = options.pid.value_or(0);
    if (!options.pid) {
        REELPOOL_TRY(found, only_run());
        pid = found;
    }
    REELPOOL_TRY(fd, open_ledger(pid));
    auto view = ledger::View::open(fd);
    if (!view) {
        Error error = std::move(view).error();
        error.code = ErrorCode::media;
        return unexpected(std::move(error));
    }
    // The mapping is enough; an open descriptor would make us look like a run.
    fd.reset();
    const Snapshot snapshot = take_snapshot(pid, *view);
    return options.wants_json ? format_json(snapshot) : format_text(snapshot, options.detail);
}

Answer failure(const Error& error) {
    Answer answer{.exit_code = static_cast<int>(error.code), .output = {}, .errors = {}};
    answer.errors = "ipc-dump: " + error.what;
    if (!error.cause.empty()) answer.errors += ": " + error.cause;
    answer.errors += '\n';
    if (!error.hint.empty()) answer.errors += "  " + error.hint + '\n';
    return answer;
}

}  // namespace

Answer run(const std::vector<std::string>& arguments) {
    const auto options = parse(arguments);
    if (!options) return failure(options.error());
    if (options->wants_help) return {.exit_code = 0, .output = usage, .errors = {}};
    auto text = dump(*options);
    if (!text) return failure(text.error());
    return {.exit_code = 0, .output = *std::move(text), .errors = {}};
}

}  // namespace reelpool::ipc_dump
