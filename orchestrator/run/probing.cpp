#include "orchestrator/run/probing.hpp"

#include <algorithm>
#include <optional>
#include <set>
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
             .on_lost = [this](MediaId id, const WorkerDeath& death) { on_lost(id, death); },
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

    /// One death may be an accident, two at the same file are not.
    void on_lost(MediaId id, const WorkerDeath& death) {
        const bool is_first =
            death.kind == DeathKind::lost_with_zygote || deaths_.insert(id).second;
        if (done_ == files_.size()) return;
        if (death.may_be_replaced() && is_first) {
            // One that had told all was kept for what comes, which will start it anew.
            if (!death.had_opened) workers_.start_worker(files_[id.value]);
            return;
        }
        Error error = death.error;
        if (death.may_be_replaced()) error.cause += "; so did a second one";
        stop(std::move(error));
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
    std::set<MediaId> deaths_;
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
