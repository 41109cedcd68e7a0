#include <bit>
#include <cmath>
#include <set>

#include "ipc/wire/convert.hpp"

namespace reelpool::wire {
namespace {

template <class List>
unsigned size_of(const List& list) {
    return static_cast<unsigned>(list.size());
}

double finite(double value) {
    if (!std::isfinite(value)) throw Malformed("a number of the sound is not finite");
    return value;
}

/// Where something goes to, and how loud: of a voice or a bus.
template <class Builder, class Sound>
void write_gains(Builder to, const Sound& from) {
    auto routes = to.initRoutes(size_of(from.routes));
    for (unsigned i = 0; i < routes.size(); ++i)
        routes.set(i, static_cast<std::uint16_t>(from.routes[i].from << 8 | from.routes[i].to));
    auto points = to.initPoints(size_of(from.points));
    for (unsigned i = 0; i < points.size(); ++i) points.set(i, from.points[i]);
    auto gains = to.initGains(size_of(from.gains));
    for (unsigned i = 0; i < gains.size(); ++i) gains.set(i, from.gains[i]);
}

template <class Reader, class Sound>
void read_gains(Reader from, Sound& to) {
    for (const std::uint16_t route : from.getRoutes())
        to.routes.push_back(
            {static_cast<std::uint8_t>(route >> 8), static_cast<std::uint8_t>(route & 0xff)});
    for (const std::uint64_t point : from.getPoints()) {
        if (!to.points.empty() && point <= to.points.back())
            throw Malformed("the points of a gain do not ascend");
        to.points.push_back(point);
    }
    for (const double gain : from.getGains()) to.gains.push_back(finite(gain));
    if (to.gains.size() != to.points.size() * to.routes.size() || to.points.empty())
        throw Malformed("a sound has not as many gains as points and routes");
}

void write(proto::SoundBus::Builder to, const SoundBus& from) {
    to.setKey(from.key);
    to.setParent(from.parent);
    to.setLayoutMask(from.layout_mask);
    to.setFirst(from.first);
    to.setCount(from.count);
    auto effects = to.initEffects(size_of(from.effects));
    for (unsigned i = 0; i < effects.size(); ++i) {
        const SoundEffect& effect = from.effects[i];
        effects[i].setKind(static_cast<std::uint8_t>(effect.kind));
        effects[i].setKey(effect.key);
        auto values = effects[i].initValues(size_of(effect.values));
        for (unsigned k = 0; k < values.size(); ++k) values.set(k, effect.values[k]);
    }
    write_gains(to, from);
}

SoundBus read(proto::SoundBus::Reader from) {
    SoundBus to{.key = from.getKey(),
                .parent = from.getParent(),
                .layout_mask = from.getLayoutMask(),
                .first = from.getFirst(),
                .count = from.getCount(),
                .effects = {},
                .routes = {},
                .points = {},
                .gains = {}};
    if (to.layout_mask == 0) throw Malformed("a bus of the sound has no channels");
    for (const auto effect : from.getEffects()) {
        SoundEffect one{.kind = read_enum(effect.getKind(), SoundEffectKind::duck),
                        .values = {},
                        .key = effect.getKey()};
        for (const double value : effect.getValues()) one.values.push_back(finite(value));
        if (!is_sane(one)) throw Malformed("an effect on the sound is out of range");
        to.effects.push_back(std::move(one));
    }
    read_gains(from, to);
    return to;
}

/// Whether no bus waits for itself: one waits for the sounds that turn it down, and a bus for those
/// that are added to it.
bool all_can_go_on(const std::vector<SoundBus>& buses) {
    std::vector<std::uint32_t> awaited(buses.size());
    const auto waits_for = [&](std::size_t bus, const auto& visit) {
        for (const SoundEffect& effect : buses[bus].effects)
            if (effect.kind == SoundEffectKind::duck) visit(bus, effect.key);
        if (buses[bus].parent != main_bus) visit(buses[bus].parent, bus);
    };
    for (std::size_t i = 0; i < buses.size(); ++i)
        waits_for(i, [&](std::size_t waiting, std::size_t) { ++awaited[waiting]; });
    std::vector<std::vector<std::size_t>> heard_by(buses.size());
    for (std::size_t i = 0; i < buses.size(); ++i)
        waits_for(i, [&](std::size_t waiting, std::size_t on) { heard_by[on].push_back(waiting); });
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < buses.size(); ++i)
        if (awaited[i] == 0) free.push_back(i);
    for (std::size_t next = 0; next < free.size(); ++next)
        for (const std::size_t waiting : heard_by[free[next]])
            if (--awaited[waiting] == 0) free.push_back(waiting);
    return free.size() == buses.size();
}

/// Where the sounds of a chunk lead to.
void check_routes(const SoundMix& mix) {
    const auto check = [&](const std::vector<SoundRoute>& routes, std::uint32_t from,
                           std::uint32_t bus, std::size_t buses) {
        if (bus != main_bus && bus >= buses) throw Malformed("a sound leads to no bus");
        const std::uint32_t to =
            bus == main_bus ? max_output_channels
                            : static_cast<std::uint32_t>(std::popcount(mix.buses[bus].layout_mask));
        for (const SoundRoute& route : routes)
            if (route.from >= from || route.to >= to)
                throw Malformed("a route of the sound leads nowhere");
    };
    for (const SoundVoice& voice : mix.voices)
        check(voice.routes, voice.channels, voice.bus, mix.buses.size());
    std::set<std::uint64_t> keys;
    for (std::size_t i = 0; i < mix.buses.size(); ++i) {
        const SoundBus& bus = mix.buses[i];
        if (!keys.insert(bus.key).second) throw Malformed("two buses of the sound have one key");
        check(bus.routes, static_cast<std::uint32_t>(std::popcount(bus.layout_mask)), bus.parent,
              i);
        if (bus.first < mix.first || bus.first - mix.first > mix.samples || bus.count == 0 ||
            bus.count > mix.first + mix.samples - bus.first)
            throw Malformed("a bus of the sound lies outside its chunk");
        for (const SoundEffect& effect : bus.effects)
            if (effect.kind == SoundEffectKind::duck && effect.key >= mix.buses.size())
                throw Malformed("a sound is turned down by one that is not there");
    }
    if (!all_can_go_on(mix.buses)) throw Malformed("a bus of the sound waits for itself");
}

void write(proto::SoundVoice::Builder to, const SoundVoice& from) {
    to.setKey(from.key);
    to.setMedia(from.media.value);
    to.setChannels(from.channels);
    auto runs = to.initRuns(size_of(from.runs));
    for (unsigned i = 0; i < runs.size(); ++i) {
        const SoundRun& run = from.runs[i];
        runs[i].setFirst(run.first);
        runs[i].setCount(run.count);
        runs[i].setPosition(run.position);
        runs[i].setFraction(run.fraction);
        runs[i].setStep(run.step);
        runs[i].setPitch(run.pitch);
    }
    write_gains(to, from);
    to.setBus(from.bus);
}

SoundRun read(proto::SoundRun::Reader from) {
    const SoundRun run{.first = from.getFirst(),
                       .count = from.getCount(),
                       .position = from.getPosition(),
                       .fraction = finite(from.getFraction()),
                       .step = finite(from.getStep()),
                       .pitch = finite(from.getPitch())};
    constexpr std::int64_t farthest = std::int64_t{1} << 50;
    const bool is_sane = run.count <= sound_chunk_samples && run.fraction >= 0 &&
                         run.fraction < 1 && run.position > -farthest && run.position < farthest &&
                         run.step != 0 && run.pitch != 0 && std::abs(run.step) <= max_sound_speed &&
                         std::abs(run.pitch) <= max_sound_speed * max_sound_speed;
    if (!is_sane) throw Malformed("a run of the sound is out of range");
    return run;
}

SoundVoice read(proto::SoundVoice::Reader from) {
    SoundVoice to{.key = from.getKey(),
                  .media = MediaId{from.getMedia()},
                  .channels = from.getChannels(),
                  .runs = {},
                  .routes = {},
                  .points = {},
                  .gains = {},
                  .bus = from.getBus()};
    if (to.channels == 0 || to.channels > max_sound_channels)
        throw Malformed("a voice has an absurd number of channels");
    for (const auto run : from.getRuns()) to.runs.push_back(read(run));
    read_gains(from, to);
    return to;
}

}  // namespace

void write(proto::SoundMix::Builder to, const SoundMix& from) {
    to.setChunk(from.chunk);
    to.setFirst(from.first);
    to.setSamples(from.samples);
    auto voices = to.initVoices(size_of(from.voices));
    for (unsigned i = 0; i < voices.size(); ++i) write(voices[i], from.voices[i]);
    auto buses = to.initBuses(size_of(from.buses));
    for (unsigned i = 0; i < buses.size(); ++i) write(buses[i], from.buses[i]);
    auto slots = to.initSlots(size_of(from.slots));
    for (unsigned i = 0; i < slots.size(); ++i) {
        const SoundSlot& slot = from.slots[i];
        slots[i].setMedia(slot.media.value);
        slots[i].setBlock(slot.block);
        slots[i].setSegment(slot.segment.value);
        slots[i].setOffsetBytes(slot.offset_bytes);
        slots[i].setGeneration(slot.generation.value);
    }
}

SoundMix read(proto::SoundMix::Reader from) {
    SoundMix to{.chunk = from.getChunk(),
                .first = from.getFirst(),
                .samples = from.getSamples(),
                .voices = {},
                .buses = {},
                .slots = {}};
    if (to.samples == 0 || to.samples > sound_chunk_samples)
        throw Malformed("a chunk of the sound has an absurd length");
    for (const auto voice : from.getVoices()) {
        to.voices.push_back(read(voice));
        std::uint64_t end = to.first;
        for (const SoundRun& run : to.voices.back().runs) {
            if (run.first < end || run.first - to.first > to.samples ||
                run.count > to.first + to.samples - run.first)
                throw Malformed("a run of the sound lies outside its chunk");
            end = run.first + run.count;
        }
    }
    for (const auto bus : from.getBuses()) to.buses.push_back(read(bus));
    check_routes(to);
    for (const auto slot : from.getSlots())
        to.slots.push_back({.media = MediaId{slot.getMedia()},
                            .block = slot.getBlock(),
                            .segment = SegmentId{slot.getSegment()},
                            .offset_bytes = slot.getOffsetBytes(),
                            .generation = Generation{slot.getGeneration()}});
    return to;
}

void write(proto::SoundSettings::Builder to, const SoundSettings& from) {
    to.setCodec(static_cast<std::uint8_t>(from.codec));
    to.setRateHz(from.rate_hz);
    to.setLayout(static_cast<std::uint8_t>(from.layout));
    to.setBitrate(from.bitrate);
    to.setSamples(from.samples);
    to.setHasLoudness(from.loudness_lufs.has_value());
    to.setLoudness(from.loudness_lufs.value_or(0));
}

SoundSettings read(proto::SoundSettings::Reader from) {
    SoundSettings to{.codec = read_enum(from.getCodec(), SoundCodec::vorbis),
                     .rate_hz = from.getRateHz(),
                     .layout = read_enum(from.getLayout(), SoundLayout::surround_7_1),
                     .bitrate = from.getBitrate(),
                     .samples = from.getSamples()};
    if (from.getHasLoudness()) to.loudness_lufs = finite(from.getLoudness());
    return to;
}

void write(proto::SoundResult::Builder to, const SoundResult& from) {
    to.setEncoder(from.encoder);
    to.setMixed(from.mixed_lufs);
    to.setIntegrated(from.integrated_lufs);
    to.setRange(from.range_lu);
    to.setTruePeak(from.true_peak_db);
    to.setGain(from.gain_db);
    to.setClipped(from.clipped_samples);
    to.setWorst(from.worst_peak_db);
    to.setWorstSample(from.worst_sample);
    to.setMixUs(from.mix_us);
    to.setEncodeUs(from.encode_us);
}

SoundResult read(proto::SoundResult::Reader from) {
    return {.encoder = read_text(from.getEncoder()),
            .mixed_lufs = finite(from.getMixed()),
            .integrated_lufs = finite(from.getIntegrated()),
            .range_lu = finite(from.getRange()),
            .true_peak_db = finite(from.getTruePeak()),
            .gain_db = finite(from.getGain()),
            .clipped_samples = from.getClipped(),
            .worst_peak_db = finite(from.getWorst()),
            .worst_sample = from.getWorstSample(),
            .mix_us = from.getMixUs(),
            .encode_us = from.getEncodeUs()};
}

}  // namespace reelpool::wire
