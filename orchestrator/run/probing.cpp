#include "orchestrator/run/probing.hpp"

#include <algorithm>
#include <optional>
#include <thread>

namespace reelpool::run {
namespace {

/// Probing waits for disks more than for cores.
std::uint32_t probes_at_once() {
    return std::max(2U, std::thread::hardware_concurrency());
}

/// An image sequence is its pictures, one tick each; time is counted by the project's fps.
FrameTable sequence_table(std::size_t pictures) {
    FrameTable table;
    table.time_base = 1;
    table.end_pts = static_cast<std::int64_t>(pictures);
    for (std::size_t i = 0; i < pictures; ++i) {
        table.pts.push_back(static_cast<std::int64_t>(i));
        table.keyframes.push_back(static_cast<std::uint32_t>(i));
    }
    return table;
}

class Probing {
  public:
    Probing(EventLoop& loop, WorkerPool& workers, const std::vector<MediaFile>& files,
            std::uint32_t keep_running)
        : loop_(loop), workers_(workers), files_(files), keep_running_(keep_running) {
        probed_.resize(files.size());
    }

    Result<std::vector<ProbedMedia>> run() {
        if (files_.empty()) return std::move(probed_);
        workers_.set_events(
            {.on_opened = [this](MediaId id, wire::MediaOpened m) { on_opened(id, std::move(m)); },
             .on_slots_ready = [](MediaId, const wire::SlotsReady&) {},
             .on_failed = [this](MediaId, Error error) { stop(std::move(error)); },
             .on_zygote_lost = [this](Error error) { stop(std::move(error)); }});
        const auto signals = loop_.on_termination([this](int) {
            stop({.code = ErrorCode::cancelled,
                  .component = Component::planner,
                  .subject = {},
                  .what = "stopped while the media were examined",
                  .cause = {},
                  .hint = {}});
        });
        start_some();
        loop_.run();
        if (error_) return unexpected(std::move(*error_));
        return std::move(probed_);
    }

  private:
    void start_some() {
        while (next_ < files_.size() && in_flight_ < probes_at_once()) {
            ++in_flight_;
            workers_.start_worker(files_[next_++]);
        }
    }

    void on_opened(MediaId id, wire::MediaOpened opened) {
        ProbedMedia& probed = probed_[id.value];
        probed.info = std::move(opened.info);
        probed.table = files_[id.value].is_sequence
                           ? sequence_table(files_[id.value].pictures.size())
                           : std::move(opened.table);
        probed.table_source = opened.table_source;
        constexpr std::uint64_t day_us = 86'400'000'000;  // a worker may say anything
        probed.open_time = std::chrono::microseconds(std::min(opened.open_us, day_us));
        probed.bytes_read = opened.bytes_read;
        if (id.value >= keep_running_) workers_.retire_worker(id);
        --in_flight_;
        if (++done_ == files_.size()) {
            loop_.stop();
            return;
        }
        start_some();
    }

    void stop(Error error) {
        if (!error_) error_ = std::move(error);
        loop_.stop();
    }

    EventLoop& loop_;
    WorkerPool& workers_;
    const std::vector<MediaFile>& files_;
    std::uint32_t keep_running_;
    std::vector<ProbedMedia> probed_;
    std::optional<Error> error_;
    std::size_t next_ = 0;
    std::size_t in_flight_ = 0;
    std::size_t done_ = 0;
};

}  // namespace

Result<std::vector<ProbedMedia>> probe_media(EventLoop& loop, WorkerPool& workers,
                                             const std::vector<MediaFile>& files,
                                             std::uint32_t keep_running) {
    return Probing(loop, workers, files, keep_running).run();
}

}  // namespace reelpool::run
