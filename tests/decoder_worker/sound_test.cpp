// The worker's sound: every codec against the ffmpeg command line, from the start and from
// anywhere.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/decoder_worker/sound_session.hpp"

using namespace reelpool;
using namespace reelpool::worker::test;
using wire::SoundStart;

namespace {

/// Seven seconds of sweeps with a click each second, another one in every channel.
std::string source(const std::string& channels) {
    return "-f lavfi -i \"aevalsrc=" + channels + ":s=RATE:d=7\"";
}
constexpr const char* stereo =
    "0.3*sin(2*PI*(200+40*t)*t)+0.6*lt(mod(t\\,1)\\,0.0005)|"
    "0.2*sin(2*PI*(900-30*t)*t)-0.5*lt(mod(t+0.25\\,1)\\,0.0005)";

std::string sweep(int rate, const char* channels = stereo) {
    std::string text = source(channels);
    text.replace(text.find("RATE"), 4, std::to_string(rate));
    return text;
}

enum class Kind : std::uint8_t { lossless, lossy };

struct Medium {
    const char* name;
    const char* arguments;
    int rate;
    Kind kind;
};

constexpr Medium media[] = {
    {"s16.wav", "-c:a pcm_s16le", 44100, Kind::lossless},
    {"s24.wav", "-c:a pcm_s24le", 48000, Kind::lossless},
    {"u8.wav", "-c:a pcm_u8", 22050, Kind::lossless},
    {"f64.caf", "-c:a pcm_f64le", 96000, Kind::lossless},
    {"s16.mov", "-c:a pcm_s16be", 48000, Kind::lossless},
    {"alac.m4a", "-c:a alac", 44100, Kind::lossless},
    {"flac.flac", "-c:a flac", 44100, Kind::lossless},
    {"flac.mkv", "-c:a flac", 48000, Kind::lossless},
    {"s16.mkv", "-c:a pcm_s16le", 44100, Kind::lossless},
    {"s16.avi", "-c:a pcm_s16le", 44100, Kind::lossless},
    {"wv.wv", "-c:a wavpack", 48000, Kind::lossless},
    {"aac.mp4", "-c:a aac", 44100, Kind::lossy},
    {"aac.mkv", "-c:a aac", 44100, Kind::lossy},
    {"aac.ts", "-c:a aac", 44100, Kind::lossy},
    {"aac.flv", "-c:a aac", 44100, Kind::lossy},
    {"aac.aac", "-c:a aac", 48000, Kind::lossy},
    {"mp3.mp3", "-c:a libmp3lame", 44100, Kind::lossy},
    {"mp3.avi", "-c:a libmp3lame", 48000, Kind::lossy},
    {"mp3.mkv", "-c:a libmp3lame -q:a 4", 44100, Kind::lossy},
    {"opus.opus", "-c:a libopus", 48000, Kind::lossy},
    {"opus.webm", "-c:a libopus", 48000, Kind::lossy},
    {"opus.mp4", "-c:a libopus", 48000, Kind::lossy},
    {"vorbis.ogg", "-c:a libvorbis", 44100, Kind::lossy},
    {"vorbis.webm", "-c:a libvorbis", 44100, Kind::lossy},
    {"ac3.ac3", "-c:a ac3", 48000, Kind::lossy},
    {"ac3.mkv", "-c:a ac3", 44100, Kind::lossy},
    {"ac3.ts", "-c:a ac3", 48000, Kind::lossy},
    {"eac3.mp4", "-c:a eac3", 48000, Kind::lossy},
    {"mp2.mpg", "-c:a mp2", 44100, Kind::lossy},
};

/// By how many samples `part` is later than what lies in `whole` at `at`, as far as the best
/// agreement tells.
int shift_of(const std::vector<float>& part, const std::vector<float>& whole, std::int64_t at) {
    int best = 0;
    double least = 1e300;
    for (int shift = -60; shift <= 60; ++shift) {
        double error = 0;
        for (std::size_t i = 100; i + 100 < part.size(); i += 3) {
            const double difference =
                double{part[i]} -
                double{sample_or_zero(whole, at + static_cast<std::int64_t>(i) - shift)};
            error += difference * difference;
        }
        if (error < least) {
            least = error;
            best = shift;
        }
    }
    double energy = 0;
    for (const float sample : part) energy += double{sample} * double{sample};
    // Lossy codecs need not have settled to the bit; agreement there must be.
    CHECK(energy > 100);
    CHECK(least < 0.01 * energy);
    return best;
}

}  // namespace

TEST_CASE("sound is what ffmpeg decodes, from the start and from anywhere") {
    for (const Medium& medium : media) {
        CAPTURE(std::string(medium.name));
        const std::string path =
            generated(std::string("sound7-") + medium.name, sweep(medium.rate), medium.arguments);
        SoundSession session(path);
        CHECK_FALSE(session.opened().info.has_pictures);
        CHECK(session.opened().table.pts.empty());
        REQUIRE(session.info().channels == 2);
        CHECK(session.info().layout_mask == 3);
        CHECK(session.info().rate_hz == static_cast<std::uint32_t>(medium.rate));
        CHECK(session.info().first_sample == Time(0));
        CHECK(std::abs(session.info().duration.to_double() - 7) < 0.15);
        const Sound expected = sound_by_ffmpeg(path, 2);
        const std::uint32_t blocks =
            static_cast<std::uint32_t>(expected[0].size() / sound_block_samples) + 2;
        const Sound linear = session.linear(blocks);
        CHECK(largest_difference(linear, expected, 0) <= 1e-6);
        for (const std::uint32_t number :
             {blocks - 4, std::uint32_t{5}, blocks / 2, blocks - 2, std::uint32_t{0}}) {
            CAPTURE(number);
            const Sound part = session.block(number, SoundStart::at_block);
            CHECK(session.answer().missing_samples == 0);
            CHECK_FALSE(session.answer().is_concealed);
            const auto at = static_cast<std::int64_t>(number) * sound_block_samples;
            if (medium.kind == Kind::lossless)
                CHECK(largest_difference(part, linear, -at) <= 1e-6);
            else if (number < blocks - 2)
                CHECK(shift_of(part[0], linear[0], at) == 0);
        }
        // A restart that decodes from where the run began gives the same bits.
        const Sound first = session.block(9, SoundStart::at_block);
        const Sound second = session.block(10, SoundStart::go_on);
        const Sound again = session.block(10, SoundStart::at_block, 9);
        CHECK(second == again);
        CHECK(first == session.block(9, SoundStart::at_block));
    }
}

TEST_CASE("resampled sound is what ffmpeg resamples, whatever it begins with") {
    const std::string path = generated("sound7-s16.wav", sweep(44100), "-c:a pcm_s16le");
    for (const std::uint32_t mix_hz : {48000U, 32000U, 96000U, 44056U}) {
        CAPTURE(mix_hz);
        SoundSession session(path, mix_hz);
        const Sound expected =
            sound_by_ffmpeg(path, 2, "aresample=" + std::to_string(mix_hz) + ":osf=fltp:isf=fltp");
        const auto blocks =
            static_cast<std::uint32_t>(expected[0].size() / sound_block_samples) + 2;
        const Sound linear = session.linear(blocks);
        // At the very end ffmpeg does not know what follows; here zeros do.
        Sound whole = linear;
        Sound reference = expected;
        for (std::size_t c = 0; c < whole.size(); ++c) {
            reference[c].resize(expected[c].size() - 200);
            whole[c].resize(reference[c].size());
        }
        for (std::vector<float>& channel : whole)
            channel.erase(channel.begin(), channel.begin() + 200);
        CHECK(largest_difference(whole, reference, -200) <= 2e-6);
        for (const std::uint32_t number : {blocks - 3, blocks / 3, std::uint32_t{1}}) {
            CAPTURE(number);
            const Sound part = session.block(number, SoundStart::at_block);
            CHECK(largest_difference(
                      part, linear, -static_cast<std::int64_t>(number) * sound_block_samples) == 0);
        }
    }
}

TEST_CASE("all channels come, in the order of their layout") {
    const char* six = "0.1|0.2|0.3|0.4|0.5|0.6";
    const std::string path =
        generated("sound-six.flac", sweep(48000, six), "-channel_layout 5.1 -t 1 -c:a flac");
    SoundSession session(path);
    CHECK(session.info().channels == 6);
    CHECK(session.info().layout_mask == 0x3f);
    const Sound block = session.block(0, SoundStart::beginning);
    for (std::size_t c = 0; c < 6; ++c)
        CHECK(block[c][1000] == doctest::Approx(0.1 * static_cast<double>(c + 1)).epsilon(0.001));
    const std::string mono = generated("sound-mono.wav", sweep(8000, "0.25"), "-c:a pcm_s16le");
    SoundSession one(mono);
    CHECK(one.info().channels == 1);
    CHECK(one.info().layout_mask == 4);
}

TEST_CASE("a worker that is asked for nonsense of sound says so and ends") {
    const std::string path = generated("sound7-flac.flac", sweep(44100), "-c:a flac");
    const std::string silent =
        generated("h264.mp4", moving_picture(75), "-c:v libx264 -preset veryfast -g 24 -bf 3");
    const auto refused = [](const std::string& medium, const std::vector<wire::ToWorker>& orders,
                            const std::string& why) {
        WorkerSession worker;
        worker.open(medium);
        REQUIRE(worker.is_open());
        for (const wire::ToWorker& order : orders) worker.send(order);
        worker.wait_for_failure();
        CHECK(worker.failure()->error.what.find(why) != std::string::npos);
        CHECK(worker.failure()->error.code == ErrorCode::internal);
    };
    const wire::DecodeSound order{.block = 0,
                                  .start = SoundStart::beginning,
                                  .start_block = 0,
                                  .segment = {1},
                                  .offset_bytes = 0,
                                  .generation = {1}};
    refused(silent, {wire::OpenSound{48000}}, "without sound");
    refused(path, {wire::OpenSound{48000}, wire::OpenSound{48000}}, "twice");
    refused(path, {order}, "not open");
    refused(path, {wire::CloseSound{}}, "not open");
    refused(path, {wire::OpenSound{48000}, order}, "unknown segment");
    refused(path, {wire::OpenCursor{{1}, 1}}, "without pictures");
    // What the cursor itself finds wrong is the sound's failure alone.
    SoundSession session(path);
    wire::DecodeSound lost = order;
    lost.start = SoundStart::go_on;
    lost.segment = {900};
    session.worker().send(lost);
    seek_stress::WorkerDriver& driver = session.worker().driver();
    driver.run_until([&] { return !driver.sound_failures().empty(); });
    REQUIRE(driver.sound_failures().size() == 1);
    CHECK(driver.sound_failures().front().block == 0);
    // It can be opened again.
    session.worker().send(wire::OpenSound{44100});
    CHECK(session.block(2, SoundStart::beginning).size() == 2);
    session.worker().send(wire::CloseSound{});
    session.worker().send(wire::OpenSound{48000});
    CHECK(session.block(3, SoundStart::at_block).size() == 2);
}
