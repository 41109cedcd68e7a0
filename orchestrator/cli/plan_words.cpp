#include "orchestrator/cli/plan_words.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "orchestrator/cli/shown_text.hpp"

namespace reelpool::cli {

bool is_wasteful(const plan::MediaForecast& media) {
    return plan::amplification_of(media) > wasteful_amplification;
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, ",");
    return text;
}

std::string megabytes_of(std::uint64_t bytes) {
    constexpr std::uint64_t mask = (1U << 20) - 1;
    return std::to_string((bytes >> 20) + ((bytes & mask) != 0 ? 1 : 0)) + "MB";
}

std::string fixed(double number, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, number);
    return text;
}

std::string counted(std::uint64_t number, const char* one, const char* many) {
    return grouped(number) + " " + (number == 1 ? one : many);
}

double seconds_at(const PlanReport& report, std::uint32_t output) {
    return static_cast<double>(output) / report.fps.to_double();
}

double seconds_of_output(const PlanReport& report) {
    return seconds_at(report, report.forecast.frames);
}

std::vector<std::string> output_ranges(const PlanReport& report, const plan::MediaForecast& media) {
    // A hundredth is less than a frame; where minutes are listed, a tenth is enough.
    const int decimals = seconds_of_output(report) < 100 ? 2 : 1;
    std::vector<std::string> ranges;
    for (const plan::FrameSpan& span : media.output_spans)
        ranges.push_back(
            fixed(seconds_at(report, span.first), decimals) + "-" +
            fixed(seconds_at(report, span.last) + 1 / report.fps.to_double(), decimals));
    return ranges;
}

std::vector<std::string> source_ranges(const plan::MediaForecast& media) {
    std::vector<std::string> ranges;
    for (const plan::FrameSpan& span : media.source_spans) {
        ranges.push_back(std::to_string(span.first));
        if (span.last != span.first) ranges.back() += "-" + std::to_string(span.last);
    }
    return ranges;
}

std::string listed(const std::vector<std::string>& items, std::size_t most) {
    std::string text;
    const std::size_t told = std::min(items.size(), most);
    for (std::size_t i = 0; i < told; ++i) text += (i > 0 ? ", " : "") + items[i];
    if (told < items.size()) text += " and " + grouped(items.size() - told) + " more";
    return text;
}

std::string listed_within(const std::vector<std::string>& items, std::size_t columns) {
    // Even the shortest items need two columns and a separator of two.
    for (std::size_t most = std::min(items.size(), columns / 3 + 1); most > 1; --most)
        if (std::string text = listed(items, most); text.size() <= columns) return text;
    return listed(items, 1);
}

std::string path_of(const PlanReport& report, const plan::MediaForecast& media) {
    const std::uint32_t id = media.media.value;
    return id < report.paths.size() ? printable(report.paths[id]) : "file " + std::to_string(id);
}

std::vector<std::size_t> by_waste(const plan::Forecast& forecast) {
    std::vector<std::size_t> order(forecast.media.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return plan::wasted_decodes(forecast.media[a]) > plan::wasted_decodes(forecast.media[b]);
    });
    return order;
}

std::vector<std::string> advice_of(const PlanReport& report) {
    std::uint64_t again = 0;
    std::uint64_t files_again = 0;
    std::uint64_t files_long_groups = 0;
    bool any_wasteful = false;
    for (const plan::MediaForecast& media : report.forecast.media) {
        again += media.decoded_again;
        if (media.decoded_again > 0) ++files_again;
        if (!is_wasteful(media)) continue;
        any_wasteful = true;
        if (media.decoded_again == 0) ++files_long_groups;
    }
    std::vector<std::string> advice;
    if (again > 0)
        advice.push_back(counted(again, "frame", "frames") + " of " +
                         counted(files_again, "file", "files") + (again == 1 ? " is" : " are") +
                         " decoded again because the cache of " +
                         megabytes_of(report.forecast.cache_budget_bytes) +
                         " cannot keep them until they are shown again: a larger --cache-size "
                         "would help, try " +
                         megabytes_of(2 * report.forecast.cache_budget_bytes) + ".");
    if (files_long_groups > 0)
        advice.push_back(
            counted(files_long_groups, "file is", "files are") +
            " wasteful although every frame stays in the cache until its last use: cursors "
            "walk the same way from a keyframe to what is shown more than once; "
            "keyframes closer together would help, a larger --cache-size hardly.");
    if (advice.empty() && !any_wasteful)
        advice.push_back("No file is decoded much more than once.");
    return advice;
}

}  // namespace reelpool::cli
