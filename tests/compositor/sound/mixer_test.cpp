// The mixer against formulas, and against a plain mixer in double precision.
#include "compositor/sound/mixer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "sound_support.hpp"

namespace reelpool::compositor::test {
namespace {

constexpr double minus_90_db = 3.2e-5;

/// Plays seconds of one medium at one speed.
std::vector<float> played(const FormulaSource& source, double step, double pitch, int seconds) {
    Mixer mixer(48000, SoundLayout::mono);
    std::vector<float> all;
    for (int s = 0; s < seconds; ++s) {
        const double at = double(s) * 48000 * step;
        const SoundRun run{.first = static_cast<std::uint64_t>(s) * 48000,
                           .count = 48000,
                           .position = static_cast<std::int64_t>(std::floor(at)),
                           .fraction = at - std::floor(at),
                           .step = step,
                           .pitch = pitch};
        source.low = std::int64_t{1} << 60;
        source.high = -source.low;
        const auto rows = *mixer.mix(one_voice(run.first, 48000, 1, {run}), source);
        const SoundReach reach = reach_of(run, 48000);
        CHECK(source.low >= reach.begin);
        CHECK(source.high <= reach.end);
        all.insert(all.end(), rows[0].begin(), rows[0].end());
    }
    return all;
}

}  // namespace

TEST_CASE("voices are added up as a plain mixer in double precision does") {
    std::mt19937 random(1);
    const auto between = [&](double low, double high) {
        return std::uniform_real_distribution<double>(low, high)(random);
    };
    const auto noise = [](std::uint32_t channel, std::int64_t n) {
        const auto x = static_cast<std::uint32_t>(n * 7919 + channel * 104729 + 12345);
        return double((x * 2654435761U) >> 8) / double(1U << 23) - 1;
    };
    const FormulaSource source(noise);
    for (int round = 0; round < 10; ++round) {
        SoundMix mix{.chunk = 0, .first = 0, .samples = 20000, .voices = {}, .slots = {}};
        std::vector<std::vector<double>> wanted(2, std::vector<double>(mix.samples));
        for (std::uint64_t v = 0; v < 6; ++v) {
            const auto first = static_cast<std::uint32_t>(between(0, 9000));
            const auto count = static_cast<std::uint32_t>(between(1, 10000));
            const double direction = v % 2 == 0 ? 1 : -1;
            const auto position = static_cast<std::int64_t>(between(-5000, 90000));
            SoundVoice voice{.key = v,
                             .media = MediaId{0},
                             .channels = 2,
                             .runs = {{.first = first,
                                       .count = count,
                                       .position = position,
                                       .fraction = 0,
                                       .step = direction,
                                       .pitch = direction}},
                             .routes = {{0, 0}, {1, 0}, {1, 1}},
                             .points = {first},
                             .gains = {}};
            if (count > 2) voice.points.push_back(first + count / 2);
            if (count > 1) voice.points.push_back(first + count - 1);
            for (std::size_t i = 0; i < voice.points.size() * 3; ++i)
                voice.gains.push_back(between(-0.3, 0.3));
            for (std::size_t p = 0; p < voice.points.size(); ++p) {
                const std::uint64_t from = voice.points[p];
                const bool is_last = p + 1 == voice.points.size();
                const std::uint64_t to = is_last ? from + 1 : voice.points[p + 1];
                for (std::uint64_t n = from; n < to; ++n) {
                    const double part = is_last ? 0 : double(n - from) / double(to - from);
                    for (std::size_t r = 0; r < 3; ++r) {
                        const double a = voice.gains[p * 3 + r];
                        const double b = is_last ? a : voice.gains[(p + 1) * 3 + r];
                        const auto offset =
                            static_cast<std::int64_t>(n - first) * (direction > 0 ? 1 : -1);
                        wanted[voice.routes[r].to][n] +=
                            (a + (b - a) * part) * noise(voice.routes[r].from, position + offset);
                    }
                }
            }
            mix.voices.push_back(std::move(voice));
        }
        const auto got = *Mixer(48000, SoundLayout::stereo).mix(mix, source);
        double worst = 0;
        for (std::size_t c = 0; c < 2; ++c)
            for (std::size_t i = 0; i < mix.samples; ++i)
                worst = std::max(worst, std::abs(double(got[c][i]) - wanted[c][i]));
        CHECK(worst < minus_90_db);
    }
}

TEST_CASE("where nothing plays there is digital zero") {
    const FormulaSource source(sine(440));
    const auto rows =
        *Mixer(48000, SoundLayout::mono)
             .mix(one_voice(0, 48000, 1, {{.first = 1000, .count = 10, .position = 30}}), source);
    for (std::size_t i = 0; i < 48000; ++i)
        if (i < 1000 || i >= 1010) REQUIRE(rows[0][i] == 0.0F);
    CHECK(rows[0][1003] == static_cast<float>(sine(440)(0, 33)));
}

TEST_CASE("read between samples, a tone is what the formula says") {
    const FormulaSource source(sine(1000));
    for (const double step : {0.37, 0.9999, 1.5, -0.75, 3.2}) {
        CAPTURE(step);
        const auto samples = played(source, step, step, 1);
        double worst = 0;
        for (std::size_t i = 0; i < samples.size(); ++i)
            worst = std::max(
                worst, std::abs(double(samples[i]) - 0.5 * std::sin(2 * std::numbers::pi * 1000 *
                                                                    step * double(i) / 48000)));
        CHECK(worst < 1e-4);
    }
    // What would alias is gone: 10 kHz, four times as fast.
    const auto high = played(FormulaSource(sine(10000)), 4, 4, 1);
    CHECK(std::abs(*std::max_element(high.begin(), high.end())) < 1e-3);
}

TEST_CASE("at another speed a tone keeps its pitch to three cents, its level and its length") {
    for (const double hz : {440.0, 97.3, 3000.0}) {
        const FormulaSource source(sine(hz));
        for (const double step : {0.5, 2.0, 0.8, 1.3, 7.0, -0.5}) {
            CAPTURE(hz);
            CAPTURE(step);
            const auto samples = played(source, step, step > 0 ? 1 : -1, 3);
            CHECK(std::abs(cents(frequency_of(samples, hz), hz)) < 3);
            double power = 0;
            for (const float sample : samples) power += double(sample) * double(sample);
            CHECK(std::abs(std::sqrt(power / double(samples.size())) - 0.5 / std::numbers::sqrt2) <
                  0.02);
        }
    }
}

TEST_CASE("at another speed sound stays within a grain of its place") {
    // Bursts of noise every second of the source.
    const auto bursts = [](std::uint32_t, std::int64_t n) {
        const std::int64_t in = ((n % 48000) + 48000) % 48000;
        return in < 4800 ? std::sin(double(n) * 0.3) * std::sin(double(n) * 0.0113) : 0.0;
    };
    for (const double step : {0.5, 2.0}) {
        const auto samples = played(FormulaSource(bursts), step, 1, 4);
        for (std::int64_t k = 1; double(k) * 48000 / step < 180000; ++k) {
            const auto meant = static_cast<std::int64_t>(double(k) * 48000 / step);
            std::int64_t found = meant - 5000;
            while (std::abs(samples[static_cast<std::size_t>(found)]) < 0.05) ++found;
            CHECK(std::abs(found - meant) < 1500);
        }
    }
}

TEST_CASE("pitch that follows one clip and is kept by another") {
    // Twice as fast, an octave lower.
    const auto samples = played(FormulaSource(sine(880)), 2, 0.5, 3);
    CHECK(std::abs(cents(frequency_of(samples, 440), 440)) < 3);
}

TEST_CASE("from grains back to plain samples there is no click") {
    const FormulaSource source(sine(440));
    const SoundMix mix = one_voice(0, 48000, 1,
                                   {{.first = 0, .count = 10000, .position = 0, .step = 2},
                                    {.first = 10000, .count = 38000, .position = 20000}});
    const auto rows = *Mixer(48000, SoundLayout::mono).mix(mix, source);
    double steepest = 0;
    for (std::size_t i = 1; i < 48000; ++i)
        steepest = std::max(steepest, std::abs(double(rows[0][i]) - double(rows[0][i - 1])));
    CHECK(steepest < 0.06);  // the tone itself: 0.029
    CHECK(rows[0][20000] == static_cast<float>(sine(440)(0, 30000)));
}

TEST_CASE("blocks in segments are read where they lie, and nonsense in them is silent") {
    const std::uint64_t bytes = 2 * sound_block_bytes(2);
    auto memory = create_segment("test", bytes);
    REQUIRE(memory.has_value());
    auto writable = Mapping::map(*memory, bytes, Access::read_write);
    REQUIRE(writable.has_value());
    auto* const floats = reinterpret_cast<float*>(writable->data());
    for (std::size_t i = 0; i < bytes / 4; ++i) floats[i] = float(i % 1000) / 1000;
    floats[sound_block_samples + 5] = std::nanf("");
    floats[sound_block_samples + 6] = INFINITY;
    auto reopened = reopen_read_only(*memory);
    REQUIRE(reopened.has_value());
    SoundSegments segments;
    REQUIRE(segments.map(SegmentId{4}, bytes, *reopened).has_value());
    SoundMix mix = one_voice(0, 100, 2, {});
    const auto slot = [&](std::uint32_t block, std::uint32_t offset) {
        return SoundSlot{.media = MediaId{0},
                         .block = block,
                         .segment = SegmentId{4},
                         .offset_bytes = offset,
                         .generation = Generation{1}};
    };
    mix.slots = {slot(0, 0), slot(1, sound_block_bytes(2))};
    const auto view = BlockView::make(mix, segments);
    REQUIRE(view.has_value());
    std::vector<float> out(12);
    view->read(MediaId{0}, 1, 0, out);
    CHECK(out[4] == floats[sound_block_samples + 4]);
    CHECK(out[5] == 0.0F);
    CHECK(out[6] == 0.0F);
    view->read(MediaId{0}, 0, sound_block_samples - 6, out);
    CHECK(out[5] == floats[sound_block_samples - 1]);
    CHECK(out[6] == floats[2 * sound_block_samples]);
    view->read(MediaId{0}, 0, -6, out);
    CHECK(out[5] == 0.0F);
    CHECK(out[7] == floats[1]);
    mix.slots.push_back(slot(2, 2 * sound_block_bytes(2)));
    CHECK_FALSE(BlockView::make(mix, segments).has_value());
}

namespace {

SoundEffect effect(SoundEffectKind kind, std::uint32_t key = 0) {
    SoundEffect made{kind, {}, key};
    for (const SoundEffectParameter& parameter : made.type().parameters)
        made.values.push_back(parameter.otherwise);
    return made;
}

/// Two buses in each other, from sample 1000 to 70000, and one that turns the outer one down until
/// 90000; mixed in chunks of a length.
SampleRows mixed_by(std::uint32_t chunk, const SampleSource& source) {
    constexpr std::uint64_t end = 100'000;
    Mixer mixer(48000, SoundLayout::stereo);
    SampleRows all(2);
    const auto keep = [&](const Result<SampleRows>& rows) {
        REQUIRE(rows.has_value());
        for (std::size_t c = 0; c < 2; ++c)
            all[c].insert(all[c].end(), (*rows)[c].begin(), (*rows)[c].end());
    };
    for (std::uint64_t first = 0; first < end; first += chunk) {
        const auto samples =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(chunk, end - first));
        SoundMix mix = one_voice(
            first, samples, 2,
            {{.first = first, .count = samples, .position = static_cast<std::int64_t>(first)}});
        std::vector<std::uint32_t> places(3, main_bus);
        const auto add = [&](std::uint64_t key, std::uint64_t from, std::uint64_t to,
                             std::uint32_t parent, std::vector<SoundEffect> effects) {
            const std::uint64_t low = std::max(first, from);
            const std::uint64_t high = std::min(first + samples, to);
            if (low >= high) return;
            places[key] = static_cast<std::uint32_t>(mix.buses.size());
            const std::uint64_t last = high - 1;
            SoundBus bus{.key = key,
                         .parent = parent,
                         .layout_mask = 3,
                         .first = low,
                         .count = static_cast<std::uint32_t>(high - low),
                         .effects = std::move(effects),
                         .routes = {{0, 0}, {1, 1}},
                         .points = {low},
                         .gains = {0.5, 0.5}};
            if (last > low) {
                bus.points.push_back(last);
                bus.gains.insert(bus.gains.end(), {0.5, 0.5});
            }
            mix.buses.push_back(std::move(bus));
        };
        add(0, 0, 90'000, main_bus, {});
        add(1, 1000, 70'000, main_bus,
            {effect(SoundEffectKind::limiter), effect(SoundEffectKind::duck, 0)});
        add(2, 1000, 70'000, places[1],
            {effect(SoundEffectKind::delay), effect(SoundEffectKind::compressor),
             effect(SoundEffectKind::reverb)});
        // The voice goes to the inner bus while it is there, and 16 times softer to the key.
        SoundVoice quiet = mix.voices[0];
        quiet.key = 8;
        quiet.bus = places[0];
        for (double& gain : quiet.gains) gain /= 16;
        mix.voices[0].bus = places[2];
        mix.voices.push_back(std::move(quiet));
        keep(mixer.mix(mix, source));
    }
    keep(mixer.finish());
    return all;
}

}  // namespace

TEST_CASE("buses give the same samples however the mix is cut, and nothing is shifted") {
    // Loud at sample 30000, with silence before.
    const FormulaSource source([](std::uint32_t channel, std::int64_t n) {
        return n == 30'000 ? 0.9 : n > 40'000 ? 0.3 * std::sin(double(n * (channel + 2)) / 30) : 0;
    });
    const SampleRows whole = mixed_by(48'000, source);
    REQUIRE(whole[0].size() == 100'000);
    CHECK(mixed_by(48'000, source) == whole);
    for (const std::size_t c : {0U, 1U}) {
        const auto peak = std::max_element(whole[c].begin(), whole[c].begin() + 40'000);
        CHECK(peak - whole[c].begin() == 30'000);
        for (std::size_t n = 0; n < 30'000; ++n) REQUIRE(std::abs(whole[c][n]) < 1e-6F);
    }
    // Chunks that begin where the buses do not end: theirs end with the chunk that has their end.
    for (const std::uint32_t chunk : {10'000U, 7001U}) {
        CAPTURE(chunk);
        const SampleRows cut = mixed_by(chunk, source);
        REQUIRE(cut[0].size() == whole[0].size());
        std::size_t different = 0;
        for (std::size_t c = 0; c < 2; ++c)
            for (std::size_t n = 0; n < 70'000; ++n) different += cut[c][n] != whole[c][n] ? 1 : 0;
        CHECK(different == 0);
    }
}

TEST_CASE("a bus that is another one in the next chunk is refused") {
    Mixer mixer(48000, SoundLayout::stereo);
    const FormulaSource silence([](std::uint32_t, std::int64_t) { return 0.0; });
    SoundMix mix{.samples = 100, .voices = {}, .slots = {}};
    mix.buses.push_back({.key = 1,
                         .layout_mask = 3,
                         .count = 100,
                         .effects = {effect(SoundEffectKind::limiter)},
                         .routes = {{0, 0}, {1, 1}},
                         .points = {0},
                         .gains = {1, 1}});
    REQUIRE(mixer.mix(mix, silence).has_value());
    mix.first = mix.buses[0].first = mix.buses[0].points[0] = 100;
    CHECK(mixer.mix(mix, silence).has_value());
    mix.first = mix.buses[0].first = mix.buses[0].points[0] = 200;
    mix.buses[0].routes.pop_back();
    mix.buses[0].gains.pop_back();
    CHECK(mixer.mix(mix, silence).error().what == "a bus of the sound changes in the middle");
}

}  // namespace reelpool::compositor::test
