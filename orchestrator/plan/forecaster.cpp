#include "orchestrator/plan/forecaster.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "ipc/wire/messages.hpp"
#include "orchestrator/plan/memory_tally.hpp"

namespace reelpool::plan {
namespace {

/// A file that is in use for longer than this share of the export is heavy.
constexpr double heavy_share = 0.2;
/// So many stretches apart, each shorter than this share, are scattered.
constexpr std::size_t scattered_stretches = 3;
constexpr double short_share = 0.02;

/// Adds a frame to ascending spans.
void add_to(std::vector<FrameSpan>& spans, std::uint32_t n) {
    if (!spans.empty() && spans.back().last + 1 >= n)
        spans.back().last = n;
    else
        spans.push_back({n, n});
}

std::vector<FrameSpan> spans_of(const std::vector<bool>& frames) {
    std::vector<FrameSpan> spans;
    for (std::uint32_t i = 0; i < frames.size(); ++i)
        if (frames[i]) add_to(spans, i);
    return spans;
}

UsageClass usage_of(const std::vector<FrameSpan>& spans, std::uint32_t frames) {
    std::uint32_t covered = 0;
    std::uint32_t longest = 0;
    for (const FrameSpan& span : spans) {
        covered += span.last - span.first + 1;
        longest = std::max(longest, span.last - span.first + 1);
    }
    if (covered > heavy_share * frames) return UsageClass::heavy;
    const bool is_scattered =
        spans.size() >= scattered_stretches && longest <= std::max(1.0, short_share * frames);
    return is_scattered ? UsageClass::scattered : UsageClass::normal;
}

/// Follows a plan and writes down what it says.
class Forecaster {
  public:
    Forecaster(const std::vector<MediaSource>& sources, const std::vector<MediaId>& file_of,
               std::uint32_t files)
        : file_of_(file_of), shown_(files), slots_(files), memory_(sources) {
        forecast_.media.resize(files);
        for (std::uint32_t id = 0; id < files; ++id) forecast_.media[id].media = MediaId{id};
    }

    void follow(const PlannedFrame& frame, std::uint64_t used_bytes) {
        now_ = frame.output;
        for (const Command& command : frame.commands) {
            memory_.take(command);
            std::visit([&](const auto& one) { note(one); }, command);
        }
        for (const auto& [key, read] : frame.reads) {
            const std::uint32_t file = file_of_[key.media.value].value;
            add_to(forecast_.media[file].output_spans, now_);
            std::vector<bool>& shown = shown_[file];
            if (shown.size() <= key.frame.value) shown.resize(key.frame.value + 1);
            shown[key.frame.value] = true;
        }
        auto& occupancy = forecast_.occupancy;
        if (occupancy.empty() || occupancy.back().bytes != used_bytes)
            occupancy.push_back({now_, used_bytes});
    }

    Forecast finish(const Planner& planner) {
        forecast_.frames = now_ + 1;
        for (const auto& [media, since] : working_) end_worker(media, since, now_);
        for (MediaForecast& media : forecast_.media) {
            media.source_spans = spans_of(shown_[media.media.value]);
            media.usage = usage_of(media.output_spans, forecast_.frames);
            std::sort(media.workers.begin(), media.workers.end(),
                      [](const auto& a, const auto& b) { return a.output < b.output; });
        }
        for (std::uint32_t id = 0; id < file_of_.size(); ++id) {
            const MediaStatistics of = planner.statistics(MediaId{id});
            MediaForecast& media = forecast_.media[file_of_[id].value];
            media.wants += of.wants;
            media.frames_unique += of.frames_unique;
            media.frames_ideal += of.frames_ideal;
            media.frames_decoded += of.frames_decoded;
            media.seeks += of.seeks;
            media.decoded_again += of.deliveries_again();
            media.cursors_peak = std::max(media.cursors_peak, of.cursors_peak);
            forecast_.workers_started += static_cast<std::uint32_t>(of.workers_started);
        }
        const PlanStatistics all = planner.statistics();
        forecast_.cache_peak_bytes = all.peak_bytes;
        forecast_.cache_budget_bytes = all.budget_bytes;
        forecast_.workers_peak = all.workers_peak;
        forecast_.cursors_peak = all.cursors_peak;
        forecast_.memory_peak_bytes = memory_.peak_bytes();
        forecast_.disk = {.peak_bytes = all.disk_peak_bytes,
                          .frames_spilled = all.frames_spilled,
                          .frames_loaded = all.frames_loaded};
        return std::move(forecast_);
    }

  private:
    void note(const StartWorker& start) { working_[start.media] = now_; }
    void note(const RetireWorker& retire) {
        const auto entry = working_.find(retire.media);
        if (entry == working_.end()) return;
        end_worker(retire.media, entry->second, now_ == 0 ? 0 : now_ - 1);
        working_.erase(entry);
    }
    void note(const OpenCursorAt&) {}
    void note(const CloseCursorAt&) {}
    void note(const SpillAt&) {}
    void note(const LoadAt&) {}
    void note(const FrameCache::Change& change) {
        const std::uint32_t file = file_of_[change.media.value].value;
        std::uint32_t& count = slots_[file];
        if (change.kind == FrameCache::Change::Kind::create_segment)
            count += change.slot_count;
        else
            count -= change.slot_count;
        auto& steps = forecast_.media[file].slots;
        if (!steps.empty() && steps.back().output == now_)
            steps.back().slots = count;
        else
            steps.push_back({now_, count});
    }
    void note(const DecodeAt& decode) {
        if (decode.steps.empty()) return;
        const std::uint32_t last = decode.steps.back().frame.value;
        if (decode.first_decoded > last) return;  // it stands there
        const std::pair key{decode.media, decode.cursor};
        const auto open = stretch_of_.find(key);
        const bool goes_on = decode.seek_to == wire::no_seek && open != stretch_of_.end();
        if (goes_on) {
            DecodeStretch& stretch = forecast_.stretches[open->second];
            stretch.output.last = now_;
            stretch.source.last = last;
            return;
        }
        const auto lane = lanes_.try_emplace(key, 0).first;
        if (open == stretch_of_.end()) lane->second = lane_count_[file_of_[decode.media.value]]++;
        stretch_of_[key] = forecast_.stretches.size();
        forecast_.stretches.push_back({.media = file_of_[decode.media.value],
                                       .cursor = lane->second,
                                       .output = {now_, now_},
                                       .source = {decode.first_decoded, last},
                                       .begins_with_seek = decode.seek_to != wire::no_seek});
    }
    void end_worker(MediaId media, std::uint32_t first, std::uint32_t last) {
        forecast_.media[file_of_[media.value].value].workers.push_back(
            {{first, std::max(first, last)}});
    }

    const std::vector<MediaId>& file_of_;
    std::vector<std::vector<bool>> shown_;      ///< by file: the source frames
    std::vector<std::uint32_t> slots_;          ///< by file, now
    std::map<MediaId, std::uint32_t> working_;  ///< since when
    std::map<std::pair<MediaId, CursorId>, std::size_t> stretch_of_;
    std::map<std::pair<MediaId, CursorId>, std::uint32_t> lanes_;
    std::map<MediaId, std::uint32_t> lane_count_;  ///< by file
    MemoryTally memory_;
    Forecast forecast_;
    std::uint32_t now_ = 0;
};

}  // namespace

Forecast forecast(Planner& planner, const std::vector<MediaSource>& sources,
                  const std::vector<MediaId>& file_of, std::uint32_t files) {
    Forecaster forecaster(sources, file_of, files);
    while (planner.has_next()) {
        const PlannedFrame frame = planner.next();
        forecaster.follow(frame, planner.used_bytes());
    }
    return forecaster.finish(planner);
}

}  // namespace reelpool::plan
