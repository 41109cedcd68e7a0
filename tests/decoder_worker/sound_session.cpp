#include "tests/decoder_worker/sound_session.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace reelpool::worker::test {
namespace {

constexpr SegmentId sound_segment{900};

}  // namespace

SoundSession::SoundSession(const std::string& path, std::uint32_t mix_hz) {
    worker_.open(path);
    INFO(path);
    INFO((worker_.failure() ? to_string(worker_.failure()->error) : std::string()));
    REQUIRE(worker_.is_open());
    REQUIRE(opened().info.sound.has_value());
    mix_hz_ = mix_hz == 0 ? info().rate_hz : mix_hz;
    const std::uint64_t bytes = sound_block_bytes(info().channels);
    auto memory = create_segment("sound-test", bytes);
    REQUIRE(memory.has_value());
    memory_ = std::move(*memory);
    auto mapping = Mapping::map(memory_, bytes, Access::read_only);
    REQUIRE(mapping.has_value());
    mapping_ = std::move(*mapping);
    worker_.send(wire::AddSegment{sound_segment, bytes}, {memory_.get()});
    worker_.send(wire::OpenSound{mix_hz_});
}

Sound SoundSession::block(std::uint32_t number, wire::SoundStart start, std::uint32_t start_block) {
    seek_stress::WorkerDriver& driver = worker_.driver();
    const std::size_t before = driver.sound_ready().size();
    const std::size_t failures = driver.sound_failures().size();
    const std::uint32_t from =
        start == wire::SoundStart::at_block ? (start_block == 0 ? number : start_block) : 0;
    worker_.send(wire::DecodeSound{.block = number,
                                   .start = start,
                                   .start_block = from,
                                   .segment = sound_segment,
                                   .offset_bytes = 0,
                                   .generation = {++generation_}});
    driver.run_until([&] {
        return driver.sound_ready().size() > before || driver.sound_failures().size() > failures ||
               driver.failure();
    });
    INFO((driver.sound_failures().empty() ? std::string()
                                          : to_string(driver.sound_failures().back().error)));
    INFO((driver.failure() ? to_string(driver.failure()->error) : std::string()));
    REQUIRE(driver.sound_ready().size() == before + 1);
    answer_ = driver.sound_ready().back();
    REQUIRE(answer_.block == number);
    REQUIRE(answer_.segment == sound_segment);
    REQUIRE(answer_.generation == Generation{generation_});
    Sound sound(info().channels, std::vector<float>(sound_block_samples));
    for (std::size_t c = 0; c < sound.size(); ++c)
        std::memcpy(sound[c].data(), mapping_.data() + c * sound_block_bytes(1),
                    sound_block_bytes(1));
    return sound;
}

Sound SoundSession::linear(std::uint32_t blocks) {
    Sound all(info().channels);
    for (std::uint32_t b = 0; b < blocks; ++b) {
        const Sound one = block(b, b == 0 ? wire::SoundStart::beginning : wire::SoundStart::go_on);
        for (std::size_t c = 0; c < all.size(); ++c)
            all[c].insert(all[c].end(), one[c].begin(), one[c].end());
    }
    return all;
}

Sound sound_by_ffmpeg(const std::string& path, std::uint32_t channels, const std::string& filters) {
    const std::string raw = media_directory() + "sound" + std::to_string(::getpid());
    run_command("ffmpeg -nostdin -v error -y -i " + path + " -vn " +
                (filters.empty() ? "" : "-af \"" + filters + "\" ") + "-f f32le " + raw +
                " 2>/dev/null");
    const std::string bytes = read_file(raw);
    ::unlink(raw.c_str());
    const std::size_t count = bytes.size() / sizeof(float) / channels;
    REQUIRE(bytes.size() == count * channels * sizeof(float));
    Sound sound(channels, std::vector<float>(count));
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t c = 0; c < channels; ++c)
            std::memcpy(&sound[c][i], bytes.data() + (i * channels + c) * sizeof(float),
                        sizeof(float));
    return sound;
}

double largest_difference(const Sound& samples, const Sound& reference, std::int64_t offset) {
    double largest = 0;
    for (std::size_t c = 0; c < samples.size(); ++c)
        for (std::size_t i = 0; i < samples[c].size(); ++i)
            largest = std::max(
                largest, std::abs(double{samples[c][i]} -
                                  double{sample_or_zero(reference[c],
                                                        static_cast<std::int64_t>(i) - offset)}));
    return largest;
}

}  // namespace reelpool::worker::test
