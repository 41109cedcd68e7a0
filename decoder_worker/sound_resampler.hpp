#pragma once

#include <cstdint>

#include "decoder_worker/planar_samples.hpp"
#include "ipc/av/handles.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::worker {

/// libswresample between two rates, such that an output sample depends on the input around its time
/// alone: every start is at a place where the samples of both rates meet.
/// Thread: one at a time.
class SoundResampler {
  public:
    [[nodiscard]] static Result<SoundResampler> create(int in_hz, int out_hz,
                                                       std::uint32_t channels);

    /// Input that an output sample needs before its own time, and after it.
    [[nodiscard]] std::int64_t reach() const { return reach_; }
    /// The last input sample at or before this one at which it may start.
    [[nodiscard]] std::int64_t start_before(std::int64_t in) const;
    /// The output sample at the same time as `in`, which start_before() gave.
    [[nodiscard]] std::int64_t out_of(std::int64_t in) const { return in / in_step_ * out_step_; }
    /// The last input sample at or before the time of an output sample.
    [[nodiscard]] std::int64_t in_of(std::int64_t out) const;

    /// Forgets what it has been given. The next input is at such a place.
    Status restart();
    /// Gives it input; `out` becomes what follows what it gave before.
    Status convert(const PlanarSamples& in, PlanarSamples& out);

  private:
    SoundResampler() = default;
    av::Resampler context_;
    std::uint32_t channels_ = 0;
    std::int64_t in_step_ = 1;
    std::int64_t out_step_ = 1;
    std::int64_t reach_ = 0;
};

}  // namespace reelpool::worker
