#include "ipc/frame/sound_block.hpp"

#include <bit>
#include <limits>

namespace reelpool {

Status validate(const SoundInfo& sound) {
    const auto bad = [](const char* what) {
        return unexpected({.code = ErrorCode::decode,
                           .component = Component::worker,
                           .subject = {},
                           .what = what,
                           .cause = {},
                           .hint = {}});
    };
    if (sound.rate_hz < min_sound_rate_hz || sound.rate_hz > max_sound_rate_hz)
        return bad("a sample rate is out of range");
    if (sound.channels < 1 || sound.channels > max_sound_channels)
        return bad("a number of channels is out of range");
    if (sound.layout_mask != 0 &&
        static_cast<std::uint32_t>(std::popcount(sound.layout_mask)) != sound.channels)
        return bad("a channel layout has other channels than there are");
    constexpr Int128 max_term = std::numeric_limits<std::int64_t>::max();
    const Time far = 1'000'000'000;
    for (const Time& time : {sound.first_sample, sound.duration})
        if (!time.is_valid() || time < -far || time > far || time.num() > max_term ||
            time.den() > max_term)
            return bad("a time of the sound is absurd");
    if (sound.duration < Time(0)) return bad("a duration is negative");
    return ok();
}

}  // namespace reelpool
