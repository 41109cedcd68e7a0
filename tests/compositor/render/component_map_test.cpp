#include "compositor/render/component_map.hpp"

#include <doctest/doctest.h>

#include "compositor/render/grid.hpp"
#include "tests/compositor/render/footage.hpp"

namespace reelpool::testing {

using namespace reelpool::compositor;

TEST_CASE("equal codings map by exactly 1") {
    const OutputFormat output{16, 16, yuv420p, bt709_limited};
    const ComponentMap map = component_map(yuv420p, bt709_limited, output);
    for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t p = 0; p < 3; ++p) CHECK(map.gain[c][p] == (c == p ? 1 : 0));
    CHECK(map.zero[0] == 16);
    CHECK(map.zero[1] == 128);
}

TEST_CASE("depth and range only scale") {
    const PixelFormat yuv420p10{.bit_depth = 10, .chroma_shift_x = 1, .chroma_shift_y = 1};
    const OutputFormat output{16, 16, yuv420p10, bt709_limited};
    const ComponentMap deeper = component_map(yuv420p, bt709_limited, output);
    CHECK(deeper.gain[0][0] == 4);
    CHECK(deeper.gain[2][2] == 4);
    CHECK(deeper.gain[0][2] == 0);
    const ColorDescription full =
        with(bt709_limited, ColorMatrix::bt709, ColorRange::full, ChromaSiting::left);
    const ComponentMap narrower = component_map(yuv420p, full, {16, 16, yuv420p, bt709_limited});
    CHECK(narrower.gain[0][0] == doctest::Approx(219.0 / 255));
    CHECK(narrower.gain[1][1] == doctest::Approx(224.0 / 255));
    CHECK(narrower.zero[0] == 0);
}

TEST_CASE("primary colours have the codes of the standards") {
    // BT.709 limited red, as ITU-R BT.709 section 3 gives it: Y 63, Cb 102, Cr 240.
    const OutputFormat hd{16, 16, yuv420p, bt709_limited};
    const auto red = output_codes({1, 0, 0, 1}, hd);
    CHECK(red[0] + 16 == doctest::Approx(62.56).epsilon(0.001));
    CHECK(red[1] + 128 == doctest::Approx(102.34).epsilon(0.001));
    CHECK(red[2] + 128 == doctest::Approx(240));
    // BT.601 limited blue: Y 41, Cb 240, Cr 110.
    const OutputFormat sd{
        16, 16, yuv420p,
        with(bt709_limited, ColorMatrix::smpte170m, ColorRange::limited, ChromaSiting::left)};
    const auto blue = output_codes({0, 0, 1, 1}, sd);
    CHECK(blue[0] + 16 == doctest::Approx(40.97).epsilon(0.001));
    CHECK(blue[1] + 128 == doctest::Approx(240));
    CHECK(blue[2] + 128 == doctest::Approx(109.78).epsilon(0.001));
}

TEST_CASE("matrices convert through R'G'B', and gray stays neutral") {
    const OutputFormat output{16, 16, yuv420p, bt709_limited};
    const ColorDescription sd =
        with(bt709_limited, ColorMatrix::smpte170m, ColorRange::limited, ChromaSiting::left);
    const ComponentMap map = component_map(yuv420p, sd, output);
    CHECK(map.gain[0][0] == doctest::Approx(1));
    CHECK(map.gain[1][0] == 0);
    CHECK(map.gain[2][0] == 0);
    CHECK(map.gain[0][2] != 0);
    const PixelFormat gray{.model = ColorModel::gray};
    const ComponentMap from_gray = component_map(gray, bt709_limited, output);
    CHECK(from_gray.gain[0][0] == 1);
    CHECK(from_gray.gain[1][0] == 0);
}

TEST_CASE("chroma grids lie where the siting says") {
    const std::vector<Grid> left = grids_of({1920, 1080, yuv420p, bt709_limited});
    REQUIRE(left.size() == 2);
    CHECK(left[1].origin_x == 0.5);
    CHECK(left[1].origin_y == 1);
    CHECK(left[1].width == 960);
    const ColorDescription centred =
        with(bt709_limited, ColorMatrix::bt709, ColorRange::limited, ChromaSiting::center);
    CHECK(grids_of({1920, 1080, yuv420p, centred})[1].origin_x == 1);
    CHECK(grids_of({1921, 1080, yuv420p, centred})[1].width == 961);
    CHECK(grids_of({8, 8, yuv444p, bt709_limited}).size() == 1);
}

}  // namespace reelpool::testing
