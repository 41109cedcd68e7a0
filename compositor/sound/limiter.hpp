#pragma once

#include <cstdint>
#include <vector>

namespace reelpool::compositor {

/// Multiplies by a gain and keeps the true peak below a ceiling: looks ahead, turns down evenly over
/// 5 ms, and recovers over about 100 ms. Gives as many samples as it takes, later.
/// Where nothing is too loud the samples are only multiplied.
/// Thread: one.
class Limiter {
  public:
    /// `ceiling`: a linear peak; four points per sample are looked at.
    Limiter(std::uint32_t rate_hz, std::uint32_t channels, double gain, double ceiling);

    using Rows = std::vector<std::vector<float>>;  ///< by channel
    [[nodiscard]] Rows push(const Rows& samples);
    /// What is left after the last samples.
    [[nodiscard]] Rows finish();

  private:
    [[nodiscard]] Rows run(const Rows& samples, std::size_t pad);
    [[nodiscard]] double peak_at(std::size_t index) const;

    const std::size_t ahead_;
    const double gain_;
    const double ceiling_;
    const double recovery_;
    std::vector<std::vector<double>> phases_;  ///< of the filter that looks between samples
    std::vector<std::vector<double>> waiting_;  ///< amplified samples, by channel
    std::vector<double> wanted_;  ///< the gain that each of them may have at most, as far as known
    std::size_t begun_ = 0;       ///< how many in front have left already and are only looked at
    double last_wanted_ = 1;
};

}  // namespace reelpool::compositor
