#include "compositor/sound/mixer.hpp"

#include <algorithm>

namespace reelpool::compositor {
namespace {

std::vector<std::uint32_t> channels_used(const SoundVoice& voice) {
    std::set<std::uint32_t> used;
    for (const SoundRoute& route : voice.routes) used.insert(route.from);
    return {used.begin(), used.end()};
}

}  // namespace

Mixer::Mixer(std::uint32_t rate_hz, SoundLayout layout)
    : rate_hz_(rate_hz), mask_(layout_mask(layout)), sum_(channel_count(layout), 0) {}

Result<SampleRows> Mixer::mix(const SoundMix& mix, const SampleSource& source) {
    std::set<std::uint64_t> playing;
    for (const SoundVoice& voice : mix.voices) playing.insert(voice.key);
    std::erase_if(players_, [&](const auto& player) { return !playing.contains(player.first); });
    // A mix may begin anywhere.
    if (mixed_ == 0 && buses_.empty()) sum_ = SampleSum(sum_.channels(), mix.first);
    REELPOOL_TRY(buses, update_buses(mix));
    for (const SoundVoice& voice : mix.voices)
        add_voice(mix, voice, source, voice.bus == main_bus ? sum_ : buses.at(voice.bus)->input());
    mixed_ = mix.first + mix.samples;
    REELPOOL_TRY_STATUS(run_buses());
    return sum_.take(std::min(mixed_, known_inside(nullptr)));
}

Result<SampleRows> Mixer::finish() {
    for (const BusPtr& bus : buses_) bus->end();
    REELPOOL_TRY_STATUS(run_buses());
    REELPOOL_CHECK(buses_.empty());
    return sum_.take(mixed_);
}

/// Those of a chunk, by its indices; others have ended.
Result<std::vector<Mixer::BusPtr>> Mixer::update_buses(const SoundMix& mix) {
    std::vector<BusPtr> present;
    for (const SoundBus& description : mix.buses) {
        const auto known = std::find_if(buses_.begin(), buses_.end(), [&](const BusPtr& bus) {
            return bus->key() == description.key && !bus->is_over();
        });
        if (known != buses_.end()) {
            if (!(*known)->is_described_by(description))
                return unexpected({.code = ErrorCode::internal,
                                   .component = Component::compositor,
                                   .subject = {},
                                   .what = "a bus of the sound changes in the middle",
                                   .cause = {},
                                   .hint = {}});
            present.push_back(*known);
            continue;
        }
        BusPtr parent = description.parent == main_bus ? nullptr : present.at(description.parent);
        REELPOOL_TRY(bus, Bus::create(description, std::move(parent), rate_hz_, mask_));
        buses_.push_back(bus);
        present.push_back(std::move(bus));
    }
    for (const BusPtr& bus : buses_)
        if (std::find(present.begin(), present.end(), bus) == present.end()) bus->end();
    for (std::size_t i = 0; i < present.size(); ++i) {
        std::vector<BusPtr> keys;
        for (const SoundEffect& effect : mix.buses[i].effects)
            if (effect.kind == SoundEffectKind::duck) keys.push_back(present.at(effect.key));
        present[i]->set_keys(std::move(keys));
        present[i]->extend(mix.buses[i]);
        if (present[i]->end_sample() < mix.first + mix.samples) present[i]->end();
    }
    return present;
}

void Mixer::add_voice(const SoundMix& mix, const SoundVoice& voice, const SampleSource& source,
                      SampleSum& sum) {
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
        if (row == channels.end()) continue;
        sum.add({voice.routes, voice.points, voice.gains}, route, mix.first,
                played[static_cast<std::size_t>(row - channels.begin())]);
    }
}

/// Up to where everything that goes to a bus, or to the mix itself, is known.
std::uint64_t Mixer::known_inside(const Bus* bus) const {
    std::uint64_t known = ~std::uint64_t{0};
    for (const BusPtr& other : buses_)
        if (other->parent().get() == bus) known = std::min(known, other->known_to());
    return known;
}

Status Mixer::run_buses() {
    std::set<const Bus*> seen;
    for (const BusPtr& bus : buses_) REELPOOL_TRY_STATUS(run_bus(bus, seen));
    forget();
    return ok();
}

/// After what it hears.
Status Mixer::run_bus(const BusPtr& bus, std::set<const Bus*>& seen) {
    if (!seen.insert(bus.get()).second) return ok();
    for (const BusPtr& other : buses_)
        if (other->parent() == bus) REELPOOL_TRY_STATUS(run_bus(other, seen));
    for (const BusPtr& key : bus->keys()) REELPOOL_TRY_STATUS(run_bus(key, seen));
    return bus->advance(std::min(mixed_, known_inside(bus.get())),
                        bus->parent() == nullptr ? sum_ : bus->parent()->input());
}

void Mixer::forget() {
    std::map<Bus*, std::uint64_t> needed;
    for (const BusPtr& bus : buses_) needed[bus.get()] = mixed_;
    for (const BusPtr& bus : buses_)
        for (const BusPtr& key : bus->keys())
            if (!bus->is_finished()) needed[key.get()] = std::min(needed[key.get()], bus->fed_to());
    for (const auto& [bus, sample] : needed) bus->forget_heard(sample);
    std::erase_if(buses_, [](const BusPtr& bus) { return bus->is_finished(); });
}

}  // namespace reelpool::compositor
