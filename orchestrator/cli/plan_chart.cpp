#include "orchestrator/cli/plan_chart.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "orchestrator/cli/plan_words.hpp"

namespace reelpool::cli {
namespace {

using plan::FrameSpan;

bool is_near(const FrameSpan& span, const FrameSpan& next, std::uint64_t gap) {
    return next.first <= std::uint64_t{span.last} + 1 + gap;
}

/// What two neighbours must have in common to be drawn as one.
enum class Joint : std::uint8_t {
    continued,  ///< one cursor, no seek between them
    cursor,     ///< one cursor
    lane,
};

bool may_join(const DrawnStretch& stretch, const DrawnStretch& next, Joint joint,
              std::uint64_t gap) {
    if (stretch.lane != next.lane || !is_near(stretch.output, next.output, gap)) return false;
    switch (joint) {
        case Joint::continued:
            return stretch.cursor == next.cursor && !next.begins_with_seek;
        case Joint::cursor:
            return stretch.cursor == next.cursor;
        case Joint::lane:
            return true;
    }
    return false;
}

void join_neighbours(std::vector<DrawnStretch>& stretches, Joint joint, std::uint64_t gap) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        const DrawnStretch next = stretches[i];
        if (kept == 0 || !may_join(stretches[kept - 1], next, joint, gap)) {
            stretches[kept++] = next;
            continue;
        }
        DrawnStretch& stretch = stretches[kept - 1];
        stretch.output.last = std::max(stretch.output.last, next.output.last);
        stretch.source.first = std::min(stretch.source.first, next.source.first);
        stretch.source.last = std::max(stretch.source.last, next.source.last);
        stretch.seeks += next.seeks;
        stretch.pieces += next.pieces;
    }
    stretches.resize(kept);
}

void sort_by_lane(std::vector<DrawnStretch>& stretches) {
    std::sort(stretches.begin(), stretches.end(), [](const auto& a, const auto& b) {
        return std::tuple(a.lane, a.output, a.cursor) < std::tuple(b.lane, b.output, b.cursor);
    });
}

/// Gives each cursor a lane in which no other is alive meanwhile, the lowest.
std::uint32_t assign_lanes(std::vector<DrawnStretch>& stretches, std::uint32_t most_lanes) {
    std::map<std::uint32_t, FrameSpan> lives;
    for (const DrawnStretch& stretch : stretches) {
        FrameSpan& life = lives.try_emplace(stretch.cursor, stretch.output).first->second;
        life.first = std::min(life.first, stretch.output.first);
        life.last = std::max(life.last, stretch.output.last);
    }
    std::vector<std::pair<FrameSpan, std::uint32_t>> order;
    for (const auto& [cursor, life] : lives) order.emplace_back(life, cursor);
    std::sort(order.begin(), order.end());
    std::vector<std::uint32_t> last_of_lane;
    std::unordered_map<std::uint32_t, std::uint32_t> lane_of;
    for (const auto& [life, cursor] : order) {
        std::uint32_t lane = 0;
        while (lane < last_of_lane.size() && last_of_lane[lane] >= life.first) ++lane;
        lane = std::min(lane, most_lanes - 1);
        if (lane == last_of_lane.size()) last_of_lane.push_back(0);
        last_of_lane[lane] = std::max(last_of_lane[lane], life.last);
        lane_of[cursor] = lane;
    }
    for (DrawnStretch& stretch : stretches) stretch.lane = lane_of[stretch.cursor];
    return static_cast<std::uint32_t>(last_of_lane.size());
}

std::size_t lines_of(const Chart& chart) {
    std::size_t lines = 0;
    for (const DrawnFile& file : chart.files) lines += file.stretches.size();
    return lines;
}

void join_everywhere(Chart& chart, Joint joint, std::uint32_t gap) {
    for (DrawnFile& file : chart.files) join_neighbours(file.stretches, joint, gap);
    chart.lines = lines_of(chart);
}

/// Joins until few enough lines are left: with wider and wider gaps, at last across cursors.
void limit_lines(Chart& chart, std::size_t limit, std::uint32_t frames) {
    join_everywhere(chart, Joint::continued, 0);
    for (std::uint32_t gap = 0; chart.lines > limit && gap < frames; gap = 2 * gap + 1) {
        join_everywhere(chart, Joint::cursor, gap);
        chart.merged_gap = gap;
        chart.merges_stretches = true;
    }
    if (chart.lines <= limit) return;
    for (DrawnFile& file : chart.files) sort_by_lane(file.stretches);
    join_everywhere(chart, Joint::lane, frames);
    chart.merged_gap = frames;
}

void join_spans(std::vector<FrameSpan>& spans, std::uint64_t gap) {
    std::size_t kept = 0;
    for (const FrameSpan& next : spans) {
        if (kept > 0 && is_near(spans[kept - 1], next, gap))
            spans[kept - 1].last = std::max(spans[kept - 1].last, next.last);
        else
            spans[kept++] = next;
    }
    spans.resize(kept);
}

/// Joins until few enough are left; whether it had to.
bool limit_spans(std::vector<DrawnFile>& files, std::vector<FrameSpan> DrawnFile::*member,
                 std::size_t limit, std::uint32_t frames) {
    for (std::uint32_t gap = 0;; gap = 2 * gap + 1) {
        std::size_t count = 0;
        for (DrawnFile& file : files) {
            if (gap > 0) join_spans(file.*member, gap);
            count += (file.*member).size();
        }
        if (count <= limit || gap >= frames) return gap > 0;
    }
}

/// Steps at least so far apart that `most` of them fill the export; the value of each is the
/// highest until the next.
template <class Step, class Value>
std::vector<Step> thinned(const std::vector<Step>& steps, Value Step::*value, std::size_t most,
                          std::uint32_t frames) {
    if (steps.size() <= most) return steps;
    const auto width = static_cast<std::uint32_t>(frames / most + 1);
    std::vector<Step> result;
    Value held{};  // before the step that is looked at
    for (std::size_t i = 0; i < steps.size();) {
        const std::uint32_t bucket = steps[i].output / width;
        // What was held reaches into the bucket unless it begins with a step.
        Step step{bucket * width, steps[i].output == bucket * width ? Value{} : held};
        for (; i < steps.size() && steps[i].output / width == bucket; ++i) {
            step.*value = std::max(step.*value, steps[i].*value);
            held = steps[i].*value;
        }
        result.push_back(step);
        // A bucket without steps has what was held, not the highest of the one before.
        const bool is_followed = i < steps.size() && steps[i].output / width == bucket + 1;
        if (!is_followed && held != step.*value) result.push_back({(bucket + 1) * width, held});
    }
    return result;
}

/// Those that waste most if there are too many, as they come on screen.
std::vector<std::size_t> chosen_files(const plan::Forecast& forecast, std::size_t most) {
    std::vector<std::size_t> chosen = by_waste(forecast);
    chosen.resize(std::min(chosen.size(), most));
    const auto first_shown = [&](std::size_t index) {
        const plan::MediaForecast& media = forecast.media[index];
        return std::pair(
            media.output_spans.empty() ? forecast.frames : media.output_spans.front().first, index);
    };
    std::sort(chosen.begin(), chosen.end(),
              [&](std::size_t a, std::size_t b) { return first_shown(a) < first_shown(b); });
    return chosen;
}

DrawnStretch drawn(const plan::DecodeStretch& stretch) {
    return {.cursor = stretch.cursor,
            .output = stretch.output,
            .source = stretch.source,
            .seeks = stretch.begins_with_seek ? 1U : 0U,
            .begins_with_seek = stretch.begins_with_seek};
}

}  // namespace

Chart chart_of(const plan::Forecast& forecast, const ChartLimits& limits) {
    Chart chart;
    std::unordered_map<std::uint32_t, std::size_t> place_of;
    for (const std::size_t index : chosen_files(forecast, limits.files)) {
        const plan::MediaForecast& media = forecast.media[index];
        place_of[media.media.value] = chart.files.size();
        DrawnFile file{.index = index, .shown = media.output_spans};
        for (const plan::WorkerSpan& worker : media.workers) file.workers.push_back(worker.output);
        chart.files.push_back(std::move(file));
    }
    chart.files_left_out = forecast.media.size() - chart.files.size();
    for (const plan::DecodeStretch& stretch : forecast.stretches) {
        const auto place = place_of.find(stretch.media.value);
        if (place == place_of.end()) continue;
        chart.files[place->second].stretches.push_back(drawn(stretch));
        ++chart.stretches;
    }
    const std::size_t slot_steps =
        std::max<std::size_t>(2, limits.slot_steps / std::max<std::size_t>(1, chart.files.size()));
    for (DrawnFile& file : chart.files) {
        file.lanes = assign_lanes(file.stretches, limits.lanes);
        // Cursors may share a lane: each one's stretches stay together to be joined.
        std::sort(file.stretches.begin(), file.stretches.end(), [](const auto& a, const auto& b) {
            return std::tuple(a.lane, a.cursor, a.output) < std::tuple(b.lane, b.cursor, b.output);
        });
        file.slots = thinned(forecast.media[file.index].slots, &plan::SlotStep::slots, slot_steps,
                             forecast.frames);
    }
    limit_lines(chart, limits.stretches, forecast.frames);
    for (DrawnFile& file : chart.files) sort_by_lane(file.stretches);
    const bool coarse_shown =
        limit_spans(chart.files, &DrawnFile::shown, limits.spans, forecast.frames);
    const bool coarse_workers =
        limit_spans(chart.files, &DrawnFile::workers, limits.spans, forecast.frames);
    chart.occupancy = thinned(forecast.occupancy, &plan::OccupancyStep::bytes,
                              limits.occupancy_steps, forecast.frames);
    chart.is_coarse =
        coarse_shown || coarse_workers || chart.occupancy.size() != forecast.occupancy.size();
    for (const DrawnFile& file : chart.files)
        if (file.slots.size() != forecast.media[file.index].slots.size()) chart.is_coarse = true;
    return chart;
}

}  // namespace reelpool::cli
