#include "sample_plan.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace reelpool::cli {
namespace {

constexpr std::uint32_t fps = 30;
constexpr std::uint32_t frames = 60 * fps;
constexpr const char* hostile_name =
    "</script><script>alert(1)</script><img src=x onerror='x'>\"&\n\xFF\xE2\x80\xAE.mp4";

struct Sample {
    PlanReport report;

    plan::MediaForecast& add(std::string path, plan::UsageClass usage) {
        const MediaId id{static_cast<std::uint32_t>(report.paths.size())};
        report.paths.push_back(std::move(path));
        report.forecast.media.push_back({.media = id, .usage = usage});
        return report.forecast.media.back();
    }

    /// Shows and decodes a part of the file, from the keyframe `lead_in` frames before.
    void show(plan::MediaForecast& media, std::uint32_t cursor, std::uint32_t first,
              std::uint32_t count, std::uint32_t source, std::uint32_t lead_in) {
        const plan::FrameSpan output{first, std::min(frames, first + count) - 1};
        media.clips.push_back("/comps/main/tracks/" + std::to_string(cursor) + "/clips/" +
                              std::to_string(media.clips.size()));
        media.output_spans.push_back(output);
        media.source_spans.push_back({source, source + count - 1});
        media.wants += count;
        media.frames_unique += count;
        media.frames_decoded += count + lead_in;
        media.frames_ideal += count + lead_in;
        ++media.seeks;
        media.cursors_peak = std::max(media.cursors_peak, cursor + 1);
        report.forecast.stretches.push_back(
            {media.media, cursor, output, {source - lead_in, source + count - 1}, true});
    }
};

void add_cuts(Sample& sample) {
    for (std::uint32_t i = 0; i < 36; ++i) {
        auto& media =
            sample.add("footage/day " + std::to_string(1 + i / 12) + "/A0" +
                           std::to_string(10 + i) + "_C0" + std::to_string(31 + 7 * i) + ".mp4",
                       i % 9 == 4 ? plan::UsageClass::scattered : plan::UsageClass::normal);
        const std::uint32_t first = i * 48;
        sample.show(media, 0, first, 70, 200 + 13 * i, 7 * i % 40);
        if (i % 9 == 4) sample.show(media, 0, (first + 900) % 1700, 25, 900, 12);
        std::sort(media.output_spans.begin(), media.output_spans.end());
        for (const plan::FrameSpan& span : media.output_spans)
            media.workers.push_back({{span.first < 45 ? 0 : span.first - 45, span.last}});
        media.slots = {{first, 14}, {first + 70, 0}};
    }
}

/// A nested comp and ten small views show one file at many times, and the cache is too small.
void add_mosaic(Sample& sample) {
    auto& media =
        sample.add("footage/interview_wide_camera_2_take_07.mov", plan::UsageClass::heavy);
    for (std::uint32_t cursor = 0; cursor < 5; ++cursor)
        for (std::uint32_t part = 0; part < 12; ++part)
            sample.show(media, cursor, 60 + part * 140 + 9 * cursor, 118, 500 + 118 * part, 60);
    media.output_spans = {{60, 1755}};
    media.source_spans = {{500, 1915}};
    media.frames_unique = 1416;
    media.frames_ideal = 1480;
    media.decoded_again = media.wants - 1416;
    media.workers = {{{0, 1799}}};
    media.slots = {{60, 60}, {300, 150}, {1755, 0}};
}

void add_reverse(Sample& sample) {
    auto& media = sample.add("footage/sunset reversed.mp4", plan::UsageClass::normal);
    for (std::uint32_t part = 0; part < 10; ++part)
        sample.show(media, 0, 1200 + 24 * part, 24, 1000 - 24 * part, 24);
    media.output_spans = {{1200, 1439}};
    media.source_spans = {{784, 1023}};
    media.frames_ideal = 264;
    media.workers = {{{1150, 1439}}};
    media.slots = {{1200, 48}, {1440, 0}};
}

}  // namespace

PlanReport sample_plan() {
    Sample sample{.report = {.project = "projects/summer film.json",
                             .engine = "v2",
                             .engine_reason = "40 files, 12 nested clips",
                             .fps = Rational(fps),
                             .width_px = 1920,
                             .height_px = 1080,
                             .memory_bytes = 812ULL << 20,
                             .wall_seconds = 48.2,
                             .warnings = {{"past-end", "a clip shows <nothing> past its end"}},
                             .other = OtherEngine{"v1", 31'415}}};
    plan::Forecast& forecast = sample.report.forecast;
    forecast.frames = frames;
    add_cuts(sample);
    add_mosaic(sample);
    add_reverse(sample);
    sample.show(sample.add(hostile_name, plan::UsageClass::normal), 0, 700, 90, 30, 30);
    auto& still = sample.add("title/logo.png", plan::UsageClass::heavy);
    sample.show(still, 0, 0, 1, 0, 0);
    still.output_spans = {{0, 1799}};
    for (std::uint32_t frame = 0; frame < frames; frame += 5) {
        const std::uint64_t ramp = std::min<std::uint64_t>(frame, 300) * (450ULL << 20) / 300;
        forecast.occupancy.push_back({frame, ramp + ((frame / 48) % 3) * (15ULL << 20)});
        forecast.cache_peak_bytes =
            std::max(forecast.cache_peak_bytes, forecast.occupancy.back().bytes);
    }
    forecast.cache_budget_bytes = 500ULL << 20;
    forecast.workers_peak = 7;
    forecast.cursors_peak = 11;
    forecast.workers_started = 44;
    return std::move(sample.report);
}

PlanReport crowded_plan(std::uint32_t files, std::uint32_t stretches) {
    Sample sample{.report = {.engine = "v2",
                             .engine_reason = "chosen with --engine v2",
                             .fps = Rational(25)}};
    for (std::uint32_t i = 0; i < files; ++i)
        sample.add("f" + std::to_string(i), plan::UsageClass::scattered);
    plan::Forecast& forecast = sample.report.forecast;
    for (std::uint32_t i = 0; i < stretches; ++i) {
        plan::MediaForecast& media = forecast.media[i % files];
        const std::uint32_t output = 4 * (i / files);
        media.clips.push_back("/comps/main/tracks/0/clips/" + std::to_string(i));
        media.output_spans.push_back({output, output});
        media.workers.push_back({{output, output}});
        media.slots.push_back({output, i % 7});
        forecast.occupancy.push_back({output, i});
        forecast.stretches.push_back(
            {media.media, (i / files) % 4, {output, output}, {i, i}, true});
        forecast.frames = output + 1;
    }
    forecast.cache_peak_bytes = stretches;
    forecast.cache_budget_bytes = stretches;
    return std::move(sample.report);
}

}  // namespace reelpool::cli
