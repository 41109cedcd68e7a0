#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ipc/frame/sound_mix.hpp"

namespace reelpool::compositor {

using SampleRows = std::vector<std::vector<float>>;  ///< by channel

/// Sounds that are added up in double precision, from one sample of the export on.
class SampleSum {
  public:
    SampleSum(std::uint32_t channels, std::uint64_t begin) : begin_(begin), rows_(channels) {}

    [[nodiscard]] std::uint64_t begin() const { return begin_; }
    [[nodiscard]] std::uint32_t channels() const {
        return static_cast<std::uint32_t>(rows_.size());
    }

    /// What is added with, as SoundVoice says: gains at points, for every route.
    struct Gains {
        const std::vector<SoundRoute>& routes;
        const std::vector<std::uint64_t>& points;
        const std::vector<double>& gains;
    };
    /// Adds samples [first, first + samples.size()) of one route; what lies before the beginning
    /// or beside the points is left out.
    void add(const Gains& gains, std::size_t route, std::uint64_t first,
             std::span<const float> samples);

    /// The sum of all before `end`, rounded to float; the sum begins there then.
    [[nodiscard]] SampleRows take(std::uint64_t end);

  private:
    std::uint64_t begin_;
    std::vector<std::vector<double>> rows_;  ///< as far as something was added
};

}  // namespace reelpool::compositor
