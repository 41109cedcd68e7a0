#include "compositor/sound/mixer.hpp"

#include <algorithm>
#include <set>

namespace reelpool::compositor {
namespace {

std::vector<std::uint32_t> channels_used(const SoundVoice& voice) {
    std::set<std::uint32_t> used;
    for (const SoundRoute& route : voice.routes) used.insert(route.from);
    return {used.begin(), used.end()};
}

}  // namespace

Mixer::Mixer(std::uint32_t rate_hz, std::uint32_t channels)
    : rate_hz_(rate_hz), channels_(channels) {}

std::vector<std::vector<float>> Mixer::mix(const SoundMix& mix, const SampleSource& source) {
    sums_.assign(channels_, std::vector<double>(mix.samples, 0.0));
    std::set<std::uint64_t> playing;
    for (const SoundVoice& voice : mix.voices) playing.insert(voice.key);
    std::erase_if(players_, [&](const auto& player) { return !playing.contains(player.first); });
    for (const SoundVoice& voice : mix.voices) add_voice(mix, voice, source);
    std::vector<std::vector<float>> out(channels_);
    for (std::size_t c = 0; c < channels_; ++c)
        for (const double sum : sums_[c]) out[c].push_back(static_cast<float>(sum));
    return out;
}

void Mixer::add_voice(const SoundMix& mix, const SoundVoice& voice, const SampleSource& source) {
    auto& player =
        players_.try_emplace(voice.key, rate_hz_, voice.media, channels_used(voice)).first->second;
    const std::vector<std::uint32_t>& channels = player.channels();
    std::vector<std::vector<float>> played(channels.size(), std::vector<float>(mix.samples, 0.0F));
    std::vector<std::span<float>> rows(channels.size());
    for (const SoundRun& run : voice.runs) {
        for (std::size_t c = 0; c < channels.size(); ++c)
            rows[c] = std::span(played[c]).subspan(run.first - mix.first, run.count);
        player.play(source, resampler_, run, rows);
    }
    for (std::size_t route = 0; route < voice.routes.size(); ++route) {
        const auto row = std::find(channels.begin(), channels.end(), voice.routes[route].from);
        if (row == channels.end() || voice.routes[route].to >= channels_) continue;
        add_route(mix, voice, route, played[static_cast<std::size_t>(row - channels.begin())]);
    }
}

void Mixer::add_route(const SoundMix& mix, const SoundVoice& voice, std::size_t route,
                      const std::vector<float>& from) {
    std::vector<double>& sum = sums_[voice.routes[route].to];
    const auto gain = [&](std::size_t point) {
        return voice.gains[point * voice.routes.size() + route];
    };
    const auto index = [&](std::uint64_t sample) {
        return static_cast<std::size_t>(
            std::clamp(sample, mix.first, mix.first + mix.samples) - mix.first);
    };
    for (std::size_t p = 0; p + 1 < voice.points.size(); ++p) {
        const double length = double(voice.points[p + 1] - voice.points[p]);
        const double slope = (gain(p + 1) - gain(p)) / length;
        const std::uint64_t first = voice.points[p];
        const std::size_t end = index(voice.points[p + 1]);
        if (slope == 0 && gain(p) == 0) continue;
        for (std::size_t i = index(first); i < end; ++i)
            sum[i] += double(from[i]) * (gain(p) + slope * (double(mix.first + i) - double(first)));
    }
    const std::size_t last = index(voice.points.back());
    if (last < from.size()) sum[last] += double(from[last]) * gain(voice.points.size() - 1);
}

}  // namespace reelpool::compositor
