#include "ipc/frame/sound_effect.hpp"

#include <array>

#include "ipc/base/result.hpp"

namespace reelpool {
namespace {

using P = SoundEffectParameter;

constexpr std::array volume{P{"gain", "dB", -90, 36, 0}};
constexpr std::array equalizer{P{"frequency", "Hz", 10, 90'000, 1000}, P{"q", "", 0.1, 100, 1},
                               P{"gain", "dB", -60, 36, 0}};
constexpr std::array highpass{P{"frequency", "Hz", 10, 90'000, 100}, P{"q", "", 0.1, 20, 0.7071}};
constexpr std::array lowpass{P{"frequency", "Hz", 10, 90'000, 8000}, P{"q", "", 0.1, 20, 0.7071}};
constexpr std::array compressor{
    P{"threshold", "dB", -60, 0, -18}, P{"ratio", "", 1, 20, 2},
    P{"attack", "ms", 0.01, 2000, 20}, P{"release", "ms", 0.01, 9000, 250},
    P{"knee", "dB", 0, 18, 9},         P{"makeup", "dB", 0, 36, 0}};
constexpr std::array limiter{P{"ceiling", "dB", -24, 0, -1}, P{"attack", "ms", 0.1, 80, 5},
                             P{"release", "ms", 1, 8000, 50}};
constexpr std::array gate{P{"threshold", "dB", -90, 0, -40},   P{"range", "dB", -90, 0, -60},
                          P{"ratio", "", 1, 9000, 10},         P{"attack", "ms", 0.01, 9000, 5},
                          P{"release", "ms", 0.01, 9000, 100}, P{"knee", "dB", 0, 18, 9}};
constexpr std::array delay{P{"time", "ms", 1, 5000, 250}, P{"feedback", "", 0, 0.95, 0.4},
                           P{"mix", "", 0, 1, 0.5}};
constexpr std::array reverb{P{"decay", "s", 0.1, 10, 1.5}, P{"predelay", "ms", 0, 250, 20},
                            P{"damping", "Hz", 500, 20'000, 6000}, P{"mix", "", 0, 1, 0.25}};
constexpr std::array duck{P{"threshold", "dB", -60, 0, -30}, P{"ratio", "", 1, 20, 4},
                          P{"attack", "ms", 0.01, 2000, 20}, P{"release", "ms", 0.01, 9000, 250},
                          P{"knee", "dB", 0, 18, 9}};

constexpr std::array<SoundEffectType, 10> types{{{"volume", "volume", volume},
                                                 {"equalizer", "equalizer", equalizer},
                                                 {"highpass", "highpass", highpass},
                                                 {"lowpass", "lowpass", lowpass},
                                                 {"compressor", "acompressor", compressor},
                                                 {"limiter", "alimiter", limiter},
                                                 {"gate", "agate", gate},
                                                 {"delay", "aecho", delay},
                                                 {"reverb", "afir", reverb},
                                                 {"duck", "sidechaincompress", duck}}};

}  // namespace

std::span<const SoundEffectType> sound_effect_types() {
    return types;
}

double SoundEffect::value(std::string_view parameter) const {
    const auto parameters = type().parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i)
        if (parameters[i].name == parameter) return values.at(i);
    REELPOOL_CHECK(false);
    return 0;
}

bool is_sane(const SoundEffect& effect) {
    const auto parameters = effect.type().parameters;
    if (effect.values.size() != parameters.size()) return false;
    for (std::size_t i = 0; i < parameters.size(); ++i)
        if (!(effect.values[i] >= parameters[i].low && effect.values[i] <= parameters[i].high))
            return false;
    return true;
}

}  // namespace reelpool
