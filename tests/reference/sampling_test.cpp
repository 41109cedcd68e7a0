#include <doctest/doctest.h>

#include "levels.hpp"
#include "media_library.hpp"
#include "sampler.hpp"

namespace reelpool::reference {
namespace {

Plane row_of(std::vector<std::uint16_t> samples) {
    const int width = static_cast<int>(samples.size());
    return {.width = width, .height = 1, .samples = std::move(samples)};
}

}  // namespace

TEST_CASE("levels follow the shown size") {
    CHECK(level_for(1, 1) == Level{0, 0});
    CHECK(level_for(3, 0.51) == Level{0, 0});
    CHECK(level_for(0.5, 0.25) == Level{1, 2});
    CHECK(level_for(0.4999, 0.126) == Level{1, 2});
    CHECK(level_for(0.5 + 1e-8, 1) == Level{1, 0});
}

TEST_CASE("halving sums exactly, pairs an odd last sample with itself and rounds once") {
    const Plane three = row_of({1, 2, 3});
    CHECK(halved(three, {1, 0}).samples == std::vector<std::uint16_t>{2, 3});
    CHECK(halved(three, {2, 0}).samples == std::vector<std::uint16_t>{2});  // (9 + 2) >> 2
    CHECK(halved(three, {5, 0}).samples == std::vector<std::uint16_t>{2});  // 9 * 8, >> 5
    const Plane square{.width = 2, .height = 2, .samples = {0, 1, 1, 1}};
    CHECK(halved(square, {1, 1}).samples == std::vector<std::uint16_t>{1});
    CHECK(halved(square, {1, 0}).samples == std::vector<std::uint16_t>{1, 1});
}

TEST_CASE("bilinear and its wider relatives") {
    const Plane plane = row_of({10, 20, 40, 80});
    CHECK(sample_bilinear(plane, 0.5, 0.5) == 10);
    CHECK(sample_bilinear(plane, 1.0, 0.5) == 15);
    CHECK(sample_bilinear(plane, 1.75, 0.2) == 25);
    CHECK(sample_bilinear(plane, -7, 0.5) == 10);
    CHECK(sample_bilinear(plane, 99, 99) == 80);
    CHECK(sample_triangle(plane, 1.75, 0.5, 1, 1) == doctest::Approx(25));
    CHECK(sample_triangle(plane, 1.5, 0.5, 2, 1) ==
          doctest::Approx(0.25 * 10 + 0.5 * 20 + 0.25 * 40));
    CHECK(sample_bicubic(plane, 1.5, 0.5) == doctest::Approx(20));
    CHECK(sample_bicubic(plane, 2.0, 0.5) ==
          doctest::Approx(-10 / 16.0 + 20 * 9 / 16.0 + 40 * 9 / 16.0 - 80 / 16.0));
    CHECK(sample_nearest(plane, 1.99, 0.5) == 20);
    CHECK(sample_nearest(plane, 9, -3) == 80);
}

TEST_CASE("straight alpha is multiplied in around black and neutral") {
    PixelFormat format = pixel_format_named("yuva420p");
    PlanarFrame frame;
    frame.planes = {Plane{2, 2, {116, 116, 16, 235}}, Plane{1, 1, {28}}, Plane{1, 1, {228}},
                    Plane{2, 2, {51, 255, 0, 204}}};
    premultiply(frame, format, false);
    // 100 / 5; whole; nothing; 219 * 0.8 = 175.2
    CHECK(frame.planes[0].samples == std::vector<std::uint16_t>{36, 116, 16, 191});
    CHECK(frame.planes[1].samples[0] == 78);  // mean alpha is 1/2
    CHECK(frame.planes[2].samples[0] == 178);
    PlanarFrame rgba;
    rgba.planes = {Plane{1, 1, {200}}, Plane{1, 1, {0}}, Plane{1, 1, {255}}, Plane{1, 1, {51}}};
    premultiply(rgba, pixel_format_named("rgba"), true);
    CHECK(rgba.planes[0].samples[0] == 40);
    CHECK(rgba.planes[2].samples[0] == 51);
}

TEST_CASE("pixel formats by name") {
    CHECK(pixel_format_named("yuv422p10le").depth == 10);
    CHECK(pixel_format_named("yuv422p10le").frame_bytes(3, 2) == 2 * (6 + 4 + 4));
    CHECK(pixel_format_named("bgra").order == std::vector<int>{2, 1, 0, 3});
    CHECK(pixel_format_named("gbrap12le").alpha);
    CHECK(pixel_format_named("nv12").raw_name == "yuv420p");
    CHECK(pixel_format_named("yuvj444p").full_range_name);
    CHECK_THROWS((void)pixel_format_named("xyz12le"));
    const std::vector<std::byte> bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    const PlanarFrame pixel = unpack_frame(pixel_format_named("argb"), 1, 1, bytes);
    CHECK(pixel.planes[0].samples[0] == 2);
    CHECK(pixel.planes[3].samples[0] == 1);
}

}  // namespace reelpool::reference
