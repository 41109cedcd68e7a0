#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/frame/sound_result.hpp"
#include "ipc/frame/sound_settings.hpp"

namespace reelpool::compositor {

/// Measures loudness and peaks as they come.
/// Source: EBU R 128, EBU Tech 3341 and 3342, ITU-R BS.1770.
/// Thread: one.
class LoudnessMeter {
  public:
    /// Errors: retryable, no memory.
    [[nodiscard]] static Result<LoudnessMeter> create(std::uint32_t rate_hz, SoundLayout layout);
    LoudnessMeter(LoudnessMeter&&) noexcept;
    LoudnessMeter& operator=(LoudnessMeter&&) noexcept;
    ~LoudnessMeter();

    /// The next samples, by channel.
    [[nodiscard]] Status add(const std::vector<std::vector<float>>& samples);

    /// LUFS, gated; silence_db where there is nothing to measure.
    [[nodiscard]] double integrated_lufs() const;
    /// What `result` has of it: integrated loudness, range, true peak, clipping.
    void report(SoundResult& result) const;

  private:
    struct State;
    explicit LoudnessMeter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace reelpool::compositor
