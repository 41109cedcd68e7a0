#include "tools/seek_stress/command.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <utility>

#include "ipc/process/child_process.hpp"

namespace reelpool::seek_stress {
namespace {

constexpr const char* usage =
    "usage: seek-stress FILE... [options]\n"
    "Asks a decoder worker for frames of each video file in random orders (single frames,\n"
    "backwards, in strides, in runs, several cursors by turns) and compares every one, sample by\n"
    "sample, with what the ffmpeg command line decodes from the first frame to the last.\n"
    "  --seconds N           how long each file is examined, after its linear decoding (60)\n"
    "  --requests N          examine each file with N requests instead, however long that takes\n"
    "  --cursors K           play positions in the file, 1 to 16 (3)\n"
    "  --threads N           codec threads of each cursor, 1 to 64 (2)\n"
    "  --seed S              of the random orders: the same seed, the same requests (1)\n"
    "  --direct on|off|mixed whether codecs may write into the ring themselves (mixed)\n"
    "  --help                this text\n"
    "ffmpeg and ffprobe must be on the PATH. Frames in which the codec reports damage are "
    "counted,\n"
    "not compared: what stands in for them depends on the number of threads.\n"
    "Exit codes: 0 all frames are right; 2 usage; 4 a file cannot be used; 5 mismatches.\n";

Unexpected wrong_usage(std::string what) {
    return unexpected({.code = ErrorCode::usage,
                       .component = Component::worker,
                       .subject = {},
                       .what = std::move(what),
                       .cause = {},
                       .hint = "seek-stress --help"});
}

struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

Result<std::uint64_t> number(const std::string& option, const std::string& text, Range range) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value < range.first || value > range.last)
        return wrong_usage(option + " takes a number from " + std::to_string(range.first) + " to " +
                           std::to_string(range.last) + ", not \"" + text + "\"");
    return value;
}

Result<DirectFrames> direct_frames(const std::string& text) {
    if (text == "on") return DirectFrames::all;
    if (text == "off") return DirectFrames::none;
    if (text == "mixed") return DirectFrames::mixed;
    return wrong_usage("--direct takes on, off or mixed, not \"" + text + "\"");
}

/// Errors: usage, also for an option that does not exist.
Status take_option(StressOptions& options, const std::string& option, const std::string& value) {
    constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
    constexpr std::uint64_t a_year = 365 * 24 * 3600;
    if (option == "--direct") {
        REELPOOL_TRY(direct, direct_frames(value));
        options.direct = direct;
    } else if (option == "--seconds") {
        REELPOOL_TRY(seconds, number(option, value, {1, a_year}));
        options.duration = std::chrono::seconds(seconds);
    } else if (option == "--requests") {
        REELPOOL_TRY(requests, number(option, value, {1, any}));
        options.max_requests = requests;
    } else if (option == "--cursors") {
        REELPOOL_TRY(cursors, number(option, value, {1, 16}));
        options.cursors = static_cast<std::uint32_t>(cursors);
    } else if (option == "--threads") {
        REELPOOL_TRY(threads, number(option, value, {1, 64}));
        options.threads = static_cast<std::uint32_t>(threads);
    } else if (option == "--seed") {
        REELPOOL_TRY(seed, number(option, value, {0, any}));
        options.seed = seed;
    } else {
        return wrong_usage("there is no option " + option);
    }
    return ok();
}

std::string seconds_text(const Rational& time_base, std::int64_t pts) {
    char text[32];
    const Time time = Rational(pts, 1) * time_base;
    std::snprintf(text, sizeof text, "%.6f s", time.to_double());
    return text;
}

std::string failure_text(const std::string& path, const Error& error) {
    std::string text = "seek-stress: " + path + ": " + error.what;
    if (!error.cause.empty()) text += ": " + error.cause;
    text += '\n';
    if (!error.hint.empty()) text += "  " + error.hint + '\n';
    return text;
}

/// A file that cannot be used has its own exit code; what is wrong with the machine has another.
int exit_code_for(const Error& error) {
    const bool is_our_fault =
        error.code == ErrorCode::internal || error.code == ErrorCode::retryable;
    return static_cast<int>(is_our_fault ? error.code : ErrorCode::media);
}

}  // namespace

Result<CommandLine> parse(const std::vector<std::string>& arguments) {
    CommandLine line;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--help" || argument == "-h") {
            line.wants_help = true;
            return line;
        }
        if (!argument.starts_with("--")) {
            line.files.push_back(argument);
            continue;
        }
        if (i + 1 == arguments.size()) return wrong_usage(argument + " needs a value");
        REELPOOL_TRY_STATUS(take_option(line.options, argument, arguments[++i]));
    }
    if (line.files.empty()) return wrong_usage("no file is named");
    return line;
}

std::string describe(const std::string& path, const StressOptions& options,
                     const StressReport& report) {
    const auto n = [](std::uint64_t count) { return std::to_string(count); };
    std::string text =
        path + ": " + n(report.table_frames) + " frames in the table, " + n(report.keyframes) +
        " keyframes; " + n(report.requests) + " requests for " +
        n(report.frames + report.concealed) + " frames by " + n(options.cursors) + " cursors, " +
        n(report.counters.frames_direct) + " frames direct; " + n(report.counters.seeks) +
        " seeks, " + n(report.counters.seek_corrections) + " corrections, " + n(report.concealed) +
        " concealed, " + n(report.mismatches) + " mismatches\n";
    if (report.table_frames != report.linear_frames)
        text += "  MISMATCH: the table has " + n(report.table_frames) + " frames, ffmpeg decodes " +
                n(report.linear_frames) + '\n';
    for (const Mismatch& mismatch : report.first_mismatches)
        text += "  MISMATCH: frame " + n(mismatch.frame) + ", PTS " + std::to_string(mismatch.pts) +
                " (" + seconds_text(report.time_base, mismatch.pts) + "): " + mismatch.what + '\n';
    if (report.mismatches > report.first_mismatches.size())
        text += "  and " + n(report.mismatches - report.first_mismatches.size()) + " more\n";
    if (report.failure) text += "  FAILURE: " + to_string(*report.failure) + '\n';
    return text;
}

int run(const std::vector<std::string>& arguments, const Outputs& outputs) {
    const auto line = parse(arguments);
    if (!line) {
        outputs.errors("seek-stress: " + line.error().what + "\n  " + line.error().hint + '\n');
        return static_cast<int>(line.error().code);
    }
    if (line->wants_help) {
        outputs.text(usage);
        return 0;
    }
    auto zygote = ZygoteDriver::start(companion_program("reelpool-decoder-worker"));
    if (!zygote) {
        outputs.errors("seek-stress: " + to_string(zygote.error()) + '\n');
        return static_cast<int>(zygote.error().code);
    }
    int worst = 0;
    for (const std::string& path : line->files) {
        const auto report = stress_file(**zygote, path, line->options);
        int code = 0;
        if (report) {
            (report->is_clean() ? outputs.text
                                : outputs.errors)(describe(path, line->options, *report));
            if (!report->is_clean()) code = static_cast<int>(ErrorCode::decode);
        } else {
            outputs.errors(failure_text(path, report.error()));
            code = exit_code_for(report.error());
        }
        worst = std::max(worst, code);
    }
    return worst;
}

}  // namespace reelpool::seek_stress
