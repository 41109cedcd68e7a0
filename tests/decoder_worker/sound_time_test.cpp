// Where sound lies in time: beside pictures, around gaps, with time stamps that lie.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "decoder_worker/sound_clock.hpp"
#include "tests/decoder_worker/sound_session.hpp"
#include "tests/media/child.hpp"

using namespace reelpool;
using namespace reelpool::worker::test;
using wire::SoundStart;

namespace {

constexpr int rate = 48000;

/// The time of the first frame that ffprobe shows of a stream.
double first_frame_seconds(const std::string& path, const char* stream) {
    const std::string text = test_media::run_or_throw(
        {"ffprobe", "-v", "error", "-select_streams", stream, "-read_intervals", "%+3",
         "-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0", path});
    REQUIRE_FALSE(text.empty());
    return std::atof(text.c_str());
}

/// Where a sample is loud, at least 0.2 s apart.
std::vector<std::int64_t> clicks_of(const std::vector<float>& samples) {
    std::vector<std::int64_t> clicks;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        if (std::abs(samples[i]) > 0.5F && (clicks.empty() || at > clicks.back() + rate / 5))
            clicks.push_back(at);
    }
    return clicks;
}

constexpr const char* picture = "-f lavfi -i testsrc2=size=96x54:rate=25:duration=2";
/// Noise, and a click at every half second.
constexpr const char* noise =
    "-f lavfi -i \"aevalsrc=0.2*(random(0)-0.5)+0.7*lt(mod(t\\,0.5)\\,0.0003):s=48000:d=6\"";

std::string noise_as(const std::string& name, const std::string& arguments) {
    return generated("noise-" + name, noise, arguments);
}

/// The same packets, changed by a bitstream filter.
std::string filtered(const std::string& name, const std::string& from, const std::string& filter) {
    return generated("noise-" + name, "-i " + from, "-c copy -bsf:a \"" + filter + "\"");
}

std::uint32_t blocks_of(const Sound& sound) {
    return static_cast<std::uint32_t>(sound[0].size() / sound_block_samples) + 2;
}

}  // namespace

TEST_CASE("sound lies beside its pictures as edit lists and offsets say") {
    struct Case {
        const char* name;
        const char* before_sound;
        const char* arguments;
    };
    const std::string sound =
        "-t 2 -f lavfi -i "
        "\"aevalsrc=0.2*(random(0)-0.5)+0.7*lt(mod(t\\,0.5)\\,0.0003):s=48000:d=2\" ";
    constexpr Case cases[] = {
        {"plain.mp4", "", "-c:v libx264 -bf 2 -c:a aac"},
        {"late.mp4", "-itsoffset 0.4", "-c:v libx264 -bf 2 -c:a aac"},
        {"early.mp4", "-itsoffset -0.3", "-c:v libx264 -c:a aac"},
        {"late.mov", "-itsoffset 0.21", "-c:v mpeg4 -c:a pcm_s16le"},
        {"late.mkv", "-itsoffset 0.333", "-c:v libx264 -c:a flac"},
        {"early.mkv", "-itsoffset -0.25", "-c:v libx264 -c:a libopus"},
        {"plain.ts", "", "-c:v libx264 -bf 2 -c:a aac"},
        {"late.ts", "-itsoffset 0.5", "-c:v mpeg2video -c:a mp2"},
        {"plain.avi", "", "-c:v mpeg4 -c:a libmp3lame"},
        {"late.flv", "-itsoffset 0.12", "-c:v flv -c:a libmp3lame"},
        {"vorbis.webm", "", "-c:v libvpx -deadline realtime -c:a libvorbis"},
    };
    for (const Case& one : cases) {
        CAPTURE(std::string(one.name));
        const std::string path =
            generated(std::string("av-") + one.name,
                      std::string(picture) + " " + one.before_sound + " " + sound, one.arguments);
        SoundSession session(path);
        REQUIRE(session.opened().info.has_pictures);
        const SoundInfo& info = session.info();
        const double expected = first_frame_seconds(path, "a:0") - first_frame_seconds(path, "v:0");
        CHECK(std::abs(info.first_sample.to_double() - expected) < 0.6 / info.rate_hz + 1e-6);
        const Sound decoded = sound_by_ffmpeg(path, info.channels);
        const auto offset =
            static_cast<std::int64_t>(std::llround(info.first_sample.to_double() * info.rate_hz));
        const Sound linear = session.linear(blocks_of(decoded) + 2);
        CHECK(largest_difference(linear, decoded, offset) <= 1e-6);
    }
    // A cut without encoding begins with pictures that are not shown, and sound that is not heard.
    const std::string whole = generated("av-plain.mp4", std::string(picture) + " " + sound,
                                        "-c:v libx264 -bf 2 -c:a aac");
    const std::string cut = generated("av-cut.mp4", "-ss 0.73 -i " + whole, "-c copy");
    SoundSession session(cut);
    const double expected = first_frame_seconds(cut, "a:0") - first_frame_seconds(cut, "v:0");
    CHECK(std::abs(session.info().first_sample.to_double() - expected) < 1e-4);
    const std::vector<std::int64_t> clicks = clicks_of(session.linear(4)[0]);
    REQUIRE_FALSE(clicks.empty());
    // The first picture that is shown tells what was cut: the click at 1 s lies so long after it.
    SoundSession uncut(whole);
    const std::vector<std::int64_t> before = clicks_of(uncut.linear(6)[0]);
    CHECK(before.size() >= 3);
    MESSAGE("cut: " << clicks[0] << " whole: " << before[2]);
}

TEST_CASE("what packets are missing is silence of their length, and told") {
    for (const char* name : {"flac.mkv", "flac.flac.nut"}) {
        CAPTURE(std::string(name));
        const std::string whole = noise_as(name, "-c:a flac -frame_size 4608");
        const std::string path =
            filtered(std::string("gap-") + name, whole, "noise=drop=between(n\\,20\\,25)");
        SoundSession session(path);
        Sound expected = sound_by_ffmpeg(whole, 1);
        for (std::size_t i = std::size_t{20} * 4608; i < std::size_t{26} * 4608; ++i)
            expected[0][i] = 0;
        const std::uint32_t blocks = blocks_of(expected);
        Sound linear(1);
        std::uint64_t missing = 0;
        for (std::uint32_t b = 0; b < blocks; ++b) {
            const Sound block =
                session.block(b, b == 0 ? SoundStart::beginning : SoundStart::go_on);
            missing += session.answer().missing_samples;
            linear[0].insert(linear[0].end(), block[0].begin(), block[0].end());
        }
        CHECK(missing == 6 * 4608);
        CHECK(largest_difference(linear, expected, 0) <= 1e-6);
        for (const std::uint32_t b : {6U, 7U, 9U, 12U}) {
            CAPTURE(b);
            const Sound part = session.block(b, SoundStart::at_block);
            CHECK(largest_difference(part, linear,
                                     -static_cast<std::int64_t>(b) * sound_block_samples) <= 1e-6);
        }
    }
}

TEST_CASE("time stamps that drift are followed, those that jitter are not") {
    const std::string whole = noise_as("pcm.nut", "-c:a pcm_s16le");
    SoundSession plain(whole);
    const std::uint32_t blocks = 6U * rate / sound_block_samples;
    const Sound straight = plain.linear(blocks);
    const std::vector<std::int64_t> clicks = clicks_of(straight[0]);
    REQUIRE(clicks.size() >= 11);
    for (const double factor : {1.01, 0.99}) {
        CAPTURE(factor);
        SoundSession session(filtered(factor > 1 ? "slow.nut" : "fast.nut", whole,
                                      "setts=ts=PTS*" + std::to_string(factor)));
        const std::vector<std::int64_t> moved = clicks_of(session.linear(blocks)[0]);
        REQUIRE(moved.size() >= 11);
        for (std::size_t i = 0; i < 11; ++i) {
            const double expected = factor * static_cast<double>(clicks[i]);
            CHECK(std::abs(static_cast<double>(moved[i]) - expected) < 0.0165 * rate);
        }
    }
    SoundSession jitter(filtered("jitter.nut", whole, "setts=ts=PTS+mod(N\\,7)*80"));
    CHECK(jitter.linear(blocks) == straight);
}

TEST_CASE("damaged packets are told of, and the rest lies where it lay") {
    const std::string whole = noise_as("damage.mkv", "-c:a flac -frame_size 4608");
    const std::string path = filtered("damaged.mkv", whole, "noise=amount=between(n\\,30\\,31)*20");
    SoundSession session(path);
    const Sound expected = sound_by_ffmpeg(whole, 1);
    bool is_told = false;
    Sound linear(1);
    for (std::uint32_t b = 0; b < 14; ++b) {
        const Sound block = session.block(b, b == 0 ? SoundStart::beginning : SoundStart::go_on);
        is_told = is_told || session.answer().is_concealed || session.answer().missing_samples > 0;
        linear[0].insert(linear[0].end(), block[0].begin(), block[0].end());
    }
    CHECK(is_told);
    double after = 0;
    for (std::size_t i = std::size_t{34} * 4608; i < linear[0].size(); ++i)
        after = std::max(after, std::abs(double{linear[0][i]} - double{expected[0][i]}));
    CHECK(after <= 1e-6);
}

TEST_CASE("a music file with a cover picture is sound alone") {
    const std::string path =
        generated("cover.mp3",
                  "-f lavfi -i sine=duration=2:sample_rate=44100 -f lavfi -i "
                  "testsrc2=size=64x64:rate=1:duration=1",
                  "-map 0 -map 1 -c:a libmp3lame -c:v png -disposition:v attached_pic");
    SoundSession session(path);
    CHECK_FALSE(session.opened().info.has_pictures);
    CHECK(session.opened().info.width == 0);
    CHECK(session.opened().info.codec == "mp3");
    CHECK(session.opened().info.container == "mp3");
    REQUIRE(session.opened().info.streams.size() == 2);
    CHECK(session.opened().info.streams[0].is_shown);
    CHECK_FALSE(session.opened().info.streams[1].is_shown);
}

TEST_CASE("the clock counts, and believes time stamps where a stretch begins") {
    using worker::SoundClock;
    constexpr std::int64_t none = AV_NOPTS_VALUE;
    SoundClock fine({1, 48000}, 48000);
    fine.learn(0, 1024, 1024);
    CHECK_FALSE(fine.must_count());
    CHECK(fine.place(0, 1024) == 0);
    CHECK(fine.place(none, 1024) == 1024);
    CHECK(fine.place(2048 + 719, 1024) == 2048);  // 15 ms are no gap
    CHECK(fine.place(3072 + 721, 1024) == 3793);
    CHECK(fine.place(3793 + 1024 - 800, 1024) == 3793 + 1024 - 800);
    CHECK(fine.place(-100'000, 1000) == 3793 + 2048 - 800);  // time stamps that start anew
    fine.lose_count();
    CHECK_FALSE(fine.place(none, 1024).has_value());
    CHECK_FALSE(fine.place(std::int64_t{1} << 60, 1024).has_value());
    CHECK(fine.place(-5000, 1024) == -5000);
    CHECK(fine.place(none, 1024) == -3976);
    // Milliseconds tell which frame it is.
    SoundClock coarse({1, 1000}, 44100);
    coarse.learn(0, 1024, 1024);
    CHECK_FALSE(coarse.must_count());
    for (std::int64_t frame = 0; frame < 5000; frame += 37) {
        coarse.lose_count();
        const auto stamp = std::llround(static_cast<double>(frame) * 1024 / 44.1);
        CHECK(coarse.place(stamp, 1024) == frame * 1024);
    }
    SoundClock varying({1, 1000}, 44100);
    varying.learn(0, 1024, 0);
    CHECK(varying.must_count());
}
