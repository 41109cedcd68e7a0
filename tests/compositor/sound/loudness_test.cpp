// Loudness and peaks: the meter by EBU Tech 3341's cases, the limiter by its promises.
#include "compositor/sound/loudness_meter.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "compositor/sound/limiter.hpp"
#include "sound_support.hpp"

namespace reelpool::compositor::test {
namespace {

std::vector<std::vector<float>> tone(double hz, double db, std::size_t samples,
                                     std::size_t channels) {
    const auto formula = sine(hz, std::pow(10, db / 20));
    std::vector<float> row;
    for (std::size_t i = 0; i < samples; ++i)
        row.push_back(static_cast<float>(formula(0, static_cast<std::int64_t>(i))));
    return std::vector<std::vector<float>>(channels, row);
}

SoundResult measured(const std::vector<std::vector<float>>& rows, SoundLayout layout) {
    auto meter = LoudnessMeter::create(48000, layout);
    REQUIRE(meter.has_value());
    REQUIRE(meter->add(rows).has_value());
    SoundResult result;
    meter->report(result);
    return result;
}

}  // namespace

TEST_CASE("the meter is right where EBU Tech 3341 says what is right") {
    // Case 1 and 2: a stereo tone of 1 kHz at -23 and -33 dBFS.
    CHECK(std::abs(measured(tone(1000, -23, 960000, 2), SoundLayout::stereo).integrated_lufs +
                   23) < 0.1);
    CHECK(std::abs(measured(tone(1000, -33, 960000, 2), SoundLayout::stereo).integrated_lufs +
                   33) < 0.1);
    // The same in the surrounds is 1.5 dB louder, in LFE it is nothing.
    auto surround = tone(1000, -23, 480000, 6);
    for (const std::size_t silent : {0U, 1U, 2U})
        std::fill(surround[silent].begin(), surround[silent].end(), 0.0F);
    CHECK(std::abs(measured(surround, SoundLayout::surround_5_1).integrated_lufs + 21.5) < 0.1);
    const SoundResult silence =
        measured({std::vector<float>(48000), std::vector<float>(48000)}, SoundLayout::stereo);
    CHECK(silence.integrated_lufs == silence_db);
    CHECK(silence.true_peak_db == silence_db);
}

TEST_CASE("clipping is counted, and the worst peak has its place") {
    std::vector<std::vector<float>> rows(1, std::vector<float>(48000));
    rows[0][100] = 1.5F;
    rows[0][30000] = -2.0F;
    rows[0][40000] = 1.0F;
    const SoundResult result = measured(rows, SoundLayout::mono);
    CHECK(result.clipped_samples == 2);
    CHECK(result.worst_sample == 30000);
    CHECK(result.worst_peak_db == doctest::Approx(6.02).epsilon(0.001));
}

TEST_CASE("the limiter keeps true peaks down, and what is not too loud as it is") {
    const double ceiling = std::pow(10, -1.2 / 20);
    // A tone at a quarter of the rate whose samples miss its peaks, with a loud part.
    std::vector<std::vector<float>> rows(2, std::vector<float>(144000));
    for (std::size_t i = 0; i < 144000; ++i) {
        const double loud = i > 60000 && i < 62000 ? 1.6 : 0.5;
        const double angle = std::numbers::pi * (0.5 * double(i) + 0.25);
        rows[0][i] = static_cast<float>(loud * std::sin(angle));
        rows[1][i] = static_cast<float>(0.3 * std::sin(0.01 * double(i)));
    }
    Limiter limiter(48000, 2, 1.1, ceiling);
    std::vector<std::vector<float>> out(2);
    const auto take = [&](const std::vector<std::vector<float>>& part) {
        for (std::size_t c = 0; c < 2; ++c) out[c].insert(out[c].end(), part[c].begin(), part[c].end());
    };
    for (std::size_t at = 0; at < 144000; at += 48000) {
        std::vector<std::vector<float>> part(2);
        for (std::size_t c = 0; c < 2; ++c)
            part[c].assign(rows[c].begin() + static_cast<std::ptrdiff_t>(at),
                           rows[c].begin() + static_cast<std::ptrdiff_t>(at + 48000));
        take(limiter.push(part));
    }
    take(limiter.finish());
    REQUIRE(out[0].size() == 144000);
    CHECK(measured(out, SoundLayout::stereo).true_peak_db < -1.0);
    double worst = 0;
    for (std::size_t i = 0; i < 59000; ++i)
        worst = std::max(worst, std::abs(double(out[1][i]) - 1.1 * double(rows[1][i])));
    CHECK(worst < 1e-7);
    // Both channels are turned down together.
    CHECK(std::abs(out[1][61000]) < 0.8 * std::abs(rows[1][61000]));
    CHECK(std::abs(double(out[1][140000]) - 1.1 * double(rows[1][140000])) < 1e-3);
}

}  // namespace reelpool::compositor::test
