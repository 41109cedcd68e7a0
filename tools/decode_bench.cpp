// What decoding a file through a worker and its ring costs beside plain ffmpeg: both whole, from
// the start of the first process to the end of the last, in alternating pairs.
// With --first-frame: how long one frame from the middle of the file takes, and what is read for
// it.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tools/seek_stress/child_output.hpp"
#include "tools/seek_stress/worker_driver.hpp"
#include "tools/seek_stress/zygote_driver.hpp"

using namespace reelpool;
using namespace reelpool::seek_stress;

namespace {

constexpr std::uint32_t slots = 64;
/// Ordered and not answered; what the orchestrator orders at most.
constexpr std::uint32_t ahead = 12;

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// CPU seconds of this process and of all that it has waited for.
double cpu_seconds() {
    double sum = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        ::getrusage(who, &usage);
        sum += seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }
    return sum;
}

double wall_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

struct Cost {
    double cpu = 0;
    double wall = 0;
};

Result<wire::WorkerCounters> play(const std::string& worker_path, const std::string& file,
                                  std::uint32_t threads, Rendering rendering) {
    REELPOOL_TRY(zygote, ZygoteDriver::start(worker_path));
    REELPOOL_TRY(forked, zygote->fork_worker());
    const WorkerId id = forked.worker;
    wire::WorkerCounters counters;
    {
        WorkerDriver worker(*zygote, std::move(forked), slots);
        worker.set_rendering(rendering);
        REELPOOL_TRY_STATUS(worker.open(UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC)), {}));
        if (!worker.is_open()) return unexpected(worker.failure()->error);
        worker.open_cursor(0, threads);
        const std::uint32_t count = worker.opened().table.frame_count();
        std::uint32_t ordered = 0;
        for (std::uint32_t done = 0; done < count;) {
            std::vector<std::uint32_t> frames;
            while (ordered < count && ordered < done + ahead) frames.push_back(ordered++);
            if (!frames.empty())
                worker.start_decode(0, frames.front() == 0 ? 0 : wire::no_seek, frames);
            REELPOOL_TRY_STATUS(worker.wait_for_slots(1));
            done += static_cast<std::uint32_t>(worker.take_ready().size());
        }
        counters = worker.counters();
    }
    REELPOOL_TRY_STATUS(zygote->reap(id));
    return counters;
}

Status play_with_ffmpeg(const std::string& file, std::uint32_t threads) {
    const std::string count = std::to_string(threads);
    const pid_t child = ::fork();
    if (child == 0) {
        ::execlp("ffmpeg", "ffmpeg", "-v", "error", "-threads", count.c_str(), "-i", file.c_str(),
                 "-map", "0:v:0", "-f", "null", "-", nullptr);
        ::_exit(127);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0)
        return unexpected({.code = ErrorCode::media,
                           .component = Component::worker,
                           .subject = file,
                           .what = "ffmpeg cannot play it",
                           .cause = {},
                           .hint = {}});
    return ok();
}

template <class Play>
Result<Cost> measured(Play play) {
    const double cpu = cpu_seconds();
    const double wall = wall_seconds();
    REELPOOL_TRY_STATUS(play());
    return Cost{cpu_seconds() - cpu, wall_seconds() - wall};
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

Status run(const std::string& worker, const std::string& file, std::uint32_t threads, int pairs) {
    std::vector<double> cpu;
    std::vector<double> cpu_copied;
    std::vector<double> wall;
    wire::WorkerCounters counters;
    for (int i = 0; i < pairs; ++i) {
        const auto ours = [&](Rendering rendering) {
            return measured([&]() -> Status {
                REELPOOL_TRY(counted, play(worker, file, threads, rendering));
                if (rendering == Rendering::direct) counters = counted;
                return ok();
            });
        };
        REELPOOL_TRY(direct, ours(Rendering::direct));
        REELPOOL_TRY(plain, measured([&] { return play_with_ffmpeg(file, threads); }));
        REELPOOL_TRY(copied, ours(Rendering::copied));
        cpu.push_back(direct.cpu / plain.cpu);
        cpu_copied.push_back(copied.cpu / plain.cpu);
        wall.push_back(direct.wall / plain.wall);
        std::printf(
            "ffmpeg %.3f s CPU %.3f s wall; worker and ring, direct %.3f s CPU %.3f s "
            "wall, copied %.3f s CPU %.3f s wall\n",
            plain.cpu, plain.wall, direct.cpu, direct.wall, copied.cpu, copied.wall);
    }
    std::printf("median of %d: CPU %.3f direct, %.3f copied; wall %.3f direct\n", pairs,
                median(cpu), median(cpu_copied), median(wall));
    std::printf("%llu frames decoded, %llu direct, %llu copied\n",
                static_cast<unsigned long long>(counters.frames_decoded),
                static_cast<unsigned long long>(counters.frames_direct),
                static_cast<unsigned long long>(counters.frames_copied));
    return ok();
}

/// From OpenMedia to the frame in its slot, by a worker that has never seen the file.
Status show_first_frame(const std::string& worker_path, const std::string& file,
                        std::uint32_t threads, const char* which,
                        const std::function<FrameIndex(const FrameTable&)>& choose) {
    REELPOOL_TRY(zygote, ZygoteDriver::start(worker_path));
    REELPOOL_TRY(forked, zygote->fork_worker());
    WorkerDriver worker(*zygote, std::move(forked), slots);
    const double begun = wall_seconds();
    REELPOOL_TRY_STATUS(worker.open(UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC)), {}));
    if (!worker.is_open()) return unexpected(worker.failure()->error);
    const double opened = wall_seconds();
    const FrameTable& table = worker.opened().table;
    const FrameIndex frame = choose(table);
    const FrameIndex keyframe = table.keyframe_at(frame);
    worker.open_cursor(0, threads);
    worker.start_decode(0, keyframe.value, {frame.value});
    REELPOOL_TRY_STATUS(worker.wait_for_slots(1));
    const double done = wall_seconds();
    const auto size = static_cast<double>(std::filesystem::file_size(file));
    const auto read = static_cast<double>(worker.counters().bytes_read);
    std::printf(
        "%s: frame %u of %u, %u after its keyframe: %.0f ms (table %.0f ms), %.2f %% of %.0f MB "
        "read\n",
        which, frame.value, table.frame_count(), frame.value - keyframe.value, (done - begun) * 1e3,
        (opened - begun) * 1e3, read / size * 100, size / 1e6);
    return ok();
}

Status show_first_frames(const std::string& worker, const std::string& file,
                         std::uint32_t threads) {
    const auto middle = [](const FrameTable& table) { return FrameIndex{table.frame_count() / 2}; };
    REELPOOL_TRY_STATUS(show_first_frame(
        worker, file, threads, "a keyframe",
        [&](const FrameTable& table) { return table.keyframe_at(middle(table)); }));
    return show_first_frame(worker, file, threads, "the middle", middle);
}

int usage() {
    std::fputs(
        "usage: REELPOOL_WORKER=reelpool-decoder-worker decode_bench FILE [THREADS=2 [PAIRS=11]]\n"
        "       REELPOOL_WORKER=reelpool-decoder-worker decode_bench --first-frame FILE "
        "[THREADS=2]\n",
        stderr);
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    const char* const worker = std::getenv("REELPOOL_WORKER");
    if (argc < 2 || argc > 4 || worker == nullptr) return usage();
    const bool is_first_frame = std::string(argv[1]) == "--first-frame";
    if (is_first_frame && argc < 3) return usage();
    const auto number = [&](int at, int otherwise) {
        return argc > at ? std::max(1, std::atoi(argv[at])) : otherwise;
    };
    const Status status =
        is_first_frame
            ? show_first_frames(worker, argv[2], static_cast<std::uint32_t>(number(3, 2)))
            : run(worker, argv[1], static_cast<std::uint32_t>(number(2, 2)), number(3, 11));
    if (status) return 0;
    std::fprintf(stderr, "decode_bench: %s\n", to_string(status.error()).c_str());
    return static_cast<int>(status.error().code);
}
