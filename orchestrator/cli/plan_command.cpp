#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/cli/export_preparation.hpp"
#include "orchestrator/cli/plan_report.hpp"
#include "orchestrator/plan/forecaster.hpp"
#include "orchestrator/run/cache_place.hpp"
#include "orchestrator/run/memory_model.hpp"
#include "orchestrator/run/speed_store.hpp"

namespace reelpool::cli {
namespace {

ExportRequest request_of(const PlanOptions& options) {
    return {.project = options.project,
            .picture = options.picture,
            .engine = options.engine,
            .cache_bytes = options.cache_bytes,
            .memory_limit_bytes = options.memory_limit_bytes,
            .disk = options.disk,
            .encoder = run::encoder_name(options.codec, options.preset),
            .safety = options.safety};
}

/// What only the timeline knows of the files: their clips, and what is wanted of them.
void add_wants(const ExportPreparation& prepared, plan::Forecast& forecast) {
    for (plan::MediaForecast& media : forecast.media) {
        const plan::MediaStatistics& wanted = prepared.survey.wanted[media.media.value];
        const std::uint64_t delivered = media.frames_unique + media.decoded_again;
        media.wants = wanted.wants;
        media.frames_unique = wanted.frames_unique;
        media.frames_ideal = wanted.frames_ideal;
        media.decoded_again =
            delivered > wanted.frames_unique ? delivered - wanted.frames_unique : 0;
    }
    for (const model::ClipUse& use : prepared.timeline().uses()) {
        auto& clips = forecast.media[use.media.value].clips;
        if (std::find(clips.begin(), clips.end(), use.clip_path) == clips.end())
            clips.push_back(use.clip_path);
    }
}

/// As fast as this machine was so far.
double seconds_for(const ExportPreparation& prepared, const plan::Forecast& forecast,
                   const std::string& encoder) {
    std::vector<std::uint64_t> decoded;
    for (const plan::MediaForecast& media : forecast.media) decoded.push_back(media.frames_decoded);
    run::Workload work = run::workload_of(prepared.survey, prepared.sources, decoded);
    work.encoder = encoder;
    work.output_px = prepared.output_px();
    work.frame_px = prepared.frame_px();
    return run::predicted_seconds(work, run::SpeedStore(run::cache_directory()).read(),
                                  prepared.engine_options.cores);
}

Result<PlanReport> plan_of(const PlanOptions& options) {
    REELPOOL_TRY(preparation, ExportPreparation::prepare(request_of(options)));
    const ExportPreparation& prepared = *preparation;
    const run::EngineInput input = prepared.engine_input();
    REELPOOL_TRY(engine, run::make_engine(prepared.decision.kind, input, prepared.engine_options));
    PlanReport report;
    report.project = options.project;
    report.engine = run::engine_name(prepared.decision.kind);
    report.engine_reason = prepared.decision.reason;
    report.fps = prepared.geometry.fps;
    report.width_px = prepared.geometry.width;
    report.height_px = prepared.geometry.height;
    report.paths = prepared.paths;
    report.warnings = prepared.warnings;
    report.forecast = plan::forecast(*engine.planner, engine.sources, engine.file_of,
                                     static_cast<std::uint32_t>(prepared.sources.size()));
    report.forecast.cache_budget_bytes = options.cache_bytes;
    report.frames_budget_bytes = engine.frames_bytes;
    report.forecast.disk.budget_bytes = options.disk.bytes;
    add_wants(prepared, report.forecast);
    const std::string encoder = run::encoder_name(options.codec, options.preset);
    report.memory_bytes = prepared.survey.canvas_bytes.all +
                          run::predicted_memory(report.forecast, prepared.surroundings(encoder));
    report.wall_seconds = seconds_for(prepared, report.forecast, encoder);
    const bool is_v1 = prepared.decision.kind == run::EngineKind::v1;
    if (const auto& other = is_v1 ? prepared.decision.v2 : prepared.decision.v1)
        report.other = OtherEngine{is_v1 ? "v2" : "v1", other->frames_decoded};
    return report;
}

Status write_page(const std::string& path, const std::string& page) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << page;
    file.close();
    if (file) return ok();
    return unexpected({.code = ErrorCode::output,
                       .component = Component::output,
                       .subject = path,
                       .what = "the page could not be written",
                       .cause = {},
                       .hint = "choose another place with --html"});
}

}  // namespace

int run_plan(const PlanOptions& options) {
    const auto report = plan_of(options);
    if (!report) return report_error(report.error());
    if (!options.html.empty()) {
        const Status written = write_page(options.html, plan_html(*report));
        if (!written) return report_error(written.error());
    }
    if (options.json)
        std::puts(plan_json(*report).c_str());
    else
        std::fputs(plan_text(*report).c_str(), stdout);
    return 0;
}

}  // namespace reelpool::cli
