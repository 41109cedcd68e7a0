// What is heard when: positions, gains, channels and blocks, by the formulas of project-format.md.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <numbers>

#include "model_fixture.hpp"
#include "orchestrator/model/ease.hpp"
#include "orchestrator/model/sound_chain.hpp"

namespace reelpool::model_test {
namespace {

constexpr double pi = std::numbers::pi;

MediaFacts heard(std::uint32_t channels, std::uint64_t mask, std::uint32_t id = 0) {
    MediaFacts facts = video(64, 36, 30, 300, id);
    facts.info.sound = SoundInfo{
        .codec = "pcm", .rate_hz = 48000, .channels = channels, .layout_mask = mask, .duration = 10};
    return facts;
}
const MediaFacts stereo = heard(2, 3);
const MediaFacts mono = heard(1, 4);
const std::string one = R"("a": {"path": "a.mp4"})";

Timeline timeline(const std::string& comps, const MediaFacts& media = stereo,
                  std::optional<OutputGeometry> output = std::nullopt) {
    return timeline_of(project_text(one, comps), {media}, std::move(output));
}
Timeline clip(const std::string& fields, const MediaFacts& media = stereo) {
    return timeline(main_comp(tracks({R"({"media": "a", )" + fields + "}"})), media);
}

/// Source position of each sample of the export, all chunks; of the voices that sound there.
std::map<std::uint64_t, double> positions(const Timeline& timeline) {
    std::map<std::uint64_t, double> all;
    for (std::uint32_t c = 0; std::uint64_t{c} * sound_chunk_samples < timeline.sound_samples(); ++c)
        for (const SoundVoice& voice : timeline.sound_mix(c).voices)
            for (const SoundRun& run : voice.runs)
                for (std::uint32_t i = 0; i < run.count; ++i)
                    all[run.first + i] =
                        static_cast<double>(run.position) + run.fraction + run.step * i;
    return all;
}

/// The factor of a route at a sample, or 0.
double gain(const Timeline& timeline, std::uint64_t sample, std::uint8_t from, std::uint8_t to) {
    double sum = 0;
    const SoundMix mix = timeline.sound_mix(static_cast<std::uint32_t>(sample / sound_chunk_samples));
    for (const SoundVoice& voice : mix.voices) {
        const auto after = std::lower_bound(voice.points.begin(), voice.points.end(), sample);
        if (after == voice.points.end() || voice.points.front() > sample) continue;
        const auto k = static_cast<std::size_t>(after - voice.points.begin());
        const std::size_t before = *after == sample ? k : k - 1;
        const double part = *after == sample ? 0.0
                                             : double(sample - voice.points[before]) /
                                                   double(voice.points[k] - voice.points[before]);
        for (std::size_t r = 0; r < voice.routes.size(); ++r)
            if (voice.routes[r] == SoundRoute{from, to})
                sum += voice.gains[before * voice.routes.size() + r] * (1 - part) +
                       voice.gains[k * voice.routes.size() + r] * part;
    }
    return sum;
}

}  // namespace

TEST_CASE("a source sample is heard at the sample that is nearest to its time") {
    const auto at = positions(clip(R"("start": 0.5, "in": 0.25, "duration": 1)"));
    CHECK(at.begin()->first == 24000);
    CHECK(at.rbegin()->first == 71999);
    CHECK(at.at(24000) == 12000);
    CHECK(at.at(71999) == 59999);
    // Half a sample late: everything is rounded up.
    const auto late = positions(clip(R"("start": "1/96000", "duration": 1)"));
    CHECK(late.begin()->first == 1);
    CHECK(late.at(1) == 0);
    CHECK(late.rbegin()->first == 48000);
    const auto third = positions(clip(R"("start": "10/144000", "duration": 1)"));
    CHECK(third.at(3) == 0);
}

TEST_CASE("nested comps round once, and add their times up exactly") {
    const std::string comps =
        main_comp(tracks({R"({"comp": "n", "start": "1/144000", "duration": 3, "in": "1/144000"})"})) +
        R"(, "n": {"width": 8, "height": 8, "fps": 25, "duration": 2, "tracks": [{"clips": [
            {"comp": "m", "start": "1/144000"}]}]},
          "m": {"width": 8, "height": 8, "fps": 25, "duration": 1.5, "tracks": [{"clips": [
            {"media": "a", "start": 0.5}]}]})";
    const auto at = positions(timeline(comps));
    // 1/3 - 1/3 + 1/3 of a sample late: not at all.
    CHECK(at.begin()->first == 24000);
    CHECK(at.at(24000) == 0);
    CHECK(at.rbegin()->first == 71999);
}

TEST_CASE("a range begins in the middle of what is heard") {
    const std::string comps = main_comp(tracks({R"({"media": "a"})"}));
    const auto output = OutputGeometry{
        .width = 640, .height = 360, .fps = 30, .range = std::pair(Time(1), Time(2))};
    const Timeline part = timeline(comps, stereo, output);
    CHECK(part.sound_samples() == 48000);
    CHECK(positions(part).at(0) == 48000);
    const auto odd = OutputGeometry{.width = 640, .height = 360, .fps = Rational(30000, 1001)};
    CHECK(timeline(comps, stereo, odd).sound_samples() == 480480);
}

TEST_CASE("backwards, every sample is at its mirror") {
    const auto at = positions(clip(R"("start": 1, "duration": 2, "in": 1, "reverse": true)"));
    CHECK(at.begin()->first == 48000);
    CHECK(at.at(48000) == 48000 + 95999);
    CHECK(at.rbegin()->first == 48000 + 95999);
    CHECK(at.at(48000 + 95999) == 48000);
    const auto nested = positions(timeline(
        main_comp(tracks({R"({"comp": "n", "reverse": true})"}), "2") +
        R"(, "n": {"width": 8, "height": 8, "fps": 30, "duration": 2, "tracks": [{"clips": [
            {"media": "a", "start": 0.5, "duration": 1}]}]})"));
    CHECK(nested.begin()->first == 24000);
    CHECK(nested.at(24000) == 47999);
    CHECK(nested.rbegin()->first == 71999);
}

TEST_CASE("speeds multiply, and pitch follows where it is told to") {
    const std::string inner =
        R"(, "n": {"width": 8, "height": 8, "fps": 30, "duration": 9, "tracks": [{"clips": [
            {"media": "a", "duration": 9, "speed": 0.5, "pitch": "follow"}]}]})";
    const Timeline nested =
        timeline(main_comp(tracks({R"({"comp": "n", "speed": 4, "duration": 2})"})) + inner);
    const SoundMix mix = nested.sound_mix(1);
    REQUIRE(mix.voices.size() == 1);
    CHECK(mix.voices[0].runs[0].step == 2);
    CHECK(mix.voices[0].runs[0].pitch == 0.5);
    CHECK(mix.voices[0].runs[0].position == 96000);
    const Timeline back =
        timeline(main_comp(tracks({R"({"comp": "n", "speed": 2, "duration": 2})"})) + inner);
    CHECK(back.sound_mix(0).voices[0].runs[0].step == 1);
    CHECK(back.sound_mix(0).voices[0].runs[0].pitch == 0.5);
}

TEST_CASE("keyed speed and remap are followed closely, and holds are silent") {
    const auto ramp = positions(clip(R"("duration": 2, "speed": {"keys": [[0, 1], [2, 3]]})"));
    for (const std::uint64_t n : {0U, 1000U, 40000U, 48001U, 95999U}) {
        const double t = double(n) / 48000;
        CHECK(std::abs(ramp.at(n) - 48000 * (t + t * t / 2)) < 0.15);
    }
    const auto remap = positions(clip(
        R"("duration": 3, "remap": {"keys": [[0, 2, "hold"], [1, 1], [2, 0], [3, 1]]})"));
    CHECK(remap.begin()->first == 48000);
    CHECK(remap.at(48000) == 48000);
    CHECK(remap.at(96000) == 0);
    CHECK(remap.at(143999) == 47999);
}

TEST_CASE("gains, fades and steps are what the formulas say") {
    const Timeline loud = clip(R"("gain": -6, "fadeIn": 1, "fadeOut": 2, "duration": 5)");
    const double factor = std::pow(10.0, -6.0 / 20);
    for (const std::uint64_t n : {0U, 12345U, 48000U, 100000U, 144001U, 239999U}) {
        const double u = double(n) / 48000;
        const double wanted = factor * std::min(1.0, u) * std::min(1.0, (5 - u) / 2);
        CHECK(std::abs(gain(loud, n, 0, 0) - wanted) < 1e-5);
        CHECK(std::abs(gain(loud, n, 1, 1) - wanted) < 1e-5);
    }
    const Timeline keys = clip(
        R"("duration": 3, "gain": {"keys": [[0, -60, "ease-in-out"], [1, 6, "hold"], [2, -20]]})");
    for (std::uint64_t n = 0; n < 48000; n += 997) {
        const double db = -60 + 66 * eased(css_ease_in_out, double(n) / 48000);
        CHECK(std::abs(gain(keys, n, 0, 0) - std::pow(10, db / 20)) < 1e-5);
    }
    CHECK(gain(keys, 95999, 0, 0) == doctest::Approx(std::pow(10, 0.3)));
    CHECK(gain(keys, 96000, 0, 0) == doctest::Approx(0.1));
    const std::string track = R"("main": {"width": 8, "height": 8, "fps": 30, "duration": 2,
        "tracks": [{"gain": -20, "clips": [{"comp": "n"}]}]},
        "n": {"width": 8, "height": 8, "fps": 30, "duration": 2,
        "tracks": [{"gain": -20, "clips": [{"media": "a", "duration": 2, "gain": 20}]}]})";
    CHECK(gain(timeline(track), 10, 0, 0) == doctest::Approx(0.1));
}

TEST_CASE("where clips of one track overlap, sound crossfades with equal power") {
    // Overlaps are refused as long as there are no transitions, so this is made by hand.
    Clip content;
    content.kind = SourceKind::media;
    SoundClip out;
    out.clip.clip = &content;
    out.clip.start = 0;
    out.clip.duration = 2;
    out.cross_out = 1;
    SoundClip in = out;
    in.cross_out = 0;
    in.cross_in = 1;
    const SoundChain leaving{{.sound = &out, .first = 0, .begin = 1, .slope = 1}};
    const SoundChain coming{{.sound = &in, .first = 0, .begin = 0, .slope = 1}};
    const ChainGain a(leaving, channels_of(*stereo.info.sound), SoundLayout::stereo, 48000);
    const ChainGain b(coming, channels_of(*stereo.info.sound), SoundLayout::stereo, 48000);
    for (const std::int64_t n : {0, 12000, 24000, 47999}) {
        const double p = double(n) / 48000;
        CHECK(a.at(n)[0] == doctest::Approx(std::cos(p * pi / 2)));
        CHECK(b.at(n)[0] == doctest::Approx(std::sin(p * pi / 2)));
    }
}

TEST_CASE("pan is equal power for one channel, and Web Audio's for two") {
    for (const double pan : {-1.0, -0.25, 0.0, 0.6, 1.0}) {
        const std::string field = "\"pan\": " + std::to_string(pan);
        const double a = (pan + 1) * pi / 4;
        CHECK(gain(clip(field, mono), 5, 0, 0) == doctest::Approx(std::cos(a)).epsilon(1e-9));
        CHECK(gain(clip(field, mono), 5, 0, 1) == doctest::Approx(std::sin(a)).epsilon(1e-9));
        const double b = (pan <= 0 ? pan + 1 : pan) * pi / 2;
        CHECK(gain(clip(field), 5, 0, 0) == doctest::Approx(pan <= 0 ? 1 : std::cos(b)));
        CHECK(gain(clip(field), 5, 1, 0) == doctest::Approx(pan <= 0 ? std::cos(b) : 0));
        CHECK(gain(clip(field), 5, 0, 1) == doctest::Approx(pan <= 0 ? 0 : std::sin(b)));
        CHECK(gain(clip(field), 5, 1, 1) == doctest::Approx(pan <= 0 ? std::sin(b) : 1));
    }
    const Timeline sweep = clip(R"("duration": 1, "pan": {"keys": [[0, -1], [1, 1]]})", mono);
    for (std::uint64_t n = 0; n < 48000; n += 1009) {
        const double a = double(n) / 48000 * pi / 2;
        CHECK(std::abs(gain(sweep, n, 0, 0) - std::cos(a)) < 1e-5);
        CHECK(std::abs(gain(sweep, n, 0, 1) - std::sin(a)) < 1e-5);
    }
}

TEST_CASE("layouts are mixed down by BS.775, and channels can be picked") {
    const double h = std::sqrt(0.5);
    const Timeline down = clip(R"("duration": 1)", heard(6, 0x3f));
    const double left[] = {1, 0, h, 0, h, 0};
    const double right[] = {0, 1, h, 0, 0, h};
    for (std::uint8_t from = 0; from < 6; ++from) {
        CHECK(gain(down, 9, from, 0) == doctest::Approx(left[from]));
        CHECK(gain(down, 9, from, 1) == doctest::Approx(right[from]));
    }
    const auto to = [&](const std::string& layout, const MediaFacts& media) {
        return timeline(R"("main": {"width": 8, "height": 8, "fps": 30, "channelLayout": ")" + layout +
                            R"(", "tracks": [{"clips": [{"media": "a"}]}]})",
                        media);
    };
    CHECK(gain(to("mono", stereo), 3, 1, 0) == doctest::Approx(h));
    CHECK(gain(to("mono", mono), 3, 0, 0) == doctest::Approx(1));
    CHECK(gain(to("mono", heard(6, 0x3f)), 3, 4, 0) == doctest::Approx(0.5));
    CHECK(gain(to("7.1", heard(6, 0x3f)), 3, 4, 4) == doctest::Approx(1));
    CHECK(gain(to("5.1", heard(8, 0x63f)), 3, 6, 4) == doctest::Approx(h));
    CHECK(gain(to("5.1", heard(6, 0x60f)), 3, 5, 5) == doctest::Approx(1));
    const Timeline swapped = clip(R"("channels": [2, 1])");
    CHECK(gain(swapped, 3, 0, 1) == 1);
    CHECK(gain(swapped, 3, 1, 0) == 1);
    CHECK(gain(swapped, 3, 0, 0) == 0);
    CHECK(gain(clip(R"("channels": [2])"), 3, 1, 0) == doctest::Approx(h));
    CHECK_THROWS_WITH(clip(R"("channels": [3])"), doctest::Contains("names channel 3"));
    CHECK_THROWS_WITH(clip(R"("duration": 1)", heard(4, 0)), doctest::Contains("which speakers"));
}

TEST_CASE("what is muted is not heard, what is hidden is") {
    CHECK(clip(R"("duration": 1)").has_sound());
    CHECK_FALSE(clip(R"("duration": 1, "mute": true)").has_sound());
    CHECK_FALSE(clip(R"("duration": 1, "disabled": true)").has_sound());
    CHECK_FALSE(clip(R"("duration": 1)", video(64, 36, 30, 60)).has_sound());
    CHECK(timeline(main_comp(R"({"hidden": true, "clips": [{"media": "a"}]})")).has_sound());
    CHECK_FALSE(timeline(main_comp(R"({"muted": true, "clips": [{"media": "a"}]})")).has_sound());
    CHECK(clip(R"("start": 1, "duration": 1)").sound_mix(0).voices.empty());
}

TEST_CASE("blocks are those that are read") {
    const SoundMix mix = clip(R"("in": 1, "duration": 3)").sound_mix(0);
    const SoundChunk chunk = blocks_of(mix, 48000);
    REQUIRE(chunk.blocks.size() == 4);  // samples 48000..95999
    CHECK(chunk.blocks.front().block == 2);
    CHECK(chunk.blocks.back().block == 5);
    const SoundChunk slow = blocks_of(clip(R"("duration": 3, "speed": 0.5)").sound_mix(0), 48000);
    CHECK(slow.blocks.front().block == 0);
    CHECK(slow.blocks.size() == 2);
}

TEST_CASE("a medium of sound alone lasts as long as its sound, and draws nothing") {
    MediaFacts facts;
    facts.info.has_pictures = false;
    facts.info.sound = SoundInfo{.codec = "flac", .rate_hz = 44100, .channels = 2, .layout_mask = 3, .duration = 4};
    const Timeline timeline = timeline_of(
        project_text(one, R"("main": {"width": 8, "height": 8, "fps": 30, "tracks": [
            {"clips": [{"media": "a", "in": 1}]}]})"),
        {facts});
    CHECK(timeline.frame_count() == 90);
    CHECK(timeline.frame(OutputIndex{0}).groups.back().layers.empty());
    CHECK(positions(timeline).at(0) == 48000);
}

TEST_CASE("effects part what is heard by buses, and gains come after them") {
    // Mono, alone and in a nested comp at half speed, under a track's pan.
    const std::string nested =
        R"("n": {"width": 8, "height": 8, "fps": 25, "duration": 2, "tracks": [
            {"effects": [{"type": "reverb"}], "gain": -20, "clips": [
                {"media": "a", "duration": 1.5, "gain": -6}]}]})";
    const Timeline made = timeline(
        main_comp(R"({"id": "k", "muted": true, "clips": [{"media": "a"}]},
            {"pan": -1, "gain": -40, "clips": [
                {"media": "a", "duration": 0.5, "gain": -20, "channels": [1],
                 "effects": [{"type": "duck", "track": "k"}, {"type": "volume", "gain": 1}]},
                {"comp": "n", "start": 1, "duration": 3, "speed": 0.5, "in": 0.5}]})") +
            ", " + nested,
        mono);
    const SoundMix first = made.sound_mix(0);
    REQUIRE(first.buses.size() == 2);
    const SoundBus& key = first.buses[0];
    CHECK(key.effects.empty());
    CHECK(key.parent == main_bus);
    CHECK(key.count == 48000);
    const SoundBus& clip_bus = first.buses[1];
    CHECK(clip_bus.layout_mask == speaker::front_center);
    CHECK(clip_bus.first == 0);
    CHECK(clip_bus.count == 24000);
    REQUIRE(clip_bus.effects.size() == 2);
    CHECK(clip_bus.effects[0].key == 0);
    CHECK(clip_bus.effects[1].values == std::vector<double>{1});
    REQUIRE(first.voices.size() == 1);
    CHECK(first.voices[0].bus == 1);
    CHECK(first.voices[0].gains == std::vector<double>{1, 1});
    // -60 dB, in the middle, and all of it moved to the left.
    REQUIRE(clip_bus.routes.front() == SoundRoute{0, 0});
    CHECK(clip_bus.gains.front() ==
          doctest::Approx(0.001 * std::cos(pi / 4) * (1 + std::cos(0.0))));

    // The track's bus is there for as long as the comp is, although its clip ends before.
    const SoundMix last = made.sound_mix(3);
    REQUIRE(last.buses.size() == 2);
    CHECK(last.voices.empty());
    const SoundMix second = made.sound_mix(1);
    REQUIRE(second.buses.size() == 2);
    const SoundBus& inner = second.buses[1];
    CHECK(inner.key == last.buses[1].key);
    CHECK(inner.layout_mask == 3);
    CHECK(inner.effects.at(0).kind == SoundEffectKind::reverb);
    CHECK(inner.gains.front() == doctest::Approx(0.001));
    REQUIRE(second.voices.size() == 1);
    CHECK(second.voices[0].bus == 1);
    CHECK(second.voices[0].gains.front() ==
          doctest::Approx(std::pow(10.0, -6.0 / 20) * std::cos(pi / 4)));
}

TEST_CASE("sound that is too fast or too slow to be heard is warned of") {
    const auto warning = [](const std::string& fields) {
        const Timeline made = clip(R"("start": 1, )" + fields);
        for (const TimelineWarning& one : made.warnings())
            if (one.code == "sound-speed") return one.message;
        return std::string();
    };
    CHECK(warning(R"("duration": 2, "speed": 16)") == "");
    CHECK(warning(R"("duration": 2, "speed": 17)") != "");
    CHECK(warning(R"("duration": 2, "speed": {"keys": [[0, 1, "hold"], [1, 0, "hold"], [1.5, 2]]})") ==
          "");
    const std::string fast =
        warning(R"("duration": 0.5, "speed": {"keys": [[0, 1, "hold"], [0.25, 20]]})");
    CAPTURE(fast);
    CHECK(fast.find("in places from 1.25 s to 1.5 s") != std::string::npos);
    CHECK(warning(R"("duration": 1, "remap": {"keys": [[0, 5], [0.9, 4.1], [1, 1]]})")
              .find("from 1.9 s to 2 s") != std::string::npos);
    CHECK(warning(R"("duration": 1, "remap": {"keys": [[0, 5], [1, 4]]})") == "");
}

}  // namespace reelpool::model_test
