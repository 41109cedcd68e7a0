#include "tools/seek_stress/stress.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

#include "tools/seek_stress/linear_decoding.hpp"

namespace reelpool::seek_stress {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t slots = 32;
constexpr std::uint32_t largest_burst = 8;
constexpr std::size_t most_told = 10;

Result<UniqueFd> open_file(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd) return fd;
    Error error = errno_error(Component::worker, "the file cannot be opened", errno);
    error.code = ErrorCode::media;
    return unexpected(std::move(error));
}

/// Asks one worker for frames and keeps the score.
class Stress {
  public:
    Stress(WorkerDriver& worker, const std::vector<PictureHash>& linear,
           const StressOptions& options)
        : worker_(worker),
          linear_(linear),
          options_(options),
          end_(Clock::now() + options.duration),
          random_(options.seed),
          patterns_(worker.opened().table, options.cursors, options.seed) {
        const FrameTable& table = worker.opened().table;
        report_.table_frames = table.frame_count();
        report_.time_base = table.time_base;
        report_.keyframes = table.keyframes.size();
        report_.linear_frames = linear.size();
    }

    StressReport run() {
        for (std::uint32_t cursor = 0; cursor < options_.cursors; ++cursor)
            worker_.open_cursor(cursor, options_.threads);
        while (!is_over() && !report_.failure) take_turn();
        report_.counters = worker_.counters();
        return std::move(report_);
    }

  private:
    [[nodiscard]] bool is_over() const {
        return options_.max_requests ? report_.requests >= *options_.max_requests
                                     : Clock::now() >= end_;
    }

    void take_turn() {
        // What codecs hold is never more than half of the ring, and a burst fits beside it.
        const std::uint32_t burst = std::clamp(worker_.slot_count() / 4, 1U, largest_burst);
        worker_.forget_ready();
        const bool has_room = worker_.slot_count() - worker_.held_count() >= 2 * burst;
        worker_.set_rendering(has_room ? rendering() : Rendering::copied);
        const std::vector<Request> requests = patterns_.make(burst);
        report_.requests += requests.size();
        auto compared = compare_requests(worker_, requests, linear_);
        if (!compared) {
            report_.failure = std::move(compared).error();
            return;
        }
        report_.frames += compared->frames;
        report_.concealed += compared->concealed;
        report_.mismatches += compared->mismatches.size();
        for (Mismatch& mismatch : compared->mismatches)
            if (report_.first_mismatches.size() < most_told)
                report_.first_mismatches.push_back(std::move(mismatch));
    }

    Rendering rendering() {
        switch (options_.direct) {
            case DirectFrames::all:
                return Rendering::direct;
            case DirectFrames::none:
                return Rendering::copied;
            case DirectFrames::mixed:
                return random_() % 2 == 0 ? Rendering::direct : Rendering::copied;
        }
        REELPOOL_CHECK(false);
    }

    WorkerDriver& worker_;
    const std::vector<PictureHash>& linear_;
    const StressOptions& options_;
    Clock::time_point end_;
    std::mt19937_64 random_;
    AccessPatterns patterns_;
    StressReport report_;
};

}  // namespace

Result<StressReport> stress_file(ZygoteDriver& zygote, const std::string& path,
                                 const StressOptions& options) {
    REELPOOL_TRY(file, open_file(path));
    REELPOOL_TRY(forked, zygote.fork_worker());
    WorkerDriver worker(zygote, std::move(forked), slots);
    // ffmpeg does not premultiply, so the worker is told that there is nothing to do.
    REELPOOL_TRY_STATUS(worker.open(std::move(file), {.alpha = wire::AlphaMode::premultiplied}));
    if (worker.failure()) return unexpected(worker.failure()->error);
    if (!worker.is_open())
        return unexpected({.code = ErrorCode::media,
                           .component = Component::worker,
                           .subject = {},
                           .what = "the worker ended while it opened the file",
                           .cause = {},
                           .hint = {}});
    REELPOOL_TRY(linear, hash_linear_decoding(path, worker.opened().info, Complaints::dropped));
    return Stress(worker, linear, options).run();
}

}  // namespace reelpool::seek_stress
