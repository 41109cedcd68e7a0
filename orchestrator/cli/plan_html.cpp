#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "orchestrator/cli/plan_chart.hpp"
#include "orchestrator/cli/plan_report.hpp"
#include "orchestrator/cli/plan_words.hpp"
#include "orchestrator/cli/shown_text.hpp"
#include "plan_page.hpp"

namespace reelpool::cli {
namespace {

// Units: pixels down; across, a picture is as wide as the export has output frames.
constexpr std::uint32_t lanes_top = 6;
constexpr std::uint32_t lane_pitch = 7;
constexpr std::uint32_t lowest_row = 22;
constexpr std::uint32_t cache_height = 90;
constexpr std::uint32_t color_count = 8;

constexpr std::size_t label_columns = 27;
constexpr std::size_t longest_path = 200;
constexpr std::size_t longest_clip = 120;
constexpr std::size_t most_clips = 10;
constexpr std::size_t most_ranges = 6;
constexpr std::size_t most_warnings = 200;
constexpr std::size_t longest_message = 1000;

std::string str(std::uint64_t number) {
    return std::to_string(number);
}

/// <name class="...">escaped text</name>
std::string tagged(const char* name, const char* classes, const std::string& text) {
    std::string html = std::string("<") + name;
    if (*classes != '\0') html += std::string(" class=\"") + classes + "\"";
    return html + ">" + html_escaped(text) + "</" + name + ">";
}

std::string page_path(const PlanReport& report, const plan::MediaForecast& media) {
    return end_of(path_of(report, media), longest_path);
}

/// Some of them, and how many more there are.
std::vector<std::string> some_clips(const plan::MediaForecast& media) {
    std::vector<std::string> clips;
    for (const std::string& clip : media.clips) {
        if (clips.size() == most_clips) {
            clips.push_back("and " + grouped(media.clips.size() - most_clips) + " more");
            break;
        }
        clips.push_back(end_of(printable(clip), longest_clip));
    }
    return clips;
}

std::string facts_of(const plan::MediaForecast& media) {
    return std::string(plan::name_of(media.usage)) + "; decoded " + grouped(media.frames_decoded) +
           ", at least " + grouped(media.frames_ideal) + ": amplification " +
           fixed(plan::amplification_of(media), 2) + "; " + counted(media.seeks, "seek", "seeks") +
           (media.decoded_again > 0 ? "; " + grouped(media.decoded_again) + " decoded again" : "");
}

// ---- head ----

std::string figure(const char* name, const std::string& value, const std::string& more = {},
                   const char* classes = "") {
    return std::string("<div class=\"") + classes + "\">" + tagged("dt", "", name) + "<dd>" +
           html_escaped(value) + (more.empty() ? "" : " " + tagged("small", "", more)) +
           "</dd></div>\n";
}

std::string figures_of(const PlanReport& report) {
    const plan::Forecast& forecast = report.forecast;
    const plan::ForecastTotals totals = plan::totals_of(forecast);
    const double factor = plan::amplification(totals.frames_decoded, totals.frames_ideal);
    std::string html = "<dl class=\"figures\">\n";
    html += figure("output", fixed(seconds_of_output(report), 2) + " s",
                   grouped(forecast.frames) + " frames, " + str(report.width_px) + "x" +
                       str(report.height_px) + ", " + report.fps.to_text() + " fps");
    html += figure("frames decoded", grouped(totals.frames_decoded),
                   "at least " + grouped(totals.frames_ideal));
    html += figure("amplification", fixed(factor, 2), "1.00 is perfect",
                   factor > wasteful_amplification ? "bad" : "");
    html += figure("decoded again", grouped(totals.decoded_again), "let go by the cache before",
                   totals.decoded_again > 0 ? "bad" : "");
    html += figure("seeks", grouped(totals.seeks));
    html += figure("workers at once", grouped(forecast.workers_peak),
                   grouped(forecast.workers_started) + " started, " +
                       counted(forecast.cursors_peak, "cursor", "cursors") + " at once");
    html += figure("cache", megabytes_of(forecast.cache_peak_bytes),
                   "of " + megabytes_of(forecast.cache_budget_bytes));
    html += figure("memory", megabytes_of(report.memory_bytes), "all processes");
    if (report.wall_seconds) {
        const double wall = *report.wall_seconds;
        html += figure("time", "about " + fixed(wall, 1) + " s",
                       wall > 0 ? fixed(seconds_of_output(report) / wall, 2) + "x realtime" : "");
    }
    return html + "</dl>\n";
}

std::string advice_html(const PlanReport& report) {
    const auto& files = report.forecast.media;
    const auto wasteful = std::count_if(files.begin(), files.end(), is_wasteful);
    std::string items;
    if (wasteful > 0)
        items += tagged("li", "",
                        counted(static_cast<std::uint64_t>(wasteful), "file of ", "files of ") +
                            grouped(files.size()) + " decoded more than " +
                            fixed(wasteful_amplification, 1) +
                            " times what is needed; marked with \u26a0 below.");
    for (const std::string& sentence : advice_of(report)) items += tagged("li", "", sentence);
    const bool is_bad = wasteful > 0 || plan::totals_of(report.forecast).decoded_again > 0;
    std::string html =
        std::string("<ul class=\"advice") + (is_bad ? " bad" : "") + "\">" + items + "</ul>\n";
    if (report.warnings.empty()) return html;
    html += "<h2>Warnings</h2>\n<ul>";
    for (std::size_t i = 0; i < std::min(report.warnings.size(), most_warnings); ++i)
        html += tagged("li", "", end_of(printable(report.warnings[i].message), longest_message));
    if (report.warnings.size() > most_warnings)
        html +=
            tagged("li", "", "and " + grouped(report.warnings.size() - most_warnings) + " more");
    return html + "</ul>\n";
}

std::string head_html(const PlanReport& report) {
    const std::string title = report.project.empty()
                                  ? "Plan"
                                  : "Plan of " + end_of(printable(report.project), longest_path);
    std::string html =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        // Nothing is loaded from anywhere, whatever the names in the project contain.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n";
    html += tagged("title", "", title) + "\n<style>\n" + std::string(plan_page_css) +
            "</style>\n</head>\n<body>\n" + tagged("h1", "", title) + "\n";
    std::string engine = "Engine " + report.engine + ": " + report.engine_reason + ".";
    if (report.other)
        engine += " " + report.other->name + " would decode " +
                  counted(report.other->frames_decoded, "frame", "frames") + ".";
    return html + tagged("p", "", engine) + "\n" + figures_of(report) + advice_html(report);
}

// ---- chart ----

/// <path> unless it is empty.
std::string path_html(const std::string& classes, const std::string& data) {
    if (data.empty()) return {};
    return "<path class=\"" + classes + "\" d=\"" + data + "\"/>";
}

std::string line_to(std::uint32_t first, std::uint64_t end, const std::string& y) {
    return "M" + str(first) + " " + y + "H" + str(end);
}

std::uint64_t end_of_span(const plan::FrameSpan& span) {
    return std::uint64_t{span.last} + 1;
}

std::string plot_begin(std::uint32_t frames, std::uint32_t height, const std::string& attributes,
                       const std::string& label) {
    return "<svg class=\"plot\" role=\"img\" preserveAspectRatio=\"none\" viewBox=\"0 0 " +
           str(std::max(1U, frames)) + " " + str(height) + "\" height=\"" + str(height) + "\"" +
           attributes + " aria-label=\"" + html_escaped(label) + "\">";
}

std::uint32_t height_of(const DrawnFile& file) {
    return std::max(lowest_row, lanes_top + file.lanes * lane_pitch + 3);
}

/// From back to front: life of the worker, when the file is shown, cursors, seeks.
std::string file_paths(const DrawnFile& file) {
    std::string workers;
    const std::string height = str(height_of(file));
    for (const plan::FrameSpan& span : file.workers)
        workers += line_to(span.first, end_of_span(span), "0") + "V" + height + "H" +
                   str(span.first) + "Z";
    std::string shown;
    for (const plan::FrameSpan& span : file.shown)
        shown += line_to(span.first, end_of_span(span), "2");
    std::array<std::string, color_count> cursors;
    std::string seeks;
    for (const DrawnStretch& stretch : file.stretches) {
        const std::uint32_t top = lanes_top + stretch.lane * lane_pitch;
        cursors[stretch.cursor % color_count] +=
            line_to(stretch.output.first, end_of_span(stretch.output), str(top + 3) + ".5");
        if (stretch.begins_with_seek)
            seeks += "M" + str(stretch.output.first) + " " + str(top) + "v" + str(lane_pitch);
    }
    std::string html = path_html("w", workers) + path_html("u", shown);
    for (std::size_t i = 0; i < cursors.size(); ++i) html += path_html("c" + str(i), cursors[i]);
    return html + path_html("k", seeks);
}

std::string file_row(const PlanReport& report, const DrawnFile& file, std::size_t number) {
    const plan::MediaForecast& media = report.forecast.media[file.index];
    const std::string path = page_path(report, media);
    const bool is_bad = is_wasteful(media);
    std::string html = std::string("<div class=\"row") + (is_bad ? " wasteful" : "") +
                       "\"><div class=\"label\" title=\"" + html_escaped(path) + "\">";
    html += tagged("span", "name", end_of(path, label_columns));
    html +=
        tagged("span", "amp", (is_bad ? "\u26a0 " : "") + fixed(plan::amplification_of(media), 2));
    html += "</div>" +
            plot_begin(report.forecast.frames, height_of(file),
                       " data-file=\"" + str(number) + "\"", path + ": " + facts_of(media)) +
            file_paths(file) + "</svg></div>\n";
    return html;
}

std::string cache_row(const PlanReport& report, const Chart& chart) {
    const plan::Forecast& forecast = report.forecast;
    const std::uint64_t most =
        std::max({forecast.cache_budget_bytes, forecast.cache_peak_bytes, std::uint64_t{1}});
    // Room above the budget line.
    const auto height_at = [&](std::uint64_t bytes) {
        const double part = static_cast<double>(bytes) / static_cast<double>(most);
        return fixed(cache_height - part * (cache_height - 6), 1);
    };
    const std::string bottom = str(cache_height);
    std::string area;
    for (const plan::OccupancyStep& step : chart.occupancy)
        area += (area.empty() ? "M" + str(step.output) + " " + bottom : "H" + str(step.output)) +
                "V" + height_at(step.bytes);
    if (!area.empty()) area += "H" + str(forecast.frames) + "V" + bottom + "Z";
    const std::string label = "at most " + megabytes_of(forecast.cache_peak_bytes) + " of " +
                              megabytes_of(forecast.cache_budget_bytes);
    return "<div class=\"row\"><div class=\"label\">" + tagged("span", "name", "cache") +
           tagged("span", "amp", label) + "</div>" +
           plot_begin(forecast.frames, cache_height, "", "cache: " + label) + path_html("a", area) +
           path_html("b", line_to(0, forecast.frames, height_at(forecast.cache_budget_bytes))) +
           "</svg></div>\n";
}

struct Ticks {
    std::string lines;
    std::string labels;
};

/// A round number of seconds apart, at most twelve.
Ticks ticks_of(const PlanReport& report) {
    Ticks ticks;
    const double length = seconds_of_output(report);
    if (!(length > 0)) return ticks;
    double step = std::pow(10, std::floor(std::log10(length / 4)));
    for (const double factor : {2.0, 2.5, 2.0})
        if (length / step > 12) step *= factor;
    const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 4);
    for (int n = 0; n * step < length; ++n) {
        const std::string at = "style=\"left:" + fixed(100 * n * step / length, 3) + "%\">";
        ticks.lines += "<div class=\"tick\" " + at + "</div>";
        ticks.labels += "<span " + at + fixed(n * step, decimals) + " s</span>";
    }
    return ticks;
}

std::string key(const std::string& drawing, const char* text) {
    return "<span><svg width=\"26\" height=\"14\" class=\"plot\" "
           "style=\"display:inline;width:26px\" "
           "aria-hidden=\"true\">" +
           drawing + "</svg>" + html_escaped(text) + "</span>\n";
}

std::string legend() {
    return "<div class=\"legend\">\n" +
           key("<path class=\"c0\" d=\"M3 3H23\"/><path class=\"c1\" d=\"M3 10H23\"/>",
               "a cursor decodes (one colour each)") +
           key("<path class=\"c0\" d=\"M8 7H23\"/><path class=\"k\" d=\"M8 3v8\"/>",
               "after a seek") +
           key("<path class=\"u\" d=\"M2 7H24\"/>", "the file is on screen") +
           key("<path class=\"w\" d=\"M0 0H26V14H0Z\"/>", "its worker is alive") +
           key("<path class=\"b\" d=\"M0 7H26\"/>", "--cache-size") +
           "<span class=\"bad\">\u26a0 decoded more than 1.1 times what is needed</span></div>\n";
}

/// What the picture does not show.
std::string omissions(const PlanReport& report, const Chart& chart) {
    std::string text;
    if (chart.merges_stretches)
        text += grouped(chart.stretches) + " stretches are drawn as " +
                counted(chart.lines, "line", "lines") + ": neighbours in a lane that are at most " +
                fixed(seconds_at(report, chart.merged_gap), 2) +
                " s apart are merged, and seeks inside a line are not marked. ";
    if (chart.is_coarse)
        text +=
            "Times on screen, lives of workers, slots and the cache are drawn coarser than they "
            "are; peaks are kept. ";
    if (chart.files_left_out > 0)
        text += "Left out: " + counted(chart.files_left_out, "file", "files") +
                " with the least waste. ";
    if (text.empty()) return text;
    return tagged("p", "quiet", text + "The output of --json has everything.") + "\n";
}

std::string chart_html(const PlanReport& report, const Chart& chart) {
    const Ticks ticks = ticks_of(report);
    std::string html =
        "<h2>Who decodes what when</h2>\n<p class=\"quiet\">Across: time of the output. Down: "
        "files, "
        "as they come on screen, one lane for each cursor.</p>\n" +
        legend() +
        "<p id=\"controls\" class=\"controls\" hidden><button data-key=\"+\">Zoom in</button> "
        "<button data-key=\"-\">Zoom out</button> <button data-key=\"ArrowLeft\">Earlier</button> "
        "<button data-key=\"ArrowRight\">Later</button> <button data-key=\"0\">All</button> "
        "<span class=\"quiet\">or drag over a part; keys + - \u2190 \u2192 0</span></p>\n" +
        omissions(report, chart) +
        "<div id=\"chart\" class=\"chart\" role=\"group\" aria-label=\"Decode schedule\">\n"
        "<div class=\"plots\"><div id=\"lines\">" +
        ticks.lines +
        "</div></div>\n<div class=\"row axis\"><div class=\"label quiet\">file, amplification</div>"
        "<div id=\"ticks\" class=\"ticks\">" +
        ticks.labels + "</div></div>\n";
    for (std::size_t i = 0; i < chart.files.size(); ++i)
        html += file_row(report, chart.files[i], i);
    return html + cache_row(report, chart) +
           "</div>\n<div id=\"tip\" class=\"tip\" hidden></div>\n";
}

// ---- table ----

std::string clips_html(const plan::MediaForecast& media) {
    if (media.clips.empty()) return {};
    std::string html =
        "<details>" + tagged("summary", "", counted(media.clips.size(), "clip", "clips")) + "<ul>";
    for (const std::string& clip : some_clips(media)) html += tagged("li", "", clip);
    return html + "</ul></details>";
}

std::string table_row(const PlanReport& report, const plan::MediaForecast& media) {
    const bool is_bad = is_wasteful(media);
    std::string html = std::string("<tr") + (is_bad ? " class=\"wasteful\"" : "") +
                       "><th scope=\"row\">" + html_escaped(page_path(report, media)) +
                       clips_html(media) + "</th>";
    html += tagged("td", "left", plan::name_of(media.usage));
    html += tagged("td", "left", listed(output_ranges(report, media), most_ranges));
    html += tagged("td", "left", listed(source_ranges(media), most_ranges));
    html += tagged("td", "", grouped(media.frames_decoded));
    html += tagged("td", "", grouped(media.frames_ideal));
    html += tagged("td", "", grouped(plan::wasted_decodes(media)));
    html +=
        tagged("td", "amp", (is_bad ? "\u26a0 " : "") + fixed(plan::amplification_of(media), 2));
    html += tagged("td", "", grouped(media.decoded_again));
    html += tagged("td", "", grouped(media.seeks));
    html += tagged("td", "", grouped(media.cursors_peak));
    html += tagged("td", "", grouped(plan::slots_peak(media)));
    return html + "</tr>\n";
}

std::string table_html(const PlanReport& report, std::size_t most_files) {
    const plan::Forecast& forecast = report.forecast;
    std::string html =
        "<h2>Files, the most wasteful first</h2>\n<div class=\"scroll\" tabindex=\"0\">\n<table>\n"
        "<thead><tr><th class=\"left\">file</th><th class=\"left\">use</th>"
        "<th class=\"left\">shown at (s)</th><th class=\"left\">source frames</th><th>decoded</th>"
        "<th>at least</th><th>wasted</th><th>amplification</th><th>decoded again</th><th>seeks</th>"
        "<th>cursors</th><th>slots</th></tr></thead>\n<tbody>\n";
    std::size_t rows = 0;
    for (const std::size_t index : by_waste(forecast)) {
        if (rows++ == most_files) break;
        html += table_row(report, forecast.media[index]);
    }
    html += "</tbody></table>\n</div>\n";
    if (forecast.media.size() > most_files)
        html += tagged("p", "quiet",
                       "and " + grouped(forecast.media.size() - most_files) +
                           " more; the output of --json lists them all") +
                "\n";
    return html;
}

// ---- what the script reads ----

using Json = nlohmann::json;

Json file_data(const PlanReport& report, const DrawnFile& file) {
    const plan::MediaForecast& media = report.forecast.media[file.index];
    Json lines = Json::array();
    for (const DrawnStretch& line : file.stretches)
        lines.push_back(
            Json::array({line.lane, line.output.first, line.output.last, line.source.first,
                         line.source.last, line.cursor, line.seeks, line.pieces}));
    Json slots = Json::array();
    for (const plan::SlotStep& step : file.slots)
        slots.push_back(Json::array({step.output, step.slots}));
    return {{"path", page_path(report, media)}, {"facts", facts_of(media)},
            {"clips", some_clips(media)},       {"lanes", file.lanes},
            {"lines", std::move(lines)},        {"slots", std::move(slots)}};
}

std::string script_html(const PlanReport& report, const Chart& chart) {
    Json data{{"frames", report.forecast.frames},
              {"fps", report.fps.to_double()},
              {"top", lanes_top},
              {"pitch", lane_pitch},
              {"budget", report.forecast.cache_budget_bytes},
              {"occupancy", Json::array()},
              {"files", Json::array()}};
    for (const plan::OccupancyStep& step : chart.occupancy)
        data["occupancy"].push_back(Json::array({step.output, step.bytes}));
    for (const DrawnFile& file : chart.files) data["files"].push_back(file_data(report, file));
    std::string html = "<script type=\"application/json\" id=\"data\">";
    // "<" occurs in strings only; no name can end the element or begin a comment.
    for (const char c : data.dump()) {
        if (c == '<')
            html += "\\u003c";
        else
            html += c;
    }
    return html + "</script>\n<script>\n" + std::string(plan_page_js) + "</script>\n";
}

}  // namespace

std::string plan_html(const PlanReport& report) {
    const ChartLimits limits;
    const Chart chart = chart_of(report.forecast, limits);
    return head_html(report) + chart_html(report, chart) + table_html(report, limits.files) +
           script_html(report, chart) + "</body>\n</html>\n";
}

}  // namespace reelpool::cli
