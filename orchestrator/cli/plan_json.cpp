#include <algorithm>
#include <nlohmann/json.hpp>

#include "orchestrator/cli/plan_report.hpp"
#include "orchestrator/cli/plan_words.hpp"

namespace reelpool::cli {
namespace {

using Json = nlohmann::ordered_json;

Json span_json(const plan::FrameSpan& span) {
    return Json::array({span.first, span.last});
}

Json spans_json(const std::vector<plan::FrameSpan>& spans) {
    Json json = Json::array();
    for (const plan::FrameSpan& span : spans) json.push_back(span_json(span));
    return json;
}

/// By MediaId, as far as a file has that id.
std::vector<Json> stretches_json(const plan::Forecast& forecast) {
    std::uint32_t ids = 0;
    for (const plan::MediaForecast& media : forecast.media)
        ids = std::max(ids, media.media.value + 1);
    std::vector<Json> by_media(ids, Json::array());
    for (const plan::DecodeStretch& stretch : forecast.stretches) {
        REELPOOL_CHECK(stretch.media.value < ids);
        by_media[stretch.media.value].push_back({{"cursor", stretch.cursor},
                                                 {"output", span_json(stretch.output)},
                                                 {"source", span_json(stretch.source)},
                                                 {"seek", stretch.begins_with_seek}});
    }
    return by_media;
}

Json file_json(const PlanReport& report, const plan::MediaForecast& media, Json stretches) {
    Json workers = Json::array();
    for (const plan::WorkerSpan& worker : media.workers)
        workers.push_back(span_json(worker.output));
    Json slots = Json::array();
    for (const plan::SlotStep& step : media.slots)
        slots.push_back(Json::array({step.output, step.slots}));
    const std::uint32_t id = media.media.value;
    return {{"path", id < report.paths.size() ? report.paths[id] : std::string()},
            {"usage", plan::name_of(media.usage)},
            {"clips", media.clips},
            {"outputRanges", spans_json(media.output_spans)},
            {"sourceRanges", spans_json(media.source_spans)},
            {"wants", media.wants},
            {"framesUnique", media.frames_unique},
            {"framesDecoded", media.frames_decoded},
            {"framesIdeal", media.frames_ideal},
            {"amplification", plan::amplification_of(media)},
            {"decodedAgain", media.decoded_again},
            {"seeks", media.seeks},
            {"cursorsPeak", media.cursors_peak},
            {"slotsPeak", plan::slots_peak(media)},
            {"workers", std::move(workers)},
            {"slots", std::move(slots)},
            {"stretches", std::move(stretches)}};
}

Json decode_json(const plan::Forecast& forecast) {
    const plan::ForecastTotals totals = plan::totals_of(forecast);
    return {{"framesDecoded", totals.frames_decoded},
            {"framesIdeal", totals.frames_ideal},
            {"amplification", plan::amplification(totals.frames_decoded, totals.frames_ideal)},
            {"framesUnique", totals.frames_unique},
            {"decodedAgain", totals.decoded_again},
            {"wants", totals.wants},
            {"seeks", totals.seeks},
            {"cursorsPeak", forecast.cursors_peak},
            {"workersStarted", forecast.workers_started},
            {"workersPeak", forecast.workers_peak}};
}

Json cache_json(const PlanReport& report) {
    const plan::Forecast& forecast = report.forecast;
    Json occupancy = Json::array();
    for (const plan::OccupancyStep& step : forecast.occupancy)
        occupancy.push_back(Json::array({step.output, step.bytes}));
    return {{"budgetBytes", forecast.cache_budget_bytes},
            {"framesBudgetBytes", report.frames_budget_bytes},
            {"peakBytes", forecast.cache_peak_bytes},
            {"occupancy", std::move(occupancy)}};
}

Json disk_json(const plan::DiskForecast& disk) {
    if (disk.budget_bytes == 0) return nullptr;
    return {{"budgetBytes", disk.budget_bytes},
            {"peakBytes", disk.peak_bytes},
            {"spilled", disk.frames_spilled},
            {"loaded", disk.frames_loaded}};
}

}  // namespace

std::string plan_json(const PlanReport& report) {
    const plan::Forecast& forecast = report.forecast;
    Json json{{"type", "plan"},
              {"engine", report.engine},
              {"engineReason", report.engine_reason},
              {"otherEngine", nullptr},
              {"frames", forecast.frames},
              {"seconds", seconds_of_output(report)},
              {"fps", report.fps.to_text()},
              {"width", report.width_px},
              {"height", report.height_px},
              {"wallSeconds", nullptr},
              {"decode", decode_json(forecast)},
              {"cache", cache_json(report)},
              {"diskCache", disk_json(forecast.disk)},
              {"memory", {{"peakBytes", report.memory_bytes}}},
              {"advice", advice_of(report)},
              {"files", Json::array()},
              {"warnings", Json::array()}};
    if (report.other)
        json["otherEngine"] = {{"engine", report.other->name},
                               {"framesDecoded", report.other->frames_decoded}};
    if (report.wall_seconds) json["wallSeconds"] = *report.wall_seconds;
    std::vector<Json> stretches = stretches_json(forecast);
    for (const plan::MediaForecast& media : forecast.media)
        json["files"].push_back(file_json(report, media, std::move(stretches[media.media.value])));
    for (const Warning& warning : report.warnings)
        json["warnings"].push_back({{"code", warning.code}, {"message", warning.message}});
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace reelpool::cli
