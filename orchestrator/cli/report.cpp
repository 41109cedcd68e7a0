#include "orchestrator/cli/report.hpp"

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "orchestrator/cli/sound_losses.hpp"

namespace reelpool::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Sums {
    std::uint64_t decoded = 0;
    std::uint64_t planned = 0;
    std::uint64_t seeks_planned = 0;
    std::uint64_t ideal = 0;
    std::uint64_t unique = 0;
    std::uint64_t seeks = 0;
    std::uint64_t direct = 0;
    std::uint64_t copied = 0;
    std::uint64_t skipped = 0;
    std::uint64_t wants = 0;
    std::uint64_t again = 0;
};

Sums sums_of(const run::ExportResult& result) {
    Sums sums;
    for (const auto& file : result.files) {
        sums.decoded += file.frames_decoded;
        sums.seeks += file.seeks;
        sums.direct += file.frames_direct;
        sums.copied += file.frames_copied;
        sums.skipped += file.frames_skipped;
    }
    for (const auto& file : result.planned_files) {
        sums.ideal += file.frames_ideal;
        sums.planned += file.frames_decoded;
        sums.seeks_planned += file.seeks;
        sums.unique += file.frames_unique;
        sums.wants += file.wants;
        sums.again += file.deliveries_again();
    }
    return sums;
}

double ratio(std::uint64_t a, std::uint64_t b) {
    return b > 0 ? static_cast<double>(a) / static_cast<double>(b) : 1.0;
}

double milliseconds(std::uint64_t microseconds) {
    return static_cast<double>(microseconds) / 1000.0;
}

std::uint32_t workers_lost(const run::ExportResult& result, const std::string& path) {
    const auto lost = result.lost.find(path);
    return lost == result.lost.end() ? 0 : lost->second.deaths;
}

Json files_json(const ReportContext& context, const run::ExportResult& result) {
    Json files = Json::array();
    for (std::size_t i = 0; i < result.files.size(); ++i) {
        files.push_back({{"path", context.paths.at(i)},
                         {"framesDecoded", result.files[i].frames_decoded},
                         {"framesIdeal", result.planned_files[i].frames_ideal},
                         {"seeks", result.files[i].seeks},
                         {"seekCorrections", result.files[i].seek_corrections},
                         {"cursors", result.planned_files[i].cursors_peak},
                         {"bytesRead", result.files[i].bytes_read},
                         {"framesConverted", result.files[i].frames_converted},
                         {"workersLost", workers_lost(result, context.paths.at(i))},
                         {"concealed", result.concealed[i]},
                         {"held", result.held[i]},
                         {"sound", sound_losses_json(result, i)}});
    }
    return files;
}

struct CpuTimes {
    std::uint64_t workers_us = 0;
    std::uint64_t transfer_us = 0;
    std::uint64_t all_us = 0;
};

CpuTimes cpu_times(const run::ExportResult& result) {
    CpuTimes times;
    times.transfer_us = result.composition.transfer_us + result.message_cpu_us;
    for (const wire::WorkerCounters& file : result.files) {
        times.workers_us += file.cpu_us;
        times.transfer_us += file.copy_us;
    }
    times.all_us = times.workers_us + result.composition.cpu_us + result.orchestrator_cpu_us;
    return times;
}

Json cpu_json(const run::ExportResult& result) {
    const CpuTimes times = cpu_times(result);
    return {{"workersMs", milliseconds(times.workers_us)},
            {"compositorMs", milliseconds(result.composition.cpu_us)},
            {"drawMs", milliseconds(result.composition.draw_us)},
            {"orchestratorMs", milliseconds(result.orchestrator_cpu_us)},
            {"transferMs", milliseconds(times.transfer_us)},
            {"transferOverhead", ratio(times.transfer_us, times.all_us)}};
}

Json slow_frames_json(const ReportContext& context, const run::ExportResult& result) {
    Json comps = Json::array();
    for (const auto& [index, slow] : result.slow_frames.by_comp())
        comps.push_back({{"comp", context.comps.at(index)},
                         {"frames", slow.frames},
                         {"worstMs", milliseconds(slow.worst_us)},
                         {"worstFrame", slow.worst.value}});
    return comps;
}

Json disk_json(const run::ExportResult& result) {
    if (!result.disk) return nullptr;
    const plan::PlanRunner::DiskCounts& counts = result.disk->counts;
    return {{"spilled", counts.spilled},     {"spilledPlanned", result.planned.frames_spilled},
            {"loaded", counts.loaded},       {"loadedPlanned", result.planned.frames_loaded},
            {"failed", counts.failed},       {"decodedAgain", counts.decoded_again},
            {"peakBytes", counts.peak_bytes}};
}

Json sandbox_json(const SandboxLevel& level) {
    Json pieces = Json::array();
    for (const SandboxPiece piece : level.pieces) pieces.push_back(name_of(piece));
    Json missing = Json::array();
    Json relaxed = Json::array();
    for (const SandboxGap& gap : level.gaps)
        (gap.is_relaxed ? relaxed : missing)
            .push_back({{"piece", name_of(gap.piece)}, {"why", gap.reason}});
    return {{"mode", name_of(level.mode)},
            {"full", level.mode != SandboxMode::off && level.is_full()},
            {"pieces", pieces},
            {"missing", missing},
            {"relaxed", relaxed}};
}

/// A level in dB or LUFS; silence has none.
Json level_json(double db) {
    return db > silence_db ? Json(std::round(db * 1000) / 1000) : Json(nullptr);
}

Json sound_json(const ReportContext& context, const run::ExportResult& result) {
    if (!context.sound || !result.sound) return nullptr;
    const SoundSettings& settings = *context.sound;
    const SoundResult& sound = *result.sound;
    Json json{{"codec", sound_codec_name(settings.codec)},
              {"encoder", sound.encoder},
              {"sampleRate", settings.rate_hz},
              {"channelLayout", layout_name(settings.layout)},
              {"samples", settings.samples},
              {"loudness", level_json(sound.integrated_lufs)},
              {"loudnessRange", std::round(sound.range_lu * 1000) / 1000},
              {"truePeak", level_json(sound.true_peak_db)},
              {"clippedSamples", sound.clipped_samples},
              {"worstPeak", nullptr},
              {"worstPeakSeconds", nullptr},
              {"normalisation", nullptr},
              {"mixMs", milliseconds(sound.mix_us)},
              {"encodeMs", milliseconds(sound.encode_us)}};
    if (sound.clipped_samples > 0) {
        json["worstPeak"] = level_json(sound.worst_peak_db);
        json["worstPeakSeconds"] =
            static_cast<double>(sound.worst_sample) / static_cast<double>(settings.rate_hz);
    }
    if (settings.loudness_lufs)
        json["normalisation"] = {{"target", *settings.loudness_lufs},
                                 {"before", level_json(sound.mixed_lufs)},
                                 {"gain", level_json(sound.gain_db)}};
    return json;
}

void add_measurements(Json& json, const ReportContext& context, const run::ExportResult& result) {
    const Sums sums = sums_of(result);
    const double wall = static_cast<double>(result.elapsed.count()) / 1000.0;
    json["frames"] = result.frames;
    json["seconds"] = context.seconds;
    json["wallSeconds"] = wall;
    json["realtime"] = wall > 0 ? context.seconds / wall : 0.0;
    json["outputBytes"] = result.output_bytes;
    json["encoder"] = result.compositor.encoder;
    json["segments"] = {{"total", context.segments.total},
                        {"reused", context.segments.reused},
                        {"rendered", context.segments.rendered},
                        {"kept", context.segments.kept}};
    json["compositorRestarts"] = context.compositor_restarts;
    json["decode"] = {{"framesDecoded", sums.decoded},
                      {"framesPlanned", sums.planned},
                      {"framesIdeal", sums.ideal},
                      {"amplification", ratio(sums.decoded, sums.ideal)},
                      {"framesUnique", sums.unique},
                      {"seeks", sums.seeks},
                      {"seeksPlanned", sums.seeks_planned},
                      {"cursorsPeak", result.planned.cursors_peak},
                      {"workersStarted", result.workers_started},
                      {"workersRestarted", result.workers_restarted},
                      {"zygotesRestarted", result.zygotes_restarted},
                      {"framesDecodedAgain", result.frames_decoded_again},
                      {"direct", sums.direct},
                      {"copied", sums.copied},
                      {"skipped", sums.skipped}};
    const std::uint64_t first_time = sums.unique;
    const std::uint64_t misses = first_time + sums.again;
    json["cache"] = {{"hits", sums.wants > misses ? sums.wants - misses : 0},
                     {"misses", misses},
                     {"hitRate", hit_rate(result)},
                     {"budgetBytes", context.cache_bytes},
                     {"framesBudgetBytes", context.frames_bytes},
                     {"peakBytes", result.cache_peak_bytes},
                     {"evictions", result.planned.evictions},
                     {"framesAtTwoLevels", result.planned.frames_at_two_levels}};
    json["diskCache"] = disk_json(result);
    json["memory"] = {{"peakPssBytes", result.memory_peak_bytes}};
    json["gpu"] = {{"device", result.compositor.device.name},
                   {"strategy", result.compositor.device.strategy},
                   {"framesImported", result.composition.layers_imported},
                   {"framesStaged", result.composition.layers_staged},
                   {"framesPassedThrough", result.composition.frames_passed_through},
                   {"framesRepeated", result.composition.frames_repeated},
                   {"compsRasterized", result.composition.comps_rasterized},
                   {"segmentsRemapped", result.segments_shown_again}};
    json["times"] = {{"firstFrameMs", result.until_first_frame.count()},
                     {"waitDecodeMs", result.decode_wait.count()},
                     {"longestWaitMs", result.longest_wait.of_all.count()},
                     {"longestWaitAfterDeathMs", result.longest_wait.after_deaths.count()},
                     {"compositeMs", milliseconds(result.composition.composite_us)},
                     {"encodeMs", milliseconds(result.composition.encode_us)}};
    json["cpu"] = cpu_json(result);
    json["sound"] = sound_json(context, result);
    json["slowFrames"] = slow_frames_json(context, result);
    json["files"] = files_json(context, result);
}

}  // namespace

nlohmann::ordered_json error_json(const Error& error) {
    return {{"code", static_cast<int>(error.code)},
            {"component", component_name(error.component)},
            {"subject", error.subject},
            {"message", error.what},
            {"cause", error.cause},
            {"suggestion", error.hint}};
}

double transfer_overhead(const run::ExportResult& result) {
    const CpuTimes times = cpu_times(result);
    return times.all_us == 0 ? 0.0 : ratio(times.transfer_us, times.all_us);
}

double hit_rate(const run::ExportResult& result) {
    const Sums sums = sums_of(result);
    const std::uint64_t repeats = sums.wants - sums.unique;
    if (repeats == 0) return 1.0;
    const double rate = 1.0 - static_cast<double>(sums.again) / static_cast<double>(repeats);
    return rate < 0 ? 0.0 : rate;
}

std::string report_json(const ReportContext& context,
                        const std::optional<run::ExportResult>& result) {
    Json json;
    json["type"] = "report";
    json["engine"] = context.engine;
    json["engineReason"] = context.engine_reason;
    if (result) add_measurements(json, context, *result);
    json["sandbox"] = context.sandbox ? sandbox_json(*context.sandbox) : Json(nullptr);
    if (context.sandbox && result)
        json["sandbox"]["compositor"] = sandbox_json(result->compositor.sandbox);
    json["warnings"] = Json::array();
    for (const Warning& warning : context.warnings)
        json["warnings"].push_back({{"code", warning.code}, {"message", warning.message}});
    json["error"] = context.error ? error_json(*context.error) : Json(nullptr);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Status write_report(const std::string& path, const std::string& json) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << json << '\n';
    file.close();
    if (!file)
        return unexpected({.code = ErrorCode::output,
                           .component = Component::output,
                           .subject = path,
                           .what = "the report could not be written",
                           .cause = {},
                           .hint = "choose another place with --report"});
    return ok();
}

}  // namespace reelpool::cli
