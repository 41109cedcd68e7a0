#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compositor/sound/block_view.hpp"

namespace reelpool::compositor {

/// Reads a channel between its samples: a sinc of 16 zero crossings on each side under a Kaiser
/// window, cut off a little below half of the slower rate.
/// Source: J. O. Smith, "Digital Audio Resampling Home Page".
class Resampler {
  public:
    Resampler();

    /// out[i] is the source at position + fraction + step x i; where that is a whole number and
    /// step is 1 or -1, the sample itself.
    void read(const SampleSource& source, MediaId media, std::uint32_t channel,
              std::int64_t position, double fraction, double step, std::span<float> out);

  private:
    [[nodiscard]] double kernel(double x) const;

    std::vector<double> table_;   ///< of x from 0 on
    std::vector<float> samples_;  ///< kept for its memory
};

}  // namespace reelpool::compositor
