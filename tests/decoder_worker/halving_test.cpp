#include "decoder_worker/halving.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <random>

using namespace reelpool;
using namespace reelpool::worker;

namespace {

using Random = std::independent_bits_engine<std::minstd_rand, 32, std::uint32_t>;

using Samples = std::vector<std::uint64_t>;

/// The definition, one halving at a time: sums of pairs, an odd last sample paired with itself.
Samples halve_once(const Samples& in, std::uint32_t w, std::uint32_t h, bool across) {
    const std::uint32_t out_w = across ? w / 2 + w % 2 : w;
    const std::uint32_t out_h = across ? h : h / 2 + h % 2;
    Samples out(std::size_t{out_w} * out_h);
    for (std::uint32_t y = 0; y < out_h; ++y)
        for (std::uint32_t x = 0; x < out_w; ++x) {
            const std::uint32_t x0 = across ? 2 * x : x;
            const std::uint32_t y0 = across ? y : 2 * y;
            const std::uint32_t x1 = across ? std::min(x0 + 1, w - 1) : x;
            const std::uint32_t y1 = across ? y : std::min(y0 + 1, h - 1);
            out[std::size_t{y} * out_w + x] =
                in[std::size_t{y0} * w + x0] + in[std::size_t{y1} * w + x1];
        }
    return out;
}

Samples reference(Samples sums, std::uint32_t w, std::uint32_t h, Level level) {
    int shift = 0;
    for (int i = 0; i < level.x && w > 1; ++i, ++shift, w = w / 2 + w % 2)
        sums = halve_once(sums, w, h, true);
    for (int j = 0; j < level.y && h > 1; ++j, ++shift, h = h / 2 + h % 2)
        sums = halve_once(sums, w, h, false);
    const std::uint64_t half = shift == 0 ? 0 : std::uint64_t{1} << (shift - 1);
    for (std::uint64_t& sum : sums) sum = (sum + half) >> shift;
    return sums;
}

template <class Sample>
void check_plane(std::uint32_t w, std::uint32_t h, Level level, Random& random,
                 std::uint32_t most) {
    const std::size_t stride = (w + 5) * sizeof(Sample);
    std::vector<std::byte> source(stride * h);
    Samples samples(std::size_t{w} * h);
    for (std::uint32_t y = 0; y < h; ++y)
        for (std::uint32_t x = 0; x < w; ++x) {
            // The largest value often: sums must not overflow.
            const auto value =
                static_cast<Sample>(random() % 2 == 0 ? most : random() % (most + 1));
            samples[std::size_t{y} * w + x] = value;
            std::memcpy(source.data() + stride * y + x * sizeof(Sample), &value, sizeof value);
        }
    const std::uint32_t out_w = halved(w, level.x);
    const std::uint32_t out_h = halved(h, level.y);
    const std::size_t out_stride = out_w * sizeof(Sample) + 64;
    constexpr auto untouched = std::byte{0xa5};
    std::vector<std::byte> target(out_stride * out_h, untouched);
    Halver halver;
    halver.write({source.data(), static_cast<std::ptrdiff_t>(stride), w, h}, sizeof(Sample), level,
                 {target.data(), out_stride});
    const Samples expected = reference(std::move(samples), w, h, level);
    std::size_t wrong = 0;
    std::size_t spilled = 0;
    for (std::uint32_t y = 0; y < out_h; ++y) {
        for (std::uint32_t x = 0; x < out_w; ++x) {
            Sample got = 0;
            std::memcpy(&got, target.data() + out_stride * y + x * sizeof(Sample), sizeof got);
            if (got != expected[std::size_t{y} * out_w + x]) ++wrong;
        }
        for (std::size_t at = out_w * sizeof(Sample); at < out_stride; ++at)
            if (target[out_stride * y + at] != untouched) ++spilled;
    }
    CAPTURE(w);
    CAPTURE(h);
    CAPTURE(int{level.x});
    CAPTURE(int{level.y});
    CHECK(wrong == 0);
    CHECK(spilled == 0);
}

}  // namespace

TEST_CASE("levels are exact sums, rounded once") {
    Random random(7);
    constexpr std::uint32_t sides[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 64, 90, 160};
    for (const std::uint32_t w : sides)
        for (const std::uint32_t h : {1U, 2U, 3U, 5U, 6U, 7U, 8U, 13U, 45U})
            for (int x = 0; x <= 4; ++x)
                for (int y = 0; y <= 4; ++y) {
                    const Level level{static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y)};
                    check_plane<std::uint8_t>(w, h, level, random, 255);
                    check_plane<std::uint16_t>(w, h, level, random, 1023);
                }
}

TEST_CASE("levels are exact at their extremes") {
    Random random(8);
    for (const Level level : {Level{15, 15}, Level{15, 0}, Level{0, 15}, Level{9, 8}, Level{8, 8},
                              Level{7, 9}, Level{12, 6}, Level{3, 9}}) {
        check_plane<std::uint8_t>(1027, 515, level, random, 255);
        check_plane<std::uint16_t>(1027, 515, level, random, 65535);
    }
    check_plane<std::uint8_t>(16384, 2, {15, 1}, random, 255);
    check_plane<std::uint16_t>(16384, 3, {15, 2}, random, 65535);
    check_plane<std::uint8_t>(3, 16384, {2, 15}, random, 255);
}
