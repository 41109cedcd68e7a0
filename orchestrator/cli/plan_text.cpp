#include <algorithm>
#include <array>

#include "orchestrator/cli/plan_report.hpp"
#include "orchestrator/cli/plan_words.hpp"
#include "orchestrator/cli/shown_text.hpp"

namespace reelpool::cli {
namespace {

constexpr std::size_t line_columns = 100;
constexpr std::size_t most_ranges_columns = 22;
constexpr std::size_t fewest_path_columns = 16;
constexpr std::size_t most_files = 40;
constexpr std::size_t gap = 2;         ///< between words
constexpr std::size_t number_gap = 1;  ///< before a number
/// Where the lines under the table begin to tell.
constexpr std::size_t name_columns = 11;

std::string padded(std::string text, std::size_t columns) {
    const std::size_t used = columns_of(text);
    if (used < columns) text.append(columns - used, ' ');
    return text;
}

std::string padded_left(const std::string& text, std::size_t columns) {
    const std::size_t used = columns_of(text);
    return used < columns ? std::string(columns - used, ' ') + text : text;
}

/// One row of the table; the path and the ranges are cut when the widths are known.
struct Row {
    std::string path;
    std::string usage;
    std::vector<std::string> ranges;
    std::array<std::string, 7> numbers;
};

constexpr std::array<const char*, 7> number_names{"clips", "cur",  "slots", "decodes",
                                                  "ideal", "ampl", "seeks"};

Row row_of(const PlanReport& report, const plan::MediaForecast& media) {
    return {.path = path_of(report, media),
            .usage = plan::name_of(media.usage),
            .ranges = output_ranges(report, media),
            .numbers = {std::to_string(media.clips.size()), std::to_string(media.cursors_peak),
                        std::to_string(plan::slots_peak(media)),
                        std::to_string(media.frames_decoded), std::to_string(media.frames_ideal),
                        (is_wasteful(media) ? "!" : "") + fixed(plan::amplification_of(media), 2),
                        std::to_string(media.seeks)}};
}

struct Widths {
    std::size_t path = 0;
    std::size_t usage = 0;
    std::size_t ranges = 0;
    std::array<std::size_t, 7> numbers{};
};

/// Numbers get what they need, ranges a part, and paths the rest.
Widths widths_of(const std::vector<Row>& rows) {
    Widths widths{.path = 4, .usage = 3, .ranges = 12};
    for (std::size_t i = 0; i < number_names.size(); ++i)
        widths.numbers[i] = std::string_view(number_names[i]).size();
    for (const Row& row : rows) {
        widths.path = std::max(widths.path, columns_of(row.path));
        widths.usage = std::max(widths.usage, row.usage.size());
        widths.ranges =
            std::max(widths.ranges, listed_within(row.ranges, most_ranges_columns).size());
        for (std::size_t i = 0; i < row.numbers.size(); ++i)
            widths.numbers[i] = std::max(widths.numbers[i], row.numbers[i].size());
    }
    std::size_t others = widths.usage + widths.ranges + 2 * gap;
    for (const std::size_t number : widths.numbers) others += number + number_gap;
    const std::size_t left = line_columns > others ? line_columns - others : 0;
    widths.path = std::min(widths.path, std::max(left, fewest_path_columns));
    return widths;
}

std::string line_of(const Row& row, const Widths& widths) {
    const std::string space(gap, ' ');
    std::string line = padded(end_of(row.path, widths.path), widths.path) + space +
                       padded(row.usage, widths.usage) + space +
                       padded(listed_within(row.ranges, widths.ranges), widths.ranges);
    for (std::size_t i = 0; i < row.numbers.size(); ++i)
        line += std::string(number_gap, ' ') + padded_left(row.numbers[i], widths.numbers[i]);
    return line + "\n";
}

std::string table_of(const PlanReport& report) {
    const plan::Forecast& forecast = report.forecast;
    if (forecast.media.empty()) return "No file is shown.\n";
    std::vector<Row> rows;
    for (const std::size_t index : by_waste(forecast)) {
        if (rows.size() == most_files) break;
        rows.push_back(row_of(report, forecast.media[index]));
    }
    const Widths widths = widths_of(rows);
    Row head{.path = "file", .usage = "use", .ranges = {"shown at (s)"}, .numbers = {}};
    std::copy(number_names.begin(), number_names.end(), head.numbers.begin());
    std::string text = line_of(head, widths);
    for (const Row& row : rows) text += line_of(row, widths);
    if (rows.size() < forecast.media.size())
        text += "and " + grouped(forecast.media.size() - rows.size()) +
                " more (--json lists them all)\n";
    return text;
}

/// "name       text", and further lines under the text.
std::string told(const char* name, const std::string& text) {
    std::string result = padded(name, name_columns);
    std::size_t used = name_columns;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        const std::string word = text.substr(begin, end - begin);
        if (used > name_columns && used + 1 + columns_of(word) > line_columns) {
            result += "\n" + std::string(name_columns, ' ');
            used = name_columns;
        }
        if (used > name_columns) {
            result += ' ';
            ++used;
        }
        result += word;
        used += columns_of(word);
        begin = end + 1;
    }
    return result + "\n";
}

std::string totals_text(const PlanReport& report) {
    const plan::Forecast& forecast = report.forecast;
    const plan::ForecastTotals totals = plan::totals_of(forecast);
    std::string text = told(
        "decodes", counted(totals.frames_decoded, "frame", "frames") + ", at least " +
                       grouped(totals.frames_ideal) + " needed: amplification " +
                       fixed(plan::amplification(totals.frames_decoded, totals.frames_ideal), 2) +
                       ", " + counted(totals.seeks, "seek", "seeks"));
    if (totals.decoded_again > 0)
        text += told("again", counted(totals.decoded_again, "frame", "frames") +
                                  " that had been decoded before; " +
                                  grouped(totals.frames_unique) + " different ones are shown");
    text += told("workers", grouped(forecast.workers_started) + " started, at most " +
                                grouped(forecast.workers_peak) + " at once with " +
                                counted(forecast.cursors_peak, "cursor", "cursors"));
    text += told("cache", "at most " + megabytes_of(forecast.cache_peak_bytes) + " of " +
                              megabytes_of(forecast.cache_budget_bytes));
    if (forecast.disk.budget_bytes > 0)
        text += told("disk cache", counted(forecast.disk.frames_spilled, "frame", "frames") +
                                       " written, " + grouped(forecast.disk.frames_loaded) +
                                       " read, at most " + megabytes_of(forecast.disk.peak_bytes) +
                                       " of " + megabytes_of(forecast.disk.budget_bytes));
    text += told("memory", "about " + megabytes_of(report.memory_bytes) + ", all processes");
    if (report.wall_seconds) {
        std::string time = "about " + fixed(*report.wall_seconds, 1) + " s";
        if (*report.wall_seconds > 0)
            time +=
                " (" + fixed(seconds_of_output(report) / *report.wall_seconds, 2) + "x realtime)";
        text += told("time", time);
    }
    return text;
}

}  // namespace

std::string plan_text(const PlanReport& report) {
    std::string text =
        told("output", counted(report.forecast.frames, "frame", "frames") + ", " +
                           fixed(seconds_of_output(report), 2) + " s, " +
                           std::to_string(report.width_px) + "x" +
                           std::to_string(report.height_px) + ", " + report.fps.to_text() + " fps");
    text += told("engine", printable(report.engine) + ": " + printable(report.engine_reason));
    if (report.other)
        text += told("", printable(report.other->name) + " would decode " +
                             counted(report.other->frames_decoded, "frame", "frames"));
    text += "\n" + table_of(report) + "\n" + totals_text(report);
    for (const std::string& sentence : advice_of(report)) text += told("advice", sentence);
    for (const Warning& warning : report.warnings)
        text += told("warning", printable(warning.message));
    return text;
}

}  // namespace reelpool::cli
