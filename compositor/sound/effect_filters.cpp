#include "compositor/sound/effect_filters.hpp"

#include <cmath>
#include <cstdio>
#include <numbers>

namespace reelpool::compositor {
namespace {

/// Echoes below this are not made.
constexpr double softest_echo = 0.001;
constexpr int most_echoes = 64;
/// The longest that aecho remembers.
constexpr double longest_echo_ms = 90'000;
/// aecho cuts what would leave it beyond full scale. By a power of two, down and up again is exact.
constexpr double echo_headroom = 64;

std::string text(double value) {
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.17g", value);
    return digits;
}

std::string from_db(double db) {
    return text(std::pow(10.0, db / 20));
}

std::string biquad(const SoundEffect& effect) {
    return "frequency=" + text(effect.value("frequency")) +
           ":width_type=q:width=" + text(effect.value("q"));
}

/// What compressors and gates have in common.
std::string dynamics(const SoundEffect& effect) {
    return "threshold=" + from_db(effect.value("threshold")) +
           ":ratio=" + text(effect.value("ratio")) + ":attack=" + text(effect.value("attack")) +
           ":release=" + text(effect.value("release")) +
           ":knee=" + text(std::pow(10.0, effect.value("knee") / 20));
}

std::vector<EffectFilter> echoes(const SoundEffect& effect, std::uint32_t rate_hz) {
    const double samples = std::floor(effect.value("time") * rate_hz / 1000 + 0.5);
    std::string times;
    std::string levels;
    double level = effect.value("mix");
    for (int echo = 1; echo <= most_echoes && level >= softest_echo; ++echo) {
        // In the middle of the sample, because it is cut off to a whole one.
        const double ms = (samples * echo + 0.5) * 1000 / rate_hz;
        if (ms > longest_echo_ms) break;
        times += (times.empty() ? "" : "|") + text(ms);
        levels += (levels.empty() ? "" : "|") + text(level);
        level *= effect.value("feedback");
    }
    if (times.empty()) return {};
    return {{.name = "aecho",
             .options = "in_gain=1:out_gain=" + text(1 / echo_headroom) + ":delays=" + times +
                        ":decays=" + levels},
            {.name = "volume", .options = "volume=" + text(echo_headroom)}};
}

}  // namespace

std::vector<EffectFilter> filters_of(const SoundEffect& effect, std::uint32_t rate_hz) {
    const std::string name(effect.type().filter);
    switch (effect.kind) {
        case SoundEffectKind::volume:
            return {{name, "volume=" + from_db(effect.value("gain"))}};
        case SoundEffectKind::equalizer:
            return {{name, biquad(effect) + ":gain=" + text(effect.value("gain"))}};
        case SoundEffectKind::highpass:
        case SoundEffectKind::lowpass:
            return {{name, biquad(effect)}};
        case SoundEffectKind::compressor:
            return {{name, dynamics(effect) + ":makeup=" + from_db(effect.value("makeup"))}};
        case SoundEffectKind::limiter:
            return {{name, "limit=" + from_db(effect.value("ceiling")) +
                               ":attack=" + text(effect.value("attack")) +
                               ":release=" + text(effect.value("release")) + ":level=0:latency=1"}};
        case SoundEffectKind::gate:
            return {{name, dynamics(effect) + ":range=" + from_db(effect.value("range"))}};
        case SoundEffectKind::delay:
            return echoes(effect, rate_hz);
        case SoundEffectKind::reverb:
            if (effect.value("mix") == 0) return {};
            return {{name, "gtype=none:dry=1:wet=1:irfmt=input:maxir=60",
                     EffectFilter::Second::impulse}};
        case SoundEffectKind::duck:
            return {{name, dynamics(effect), EffectFilter::Second::key}};
    }
    return {};
}

std::vector<std::vector<float>> reverb_impulse(const SoundEffect& reverb, std::uint32_t rate_hz,
                                               std::uint32_t channels) {
    const double rate = rate_hz;
    const auto before =
        static_cast<std::size_t>(std::floor(reverb.value("predelay") * rate / 1000 + 0.5));
    const auto length = static_cast<std::size_t>(std::floor(reverb.value("decay") * rate + 0.5));
    const double damping = 1 - std::exp(-2 * std::numbers::pi * reverb.value("damping") / rate);
    std::vector<std::vector<float>> impulse;
    for (std::uint32_t channel = 0; channel < channels; ++channel) {
        std::uint64_t state = channel + 1;
        std::vector<double> tail;
        double energy = 0;
        double smooth = 0;
        for (std::size_t n = 0; n < length; ++n) {
            // Source: D. E. Knuth's MMIX.
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            const double noise = static_cast<double>(state >> 33) / 1073741824.0 - 1;
            smooth += damping * (noise - smooth);
            tail.push_back(smooth * std::pow(10.0, -3 * double(n) / double(length)));
            energy += tail.back() * tail.back();
        }
        std::vector<float>& row = impulse.emplace_back(1 + before + length, 0.0F);
        row[0] = 1;
        const double level = reverb.value("mix") / std::sqrt(energy);
        for (std::size_t n = 0; n < length; ++n)
            row[1 + before + n] = static_cast<float>(level * tail[n]);
    }
    return impulse;
}

}  // namespace reelpool::compositor
