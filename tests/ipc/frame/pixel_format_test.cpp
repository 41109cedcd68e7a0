#include "ipc/frame/pixel_format.hpp"

#include <doctest/doctest.h>

namespace reelpool {
namespace {

TEST_CASE("planes and samples follow from the format") {
    CHECK(yuv420p.plane_count() == 3);
    CHECK(PixelFormat{.has_alpha = true}.plane_count() == 4);
    CHECK(PixelFormat{.model = ColorModel::gray}.plane_count() == 1);
    CHECK(PixelFormat{.model = ColorModel::gray, .has_alpha = true}.plane_count() == 2);
    CHECK(planar_rgb.plane_count() == 3);
    CHECK(yuv420p.sample_bytes() == 1);
    CHECK(PixelFormat{.bit_depth = 9}.sample_bytes() == 2);
    CHECK(PixelFormat{.bit_depth = 16}.sample_bytes() == 2);
    CHECK(yuv420p.is_chroma_plane(1));
    CHECK(yuv420p.is_chroma_plane(2));
    CHECK_FALSE(yuv420p.is_chroma_plane(0));
    CHECK_FALSE(yuv420p.is_chroma_plane(3));
    CHECK_FALSE(planar_rgb.is_chroma_plane(1));
    CHECK_FALSE(PixelFormat{.model = ColorModel::gray, .has_alpha = true}.is_chroma_plane(1));
}

TEST_CASE("formats that do not exist are refused") {
    CHECK(validate(yuv420p).has_value());
    CHECK(validate(planar_rgb).has_value());
    CHECK(validate(PixelFormat{.bit_depth = 16, .has_alpha = true}).has_value());
    CHECK(validate(PixelFormat{.chroma_shift_x = 2, .chroma_shift_y = 2}).has_value());
    CHECK_FALSE(validate(PixelFormat{.model = static_cast<ColorModel>(3)}).has_value());
    CHECK_FALSE(validate(PixelFormat{.bit_depth = 7}).has_value());
    CHECK_FALSE(validate(PixelFormat{.bit_depth = 17}).has_value());
    CHECK_FALSE(validate(PixelFormat{.bit_depth = 0}).has_value());
    CHECK_FALSE(validate(PixelFormat{.chroma_shift_x = 3}).has_value());
    CHECK_FALSE(validate(PixelFormat{.chroma_shift_y = 255}).has_value());
    CHECK_FALSE(validate(PixelFormat{.model = ColorModel::rgb, .chroma_shift_x = 1}).has_value());
    CHECK_FALSE(validate(PixelFormat{.model = ColorModel::gray, .chroma_shift_y = 1}).has_value());
}

TEST_CASE("formats have FFmpeg's names") {
    CHECK(to_text(yuv420p) == "yuv420p");
    CHECK(to_text(yuv422p) == "yuv422p");
    CHECK(to_text(yuv444p) == "yuv444p");
    CHECK(to_text(PixelFormat{.chroma_shift_y = 1}) == "yuv440p");
    CHECK(to_text(PixelFormat{.chroma_shift_x = 2}) == "yuv411p");
    CHECK(to_text(PixelFormat{.chroma_shift_x = 2, .chroma_shift_y = 2}) == "yuv410p");
    CHECK(to_text(PixelFormat{.bit_depth = 10, .chroma_shift_x = 1, .chroma_shift_y = 1}) ==
          "yuv420p10");
    CHECK(to_text(PixelFormat{.bit_depth = 12, .has_alpha = true}) == "yuva444p12");
    CHECK(to_text(planar_rgb) == "gbrp");
    CHECK(to_text(PixelFormat{.model = ColorModel::rgb, .bit_depth = 16, .has_alpha = true}) ==
          "gbrap16");
    CHECK(to_text(PixelFormat{.model = ColorModel::gray}) == "gray");
    CHECK(to_text(PixelFormat{.model = ColorModel::gray, .bit_depth = 10}) == "gray10");
    CHECK(to_text(PixelFormat{.model = ColorModel::gray, .has_alpha = true}) == "ya8");
    CHECK(to_text(PixelFormat{.model = ColorModel::gray, .bit_depth = 16, .has_alpha = true}) ==
          "ya16");
}

}  // namespace
}  // namespace reelpool
