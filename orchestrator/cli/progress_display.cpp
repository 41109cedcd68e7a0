#include "orchestrator/cli/progress_display.hpp"

#include <array>
#include <cstdio>

namespace reelpool::cli {
namespace {

std::string duration_text(double seconds) {
    const auto whole = static_cast<long>(seconds + 0.5);
    std::array<char, 64> text{};
    if (whole >= 3600)
        std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60,
                      whole % 60);
    else
        std::snprintf(text.data(), text.size(), "%ld:%02ld", whole / 60, whole % 60);
    return text.data();
}

/// All that are there.
unsigned frames_done(const run::ExportProgress& progress) {
    return progress.frames_before + progress.frames_encoded;
}

const char* eta_word(const run::ExportProgress& progress) {
    return progress.frames_to_stop > 0 ? "stops in" : "ETA";
}

}  // namespace

ProgressDisplay::ProgressDisplay(ProgressKind kind, double output_fps)
    : kind_(kind), output_fps_(output_fps) {}

void ProgressDisplay::update(const run::ExportProgress& progress) {
    const std::chrono::milliseconds interval{kind_ == ProgressKind::plain  ? 5000
                                             : kind_ == ProgressKind::json ? 500
                                                                           : 100};
    if (kind_ == ProgressKind::none || progress.elapsed - last_shown_ < interval) return;
    last_shown_ = progress.elapsed;
    const double seconds = static_cast<double>(progress.elapsed.count()) / 1000;
    const double fps = seconds > 0 ? progress.frames_encoded / seconds : 0;
    const double left =
        progress.frames_to_stop > 0
            ? progress.frames_to_stop
            : progress.frames_total - progress.frames_encoded - progress.frames_before;
    const double eta = fps > 0 ? left / fps : 0;
    switch (kind_) {
        case ProgressKind::bar:
            print_bar(progress, fps, eta);
            break;
        case ProgressKind::plain:
            print_plain(progress, fps, eta);
            break;
        case ProgressKind::json:
            print_json(progress, fps, eta);
            break;
        case ProgressKind::none:
            break;
    }
}

void ProgressDisplay::print_bar(const run::ExportProgress& progress, double fps, double eta) {
    constexpr int width = 24;
    const double share = progress.frames_total > 0
                             ? static_cast<double>(frames_done(progress)) / progress.frames_total
                             : 0;
    const int filled = static_cast<int>(share * width);
    std::string bar(static_cast<std::size_t>(filled), '#');
    bar.resize(width, '.');
    std::fprintf(stderr, "\r[%s] %u/%u  %.1f fps  %.2fx  %s %s  %u workers  %llu MB cache\033[K",
                 bar.c_str(), frames_done(progress), progress.frames_total, fps, fps / output_fps_,
                 eta_word(progress), fps > 0 ? duration_text(eta).c_str() : "--", progress.workers,
                 static_cast<unsigned long long>(progress.cache_bytes >> 20));
    std::fflush(stderr);
    line_is_open_ = true;
}

void ProgressDisplay::print_plain(const run::ExportProgress& progress, double fps, double eta) {
    std::fprintf(stderr, "reelpool: frame %u of %u, %.1f fps, %.2fx realtime, %s %s\n",
                 frames_done(progress), progress.frames_total, fps, fps / output_fps_,
                 eta_word(progress), fps > 0 ? duration_text(eta).c_str() : "unknown");
}

void ProgressDisplay::print_json(const run::ExportProgress& progress, double fps, double eta) {
    std::printf(
        "{\"type\":\"progress\",\"frame\":%u,\"frames\":%u,\"fps\":%.2f,"
        "\"realtime\":%.3f,\"etaSeconds\":%.1f,\"workers\":%u,\"cacheBytes\":%llu}\n",
        frames_done(progress), progress.frames_total, fps, fps / output_fps_, eta, progress.workers,
        static_cast<unsigned long long>(progress.cache_bytes));
    std::fflush(stdout);
}

void ProgressDisplay::finish() {
    if (!line_is_open_) return;
    std::fprintf(stderr, "\r\033[K");
    std::fflush(stderr);
    line_is_open_ = false;
}

}  // namespace reelpool::cli
