#pragma once

#include <complex>
#include <functional>
#include <numbers>
#include <vector>

#include "compositor/sound/block_view.hpp"

namespace reelpool::compositor::test {

/// A source by a formula. Notes how far it was read.
class FormulaSource final : public SampleSource {
  public:
    using Formula = std::function<double(std::uint32_t channel, std::int64_t sample)>;
    explicit FormulaSource(Formula formula) : formula_(std::move(formula)) {}

    void read(MediaId, std::uint32_t channel, std::int64_t begin,
              std::span<float> out) const override {
        low = std::min(low, begin);
        high = std::max(high, begin + static_cast<std::int64_t>(out.size()));
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] =
                static_cast<float>(formula_(channel, begin + static_cast<std::int64_t>(i)));
    }
    mutable std::int64_t low = std::int64_t{1} << 60;
    mutable std::int64_t high = -(std::int64_t{1} << 60);

  private:
    Formula formula_;
};

/// A sine; sample 0 is a rising zero crossing.
inline FormulaSource::Formula sine(double hz, double amplitude = 0.5) {
    return [=](std::uint32_t, std::int64_t n) {
        return amplitude * std::sin(2 * std::numbers::pi * hz * double(n) / 48000);
    };
}

/// The mean frequency of a tone near `hz`: the slope of its phase against a tone of `hz`.
inline double frequency_of(const std::vector<float>& samples, double hz) {
    constexpr std::size_t window = 4800;
    double turns = 0;
    double last = 0;
    std::size_t windows = 0;
    for (std::size_t at = 0; at + window <= samples.size(); at += window, ++windows) {
        std::complex<double> sum;
        for (std::size_t i = 0; i < window; ++i) {
            const double angle = 2 * std::numbers::pi * hz * double(at + i) / 48000;
            const double hann = 1 - std::cos(2 * std::numbers::pi * double(i) / window);
            sum += double(samples[at + i]) * hann * std::polar(1.0, -angle);
        }
        const double phase = std::arg(sum) / (2 * std::numbers::pi);
        if (windows > 0) turns += phase - last - std::round(phase - last);
        last = phase;
    }
    return hz + turns * 48000 / (double(windows - 1) * window);
}

inline double cents(double a, double b) {
    return 1200 * std::log2(a / b);
}

/// A chunk with one voice of `channels` channels, each to its own channel of the mix.
inline SoundMix one_voice(std::uint64_t first, std::uint32_t samples, std::uint32_t channels,
                          std::vector<SoundRun> runs) {
    SoundVoice voice{.key = 7,
                     .media = MediaId{0},
                     .channels = channels,
                     .runs = std::move(runs),
                     .routes = {},
                     .points = {first, first + samples - 1},
                     .gains = {}};
    for (std::uint8_t c = 0; c < channels; ++c) voice.routes.push_back({c, c});
    voice.gains.assign(2 * voice.routes.size(), 1.0);
    return {.chunk = static_cast<std::uint32_t>(first / sound_chunk_samples),
            .first = first,
            .samples = samples,
            .voices = {voice},
            .slots = {}};
}

}  // namespace reelpool::compositor::test
