#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "orchestrator/plan/scheduler.hpp"

namespace reelpool::plan::test {

/// Decoders that only count: they obey the scheduler's commands in their own time.
class SimulatedWorkers {
  public:
    SimulatedWorkers(Scheduler& scheduler, std::uint64_t seed)
        : scheduler_(scheduler), random_(seed) {}

    void obey(const std::vector<Command>& commands);
    /// Some random cursor answers one of its steps. False: nobody has anything to do.
    bool answer_one();

    [[nodiscard]] std::uint64_t frames_decoded() const { return frames_decoded_; }
    [[nodiscard]] std::uint64_t seeks() const { return seeks_; }

  private:
    struct SimulatedCursor {
        std::uint32_t position = 0;
        std::uint32_t steps_done = 0;
        std::vector<wire::DecodeStep> steps;                 ///< in order
        std::map<std::uint32_t, std::uint32_t> seek_before;  ///< step's frame -> keyframe
    };
    Scheduler& scheduler_;
    std::mt19937_64 random_;
    std::map<std::pair<MediaId, CursorId>, SimulatedCursor> cursors_;
    std::uint64_t frames_decoded_ = 0;
    std::uint64_t seeks_ = 0;
};

/// A medium of `frames` frames with a keyframe every `gop`, 1080p unless told.
[[nodiscard]] MediaSource make_media(std::uint32_t id, std::uint32_t frames, std::uint32_t gop,
                                     std::uint32_t width = 1920, std::uint32_t height = 1080);

struct SimulationResult {
    std::uint64_t frames_decoded = 0;
    std::uint64_t frames_ideal = 0;
    std::uint64_t seeks = 0;
    std::uint64_t peak_bytes = 0;
    bool is_stuck = false;
    [[nodiscard]] double amplification() const {
        return static_cast<double>(frames_decoded) / static_cast<double>(frames_ideal);
    }
};

/// Runs a whole export: `wants[n]` is what output frame n reads.
[[nodiscard]] SimulationResult simulate(std::vector<MediaSource> media,
                                        const std::vector<std::vector<FrameKey>>& wants,
                                        SchedulerOptions options, std::uint64_t seed = 1,
                                        std::uint32_t lookahead = 12);

}  // namespace reelpool::plan::test
