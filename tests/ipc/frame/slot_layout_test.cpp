#include "ipc/frame/slot_layout.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/ipc/random.hpp"

namespace reelpool {
namespace {

using test::Random;

std::vector<PixelFormat> all_formats() {
    std::vector<PixelFormat> formats;
    for (const bool alpha : {false, true}) {
        for (std::uint8_t depth = 8; depth <= 16; ++depth) {
            formats.push_back({.model = ColorModel::rgb, .bit_depth = depth, .has_alpha = alpha});
            formats.push_back({.model = ColorModel::gray, .bit_depth = depth, .has_alpha = alpha});
            for (std::uint8_t x = 0; x <= 2; ++x)
                for (std::uint8_t y = 0; y <= 2; ++y)
                    formats.push_back({.model = ColorModel::yuv,
                                       .bit_depth = depth,
                                       .chroma_shift_x = x,
                                       .chroma_shift_y = y,
                                       .has_alpha = alpha});
        }
    }
    return formats;
}

/// ceil(n / 2^shift), at least 1
std::uint64_t shifted(std::uint64_t n, int shift) {
    const std::uint64_t unit = std::uint64_t{1} << shift;
    return (n + unit - 1) / unit;
}

void check_layout(const PixelFormat& format, std::uint32_t width, std::uint32_t height,
                  Level level) {
    const auto result = slot_layout(format, width, height, level);
    REQUIRE(result.has_value());
    const SlotLayout& layout = *result;
    REQUIRE(layout.plane_count == format.plane_count());
    std::uint64_t used = 0;
    for (int p = 0; p < layout.plane_count; ++p) {
        const PlaneLayout& plane = layout.planes[static_cast<std::size_t>(p)];
        const bool chroma = format.model == ColorModel::yuv && (p == 1 || p == 2);
        // The sizes that the pixel format promises, halved in the plane's own grid.
        const std::uint64_t full_w = shifted(width, chroma ? format.chroma_shift_x : 0);
        const std::uint64_t full_h = shifted(height, chroma ? format.chroma_shift_y : 0);
        REQUIRE(plane.width == shifted(full_w, level.x));
        REQUIRE(plane.height == shifted(full_h, level.y));
        REQUIRE(plane.offset_bytes % 64 == 0);
        REQUIRE(plane.stride_bytes % 64 == 0);
        const std::uint64_t row = std::uint64_t{plane.width} * (format.bit_depth > 8 ? 2U : 1U);
        REQUIRE(plane.stride_bytes >= row);
        if (level == Level{}) {
            // Room for codecs: macroblock pairs, and the chroma's stride is the luma's, shifted.
            const int shift = chroma ? format.chroma_shift_x : 0;
            REQUIRE(plane.stride_bytes == layout.planes[0].stride_bytes >> shift);
            REQUIRE(layout.planes[0].stride_bytes % 64U == 0);
            REQUIRE(plane.lines >=
                    shifted(shifted(height, 5) * 32 + 2, chroma ? format.chroma_shift_y : 0));
        } else {
            REQUIRE(plane.stride_bytes < row + 64);
            REQUIRE(plane.lines == plane.height);
        }
        // Planes follow each other without overlap.
        REQUIRE(plane.offset_bytes >= used);
        used = plane.offset_bytes + std::uint64_t{plane.stride_bytes} * plane.lines;
        if (level == Level{}) used += 80;
    }
    REQUIRE(layout.bytes % 4096 == 0);
    REQUIRE(layout.bytes >= used + 64);
    REQUIRE(layout.bytes < used + 128 + 4096);
}

TEST_CASE("every format and level has planes that do not overlap and can be read past") {
    Random random(1);
    const std::vector<PixelFormat> formats = all_formats();
    for (const PixelFormat& format : formats) {
        check_layout(format, 1920, 1080, {});
        check_layout(format, 1, 1, {});
        check_layout(format, 1, 1, {max_level, max_level});
        check_layout(format, 3, 5, {1, 2});
        check_layout(format, max_picture_side, max_picture_side, {});
        check_layout(format, max_picture_side, 1, {max_level, 0});
    }
    for (int i = 0; i < 20000; ++i) {
        const auto side = [&] {
            return static_cast<std::uint32_t>(1 + random.below(random.one_in(2) ? 50 : 16384));
        };
        check_layout(formats[random.below(formats.size())], side(), side(),
                     {static_cast<std::uint8_t>(random.below(16)),
                      static_cast<std::uint8_t>(random.below(16))});
    }
}

TEST_CASE("the layout of 1080p 4:2:0 is what everybody expects") {
    const SlotLayout layout = slot_layout(yuv420p, 1920, 1080, {}).value();
    // 1090 lines: what libavcodec allocates for H.264 of this size.
    CHECK(
        layout.planes[0] ==
        PlaneLayout{
            .offset_bytes = 0, .stride_bytes = 1920, .width = 1920, .height = 1080, .lines = 1090});
    CHECK(layout.planes[1] == PlaneLayout{.offset_bytes = 1920 * 1090 + 128,
                                          .stride_bytes = 960,
                                          .width = 960,
                                          .height = 540,
                                          .lines = 545});
    CHECK(layout.planes[2].offset_bytes == 1920 * 1090 + 128 + 960 * 545 + 128);
    CHECK(layout.bytes == 3141632);
}

TEST_CASE("halving pairs an odd last sample with itself and stops at one") {
    CHECK(halved(8, 0) == 8);
    CHECK(halved(8, 3) == 1);
    CHECK(halved(9, 1) == 5);
    CHECK(halved(9, 2) == 3);
    CHECK(halved(9, 4) == 1);
    CHECK(halved(1, 15) == 1);
    CHECK(halved(0xffffffff, 1) == 0x80000000);
}

TEST_CASE("sizes, levels and formats out of range are refused") {
    CHECK_FALSE(slot_layout(yuv420p, 0, 10, {}).has_value());
    CHECK_FALSE(slot_layout(yuv420p, 10, 0, {}).has_value());
    CHECK_FALSE(slot_layout(yuv420p, max_picture_side + 1, 10, {}).has_value());
    CHECK_FALSE(slot_layout(yuv420p, 10, max_picture_side + 1, {}).has_value());
    CHECK_FALSE(slot_layout(yuv420p, 0xffffffff, 0xffffffff, {}).has_value());
    CHECK_FALSE(slot_layout(yuv420p, 10, 10, {max_level + 1, 0}).has_value());
    CHECK_FALSE(slot_layout(yuv420p, 10, 10, {0, 255}).has_value());
    CHECK_FALSE(slot_layout({.bit_depth = 7}, 10, 10, {}).has_value());
}

}  // namespace
}  // namespace reelpool
