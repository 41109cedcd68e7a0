#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ipc/frame/sound_effect.hpp"

namespace reelpool::compositor {

/// One of libavfilter's filters, as its command line writes it.
struct EffectFilter {
    enum class Second : std::uint8_t { none, key, impulse };
    std::string name;
    std::string options;
    Second second = Second::none;  ///< what its second input hears
};

/// The filters that an effect is made of, one after the other; none where it changes nothing.
[[nodiscard]] std::vector<EffectFilter> filters_of(const SoundEffect& effect,
                                                   std::uint32_t rate_hz);

/// What a reverb answers to a click, by channel: the click itself, and after the predelay noise
/// that decays by 60 dB over `decay`, with the energy `mix` squared. The same every time.
[[nodiscard]] std::vector<std::vector<float>> reverb_impulse(const SoundEffect& reverb,
                                                             std::uint32_t rate_hz,
                                                             std::uint32_t channels);

}  // namespace reelpool::compositor
