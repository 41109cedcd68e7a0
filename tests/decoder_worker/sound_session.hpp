#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ipc/shm/segment.hpp"
#include "tests/decoder_worker/worker_session.hpp"

namespace reelpool::worker::test {

/// Samples by channel.
using Sound = std::vector<std::vector<float>>;

/// A worker whose sound is asked for.
class SoundSession {
  public:
    /// The medium must open, and have sound. `mix_hz` 0: its own rate.
    explicit SoundSession(const std::string& path, std::uint32_t mix_hz = 0);

    [[nodiscard]] const wire::MediaOpened& opened() const { return worker_.opened(); }
    [[nodiscard]] const SoundInfo& info() const { return *worker_.opened().info.sound; }
    [[nodiscard]] std::uint32_t mix_hz() const { return mix_hz_; }
    /// One block; `start_block`: for at_block, which it is by default its own.
    [[nodiscard]] Sound block(std::uint32_t number, wire::SoundStart start,
                              std::uint32_t start_block = 0);
    /// Decoded on from the beginning.
    [[nodiscard]] Sound linear(std::uint32_t blocks);
    /// The answer to the last order.
    [[nodiscard]] const wire::SoundReady& answer() const { return answer_; }
    [[nodiscard]] WorkerSession& worker() { return worker_; }

  private:
    WorkerSession worker_;
    std::uint32_t mix_hz_ = 0;
    std::uint32_t generation_ = 0;
    UniqueFd memory_;
    Mapping mapping_;
    wire::SoundReady answer_;
};

/// What the ffmpeg command line decodes of the file's best sound stream, filtered.
[[nodiscard]] Sound sound_by_ffmpeg(const std::string& path, std::uint32_t channels,
                                    const std::string& filters = {});

/// Sample `at` (of channel 0), or zero where there is none.
[[nodiscard]] inline float sample_or_zero(const std::vector<float>& samples, std::int64_t at) {
    return at >= 0 && at < static_cast<std::int64_t>(samples.size())
               ? samples[static_cast<std::size_t>(at)]
               : 0.0F;
}

/// The largest difference between `samples` and `reference`, whose first sample lies at `offset`
/// of `samples`; zeros lie around it.
[[nodiscard]] double largest_difference(const Sound& samples, const Sound& reference,
                                        std::int64_t offset);

}  // namespace reelpool::worker::test
