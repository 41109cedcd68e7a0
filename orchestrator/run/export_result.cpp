#include <algorithm>

#include "orchestrator/run/exporter.hpp"

namespace reelpool::run {
namespace {

void add(plan::MediaStatistics& all, const plan::MediaStatistics& more) {
    all.frames_ideal += more.frames_ideal;
    all.frames_unique += more.frames_unique;
    all.wants += more.wants;
    const std::uint32_t cursors_peak = std::max(all.cursors_peak, more.cursors_peak);
    all.add_planned(more);
    all.cursors_peak = cursors_peak;
}

void add(plan::PlanStatistics& all, const plan::PlanStatistics& more) {
    all.budget_bytes = std::max(all.budget_bytes, more.budget_bytes);
    all.peak_bytes = std::max(all.peak_bytes, more.peak_bytes);
    all.evictions += more.evictions;
    all.frames_at_two_levels += more.frames_at_two_levels;
    all.outputs_searched += more.outputs_searched;
    all.cursors_peak = std::max(all.cursors_peak, more.cursors_peak);
    all.workers_peak = std::max(all.workers_peak, more.workers_peak);
    all.disk_peak_bytes = std::max(all.disk_peak_bytes, more.disk_peak_bytes);
    all.frames_spilled += more.frames_spilled;
    all.frames_loaded += more.frames_loaded;
}

void add(wire::CompositorCounters& all, const wire::CompositorCounters& more) {
    all.layers_imported += more.layers_imported;
    all.layers_staged += more.layers_staged;
    all.frames_passed_through += more.frames_passed_through;
    all.frames_repeated += more.frames_repeated;
    all.comps_rasterized += more.comps_rasterized;
    all.composite_us += more.composite_us;
    all.encode_us += more.encode_us;
    all.cpu_us += more.cpu_us;
    all.draw_us += more.draw_us;
    all.start_us += more.start_us;
    all.transfer_us += more.transfer_us;
    all.bytes_written += more.bytes_written;
}

void add(DiskResult& all, const DiskResult& more) {
    all.counts.spilled += more.counts.spilled;
    all.counts.loaded += more.counts.loaded;
    all.counts.failed += more.counts.failed;
    all.counts.decoded_again += more.counts.decoded_again;
    all.counts.peak_bytes = std::max(all.counts.peak_bytes, more.counts.peak_bytes);
    if (!all.first_failure) all.first_failure = more.first_failure;
}

}  // namespace

void add_attempt(ExportResult& all, const ExportResult& more) {
    all.frames = more.frames;
    all.segments_rendered += more.segments_rendered;
    all.elapsed += more.elapsed;
    all.output_bytes = more.output_bytes;
    all.compositor = more.compositor;
    add(all.composition, more.composition);
    for (std::size_t i = 0; i < all.files.size(); ++i) {
        all.files[i] = all.files[i] + more.files[i];
        add(all.planned_files[i], more.planned_files[i]);
        all.concealed[i].insert(more.concealed[i].begin(), more.concealed[i].end());
        all.held[i].insert(more.held[i].begin(), more.held[i].end());
    }
    for (const MediaId changed : more.changed)
        if (std::find(all.changed.begin(), all.changed.end(), changed) == all.changed.end())
            all.changed.push_back(changed);
    for (const auto& [path, lost] : more.lost) {
        Losses::OfFile& known = all.lost[path];
        known = {known.deaths + lost.deaths, lost.last_cause};
    }
    all.workers_started += more.workers_started;
    all.workers_restarted += more.workers_restarted;
    all.zygotes_restarted += more.zygotes_restarted;
    all.frames_decoded_again += more.frames_decoded_again;
    if (more.crash) all.crash = more.crash;
    add(all.planned, more.planned);
    all.cache_peak_bytes = std::max(all.cache_peak_bytes, more.cache_peak_bytes);
    all.memory_peak_bytes = std::max(all.memory_peak_bytes, more.memory_peak_bytes);
    all.segments_shown_again += more.segments_shown_again;
    if (all.disk && more.disk) add(*all.disk, *more.disk);
    all.sound = more.sound;
    all.decode_wait += more.decode_wait;
    all.longest_wait.of_all = std::max(all.longest_wait.of_all, more.longest_wait.of_all);
    all.longest_wait.after_deaths =
        std::max(all.longest_wait.after_deaths, more.longest_wait.after_deaths);
    all.orchestrator_cpu_us = more.orchestrator_cpu_us;  // of the process so far
    all.message_cpu_us += more.message_cpu_us;
    all.slow_frames.add(more.slow_frames);
}

}  // namespace reelpool::run
