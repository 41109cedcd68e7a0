#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "compositor/encode/verify.hpp"
#include "ipc/base/unique_fd.hpp"
#include "tests/compositor/encode/test_support.hpp"

using namespace reelpool;
using namespace reelpool::compositor;
using namespace reelpool::compositor::test;

namespace {

void write_raw_film(const OutputSettings& settings, const std::string& path) {
    std::ofstream raw(path, std::ios::binary);
    for (std::uint32_t index = 0; index < settings.frame_count; ++index) {
        const auto samples =
            packed_samples(synthetic_picture(index, settings.format), settings.format);
        raw.write(reinterpret_cast<const char*>(samples.data()),
                  static_cast<std::streamsize>(samples.size()));
    }
    REQUIRE(raw.good());
}

Status verify_path(const OutputSettings& settings) {
    const UniqueFd file(::open(settings.part_path.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(file);
    return verify_file(file.get(), settings, settings.frame_count);
}

}  // namespace

TEST_CASE("segments are cut at multiples of the keyframe interval") {
    const TempDir directory;
    for (const std::uint32_t interval : {1U, 2U, 3U, 7U, 40U, 250U}) {
        for (const Codec codec : {Codec::h264, Codec::hevc, Codec::vp9}) {
            CAPTURE(interval);
            CAPTURE(std::string(codec_name(codec)));
            const std::string name = codec_name(codec) + std::to_string(interval);
            auto settings = settings_for(codec, Container::mkv, directory.path(name), 22);
            settings.keyframe_interval = interval;
            const OutputSummary summary = encode_film(settings);
            CHECK(summary.segments == (22 + interval - 1) / interval);
            CHECK(probe_packets(settings.part_path).size() == 22);
        }
    }
}

TEST_CASE("one picture is a film") {
    const TempDir directory;
    for (const Codec codec : {Codec::h264, Codec::hevc, Codec::av1, Codec::vp9, Codec::ffv1}) {
        CAPTURE(std::string(codec_name(codec)));
        const auto settings =
            settings_for(codec, Container::mkv, directory.path(codec_name(codec)), 1);
        CHECK(encode_film(settings).segments == 1);
    }
}

TEST_CASE("the segments before a change do not depend on what follows") {
    const TempDir directory;
    auto settings = settings_for(Codec::h264, Container::mkv, directory.path("short"), 50);
    encode_film(settings);
    settings.part_path = directory.path("long");
    settings.frame_count = 75;
    encode_film(settings);
    const std::string extract = " -c copy -frames:v 50 -f md5 -";
    CHECK(output_of("ffmpeg -v error -i " + directory.path("short") + extract) ==
          output_of("ffmpeg -v error -i " + directory.path("long") + extract));
}

TEST_CASE("a bitrate makes one segment, with keyframes at the interval") {
    const TempDir directory;
    for (const Codec codec : {Codec::h264, Codec::hevc, Codec::av1, Codec::vp9}) {
        CAPTURE(std::string(codec_name(codec)));
        auto settings = settings_for(codec, Container::mkv, directory.path(codec_name(codec)), 60);
        settings.bitrate = 300'000;
        CHECK(encode_film(settings).segments == 1);
        int keyframes = 0;
        for (const ProbedPacket& packet : probe_packets(settings.part_path))
            keyframes += packet.is_key ? 1 : 0;
        CHECK(keyframes >= 3);
    }
}

TEST_CASE("segments cost little compared with one long encode") {
    const TempDir directory;
    auto settings = settings_for(Codec::h264, Container::mkv, directory.path("segments"), 600);
    settings.keyframe_interval = 250;
    encode_film(settings);
    write_raw_film(settings, directory.path("raw"));
    static_cast<void>(
        output_of("ffmpeg -v error -f rawvideo -pix_fmt yuv420p -s 192x108 "
                  "-framerate 30000/1001 -i " +
                  directory.path("raw") +
                  " -c:v libx264 -preset medium -crf 20 -g 250 -threads 2 "
                  "-fflags +bitexact -f matroska " +
                  directory.path("long")));
    const auto ours = static_cast<double>(file_bytes(directory.path("segments")).size());
    const auto theirs = static_cast<double>(file_bytes(directory.path("long")).size());
    MESSAGE("size in segments / size of one encode: ", ours / theirs);
    // Headers weigh more in such tiny pictures than in real ones.
    CHECK(ours / theirs <= 1.05);
}

TEST_CASE("verification finds damage") {
    const TempDir directory;
    for (const Container container : {Container::mp4, Container::mkv}) {
        CAPTURE(std::string(container_name(container)));
        auto settings = settings_for(Codec::h264, container, directory.path("good"), 60);
        encode_film(settings);
        CHECK(verify_path(settings));

        settings.frame_count = 61;
        CHECK_FALSE(verify_path(settings));
        settings.frame_count = 60;
        settings.frame_rate = Rational(30);
        CHECK_FALSE(verify_path(settings));
        settings.frame_rate = Rational(30000, 1001);

        auto bytes = file_bytes(settings.part_path);
        settings.part_path = directory.path("bad");
        // A stretch of the last pictures of mkv, of the middle of mp4's: in both, pixels.
        const std::size_t at =
            container == Container::mp4 ? bytes.size() - 400 : bytes.size() - 900;
        for (std::size_t i = 0; i < 300; ++i) bytes[at + i] = 0x55;
        std::ofstream(settings.part_path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        CHECK_FALSE(verify_path(settings));

        std::filesystem::resize_file(settings.part_path, bytes.size() * 2 / 3);
        CHECK_FALSE(verify_path(settings));
        std::filesystem::remove(directory.path("good"));
    }
}
