// Files of sound in every codec and container, judged by the ffmpeg command line.
#include "compositor/encode/sound_file.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "compositor/encode/output_file.hpp"
#include "sound_support.hpp"

namespace reelpool::compositor::test {
namespace {

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "sound-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string path(const std::string& name) const {
        return (path_ / name).string();
    }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_),
                                                      std::filesystem::directory_iterator()));
    }

  private:
    std::filesystem::path path_;
};

/// A medium in shared memory: a quiet tone, and a click once in a while.
struct Medium {
    static constexpr std::int64_t blocks = 7;
    std::uint32_t channels;
    double level;
    UniqueFd memory;
    std::vector<SoundSlot> slots;

    Medium(std::uint32_t channel_count, double level_of_tone)
        : channels(channel_count), level(level_of_tone) {
        const std::uint64_t bytes = std::uint64_t{blocks} * sound_block_bytes(channels);
        auto made = create_segment("test", bytes);
        REQUIRE(made.has_value());
        auto mapping = Mapping::map(*made, bytes, Access::read_write);
        REQUIRE(mapping.has_value());
        auto* const floats = reinterpret_cast<float*>(mapping->data());
        for (std::int64_t b = 0; b < blocks; ++b) {
            for (std::uint32_t c = 0; c < channels; ++c)
                for (std::int64_t i = 0; i < sound_block_samples; ++i)
                    floats[(b * channels + c) * sound_block_samples + i] =
                        static_cast<float>(at(b * sound_block_samples + i));
            slots.push_back({.media = MediaId{0},
                             .block = static_cast<std::uint32_t>(b),
                             .segment = SegmentId{1},
                             .offset_bytes = static_cast<std::uint32_t>(b) *
                                             sound_block_bytes(channels),
                             .generation = Generation{1}});
        }
        auto reopened = reopen_read_only(*made);
        REQUIRE(reopened.has_value());
        memory = std::move(*reopened);
    }
    [[nodiscard]] double at(std::int64_t n) const {
        if (n == 20000 || n == 77777) return 0.9;
        return level * std::sin(2 * std::numbers::pi * 440 * double(n) / 48000);
    }
};

constexpr std::uint64_t length = 100'001;

OutputSettings settings_of(SoundCodec codec, Container container, SoundLayout layout,
                           const std::string& path) {
    OutputSettings settings;
    settings.part_path = path;
    settings.container = container;
    settings.frame_count = 50;
    settings.sound = SoundSettings{.codec = codec, .layout = layout, .samples = length};
    return settings;
}

/// Mixes the medium as it is, and writes the file.
SoundResult write_file(const OutputSettings& settings, const Medium& medium) {
    silence_encoder_libraries();
    auto track = SoundTrack::create(settings);
    REQUIRE_MESSAGE(track.has_value(), to_string(track.error()));
    REQUIRE((*track)
                ->segments()
                .map(SegmentId{1}, std::uint64_t{Medium::blocks} * sound_block_bytes(medium.channels),
                     medium.memory)
                .has_value());
    const std::uint64_t samples = settings.sound->samples;
    for (std::uint64_t first = 0; first < samples; first += sound_chunk_samples) {
        const auto count = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(sound_chunk_samples, samples - first));
        SoundMix mix = one_voice(first, count, medium.channels,
                                 {{.first = first,
                                   .count = count,
                                   .position = static_cast<std::int64_t>(first)}});
        mix.slots = medium.slots;
        REQUIRE((*track)->mix(mix).has_value());
    }
    const Status finished = (*track)->finish();
    REQUIRE_MESSAGE(finished.has_value(), to_string(finished.error()));
    const auto bytes = write_sound_file(settings, **track);
    REQUIRE_MESSAGE(bytes.has_value(), to_string(bytes.error()));
    CHECK(*bytes == std::filesystem::file_size(settings.part_path));
    return (*track)->result();
}

/// The samples that ffmpeg decodes, interleaved.
std::vector<float> decoded(const std::string& path) {
    const std::string command = "ffmpeg -nostdin -v error -i '" + path + "' -f f32le -";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::vector<float> samples;
    std::array<float, 4096> part{};
    while (const std::size_t got = std::fread(part.data(), sizeof(float), part.size(), pipe))
        samples.insert(samples.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
    REQUIRE(::pclose(pipe) == 0);
    return samples;
}

std::size_t peak_near(const std::vector<float>& samples, std::size_t channels, std::size_t place) {
    std::size_t best = place - 2000;
    for (std::size_t i = place - 2000; i < place + 2000; ++i)
        if (std::abs(samples[i * channels]) > std::abs(samples[best * channels])) best = i;
    return best;
}

struct Case {
    SoundCodec codec;
    Container container;
    double error;            ///< of a sample; 0: it is lossy
    std::size_t late = 0;    ///< samples by which a click may be off
    std::size_t longer = 0;  ///< samples by which the file may be longer
};

}  // namespace

TEST_CASE("every codec keeps samples in their places, and the length") {
    const Medium medium(2, 0.25);
    using enum SoundCodec;
    // Within 1 ms; lossless ones to the sample and to half a code.
    const Case cases[] = {{pcm16, Container::wav, 1.6e-5},
                          {pcm24, Container::wav, 6e-8},
                          {pcm32f, Container::wav, 1e-12},
                          {flac, Container::flac, 6e-8},
                          {flac, Container::ogg, 6e-8},
                          {aac, Container::m4a, 0, 48, 1024},
                          {opus, Container::opus, 0, 48, 0},
                          {opus, Container::ogg, 0, 48, 0},
                          {vorbis, Container::ogg, 0, 48, 0},
                          {mp3, Container::mp3, 0, 48, 1152}};
    for (const Case& c : cases) {
        const Folder folder;
        const std::string name = std::string(sound_codec_name(c.codec)) + " in " +
                                 container_name(c.container);
        CAPTURE(name);
        const std::string path = folder.path("out");
        const SoundResult result =
            write_file(settings_of(c.codec, c.container, SoundLayout::stereo, path), medium);
        CHECK(folder.files() == 1);
        CHECK(result.clipped_samples == 0);
        CHECK(std::abs(result.integrated_lufs + 12.0) < 1.5);
        const std::vector<float> samples = decoded(path);
        CHECK(samples.size() / 2 >= length);
        CHECK(samples.size() / 2 <= length + c.longer);
        for (const std::size_t click : {20000U, 77777U}) {
            const std::size_t found = peak_near(samples, 2, click);
            CHECK(std::max(found, click) - std::min(found, click) <= c.late);
        }
        if (c.error == 0) continue;
        double worst = 0;
        for (std::size_t i = 0; i < length; ++i)
            for (std::size_t k = 0; k < 2; ++k)
                worst = std::max(worst, std::abs(double(samples[2 * i + k]) -
                                                 double(float(medium.at(std::int64_t(i))))));
        CHECK(worst <= c.error);
    }
}

TEST_CASE("layouts up to 7.1 can be coded where they are allowed") {
    using enum SoundCodec;
    const std::pair<SoundCodec, Container> codecs[] = {{pcm24, Container::wav},
                                                       {flac, Container::flac},
                                                       {aac, Container::m4a},
                                                       {opus, Container::opus},
                                                       {vorbis, Container::ogg}};
    for (const SoundLayout layout :
         {SoundLayout::mono, SoundLayout::surround_3_0, SoundLayout::quad,
          SoundLayout::surround_5_0, SoundLayout::surround_5_1, SoundLayout::surround_6_1,
          SoundLayout::surround_7_1}) {
        const Medium medium(channel_count(layout), 0.1);
        for (const auto& [codec, container] : codecs) {
            const Folder folder;
            const std::string name =
                std::string(sound_codec_name(codec)) + " " + layout_name(layout);
            CAPTURE(name);
            auto settings = settings_of(codec, container, layout, folder.path("out"));
            settings.sound->samples = 10'000;
            REQUIRE(validate(settings).has_value());
            write_file(settings, medium);
            CHECK(decoded(settings.part_path).size() >= 10'000 / 100 * 98 * medium.channels);
        }
    }
}

TEST_CASE("what cannot be is refused, with what would be right") {
    const auto problem = [](SoundCodec codec, Container container, SoundLayout layout,
                            std::uint32_t rate = 48000) {
        auto settings = settings_of(codec, container, layout, "x");
        settings.sound->rate_hz = rate;
        const Status status = validate(settings);
        return status ? std::string() : to_string(status.error());
    };
    using enum SoundCodec;
    CHECK(problem(aac, Container::wav, SoundLayout::stereo).find("wav takes pcm16") !=
          std::string::npos);
    CHECK(problem(mp3, Container::mp3, SoundLayout::surround_5_1).find("cannot code 5.1") !=
          std::string::npos);
    CHECK(problem(opus, Container::opus, SoundLayout::stereo, 44100).find("44100") !=
          std::string::npos);
    CHECK(problem(flac, Container::flac, SoundLayout::stereo, 44100).empty());
}

TEST_CASE("loudness is brought to its target, with true peaks below -1 dBTP, and nothing is left") {
    for (const double level : {0.02, 0.6}) {
        const Folder folder;
        const Medium medium(2, level);
        auto settings =
            settings_of(SoundCodec::pcm24, Container::wav, SoundLayout::stereo, folder.path("out"));
        settings.sound->loudness_lufs = -14;
        const SoundResult result = write_file(settings, medium);
        CHECK(std::abs(result.integrated_lufs + 14) < 0.3);
        CHECK(result.true_peak_db < -1.0);
        CHECK(folder.files() == 1);
        CHECK(decoded(settings.part_path).size() == 2 * length);
    }
}

TEST_CASE("two runs give the same bytes") {
    const Medium medium(2, 0.3);
    for (const auto& [codec, container] :
         {std::pair(SoundCodec::aac, Container::m4a), std::pair(SoundCodec::opus, Container::opus),
          std::pair(SoundCodec::vorbis, Container::ogg), std::pair(SoundCodec::mp3, Container::mp3)}) {
        const Folder folder;
        std::string bytes[2];
        for (int run = 0; run < 2; ++run) {
            const std::string path = folder.path("out" + std::to_string(run));
            write_file(settings_of(codec, container, SoundLayout::stereo, path), medium);
            std::ifstream file(path, std::ios::binary);
            bytes[run].assign(std::istreambuf_iterator<char>(file), {});
        }
        CHECK(bytes[0] == bytes[1]);
    }
}

}  // namespace reelpool::compositor::test
