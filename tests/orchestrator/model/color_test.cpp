// What code values mean, tagged or not.
#include <doctest/doctest.h>

#include "model_fixture.hpp"
#include "orchestrator/model/color_rules.hpp"

namespace reelpool::model_test {
namespace {

MediaInfo yuv(std::uint32_t height) {
    MediaInfo info;
    info.codec = "h264";
    info.format = yuv420p;
    info.width = 64;
    info.height = height;
    return info;
}

ColorDescription color_of(const MediaInfo& info, const ColorOverrides& overrides = {}) {
    const auto color = effective_color(info, overrides);
    REQUIRE(color.has_value());
    return *color;
}

constexpr ColorDescription bt709{ColorMatrix::bt709, ColorPrimaries::bt709, ColorTransfer::bt709,
                                 ColorRange::limited, ChromaSiting::left};

}  // namespace

TEST_CASE("untagged YUV goes by its coded lines") {
    ColorDescription bt601 = bt709;
    bt601.matrix = ColorMatrix::smpte170m;
    CHECK(color_of(yuv(576)) == bt601);
    CHECK(color_of(yuv(577)) == bt709);
}

TEST_CASE("tags count, overrides count more") {
    MediaInfo info = yuv(480);
    info.tagged.matrix = ColorMatrix::bt709;
    info.tagged.range = ColorRange::full;
    info.tagged.siting = ChromaSiting::top_left;
    CHECK(color_of(info).matrix == ColorMatrix::bt709);
    CHECK(color_of(info).range == ColorRange::full);
    CHECK(color_of(info).siting == ChromaSiting::top_left);
    const ColorOverrides overrides{.matrix = ColorMatrix::bt2020_ncl, .range = ColorRange::limited};
    CHECK(color_of(info, overrides).matrix == ColorMatrix::bt2020_ncl);
    CHECK(color_of(info, overrides).range == ColorRange::limited);
    info.tagged.matrix = ColorMatrix::bt470bg;
    CHECK(color_of(info).matrix == ColorMatrix::smpte170m);
}

TEST_CASE("JPEG and full-range 8-bit YUV are BT.601") {
    MediaInfo info = yuv(1080);
    info.codec = "mjpeg";
    CHECK(color_of(info).matrix == ColorMatrix::smpte170m);
    CHECK(color_of(info).range == ColorRange::full);
    info = yuv(1080);
    info.tagged.range = ColorRange::full;
    CHECK(color_of(info).matrix == ColorMatrix::smpte170m);
    info.format.bit_depth = 10;
    CHECK(color_of(info).matrix == ColorMatrix::bt709);
}

TEST_CASE("RGB is sRGB, full range; gray is like YUV, but full in still pictures") {
    MediaInfo info = yuv(1080);
    info.format = planar_rgb;
    CHECK(color_of(info) == ColorDescription{ColorMatrix::rgb, ColorPrimaries::bt709,
                                             ColorTransfer::srgb, ColorRange::full,
                                             ChromaSiting::left});
    CHECK(effective_color(info, {.matrix = ColorMatrix::bt709}).error().code == ErrorCode::media);
    info.format = {.model = ColorModel::gray};
    CHECK(color_of(info) == bt709);
    info.codec = "png";
    CHECK(color_of(info).range == ColorRange::full);
}

TEST_CASE("BT.601 primaries are shown as BT.709's") {
    MediaInfo info = yuv(480);
    info.tagged.primaries = ColorPrimaries::smpte170m;
    info.tagged.transfer = ColorTransfer::smpte170m;
    CHECK(color_of(info).primaries == ColorPrimaries::bt709);
    CHECK(color_of(info).transfer == ColorTransfer::bt709);
    info.tagged.transfer = ColorTransfer::gamma28;
    CHECK(color_of(info).transfer == ColorTransfer::bt709);
    // The project means what it says.
    const ColorDescription meant = color_of(
        info, {.primaries = ColorPrimaries::bt470bg, .transfer = ColorTransfer::gamma28});
    CHECK(meant.primaries == ColorPrimaries::bt470bg);
    CHECK(meant.transfer == ColorTransfer::gamma28);
}

TEST_CASE("wide and high dynamic range pictures are known by their tags") {
    MediaInfo info = yuv(1080);
    info.tagged = {ColorMatrix::bt2020_ncl, ColorPrimaries::bt2020, ColorTransfer::pq,
                   ColorRange::limited, ChromaSiting::top_left};
    CHECK(color_of(info) == info.tagged);
    info.tagged.primaries = ColorPrimaries::unspecified;
    CHECK(color_of(info).primaries == ColorPrimaries::bt2020);
    CHECK(color_of(info, {.transfer = ColorTransfer::bt709}).primaries == ColorPrimaries::bt709);
    info.tagged.primaries = ColorPrimaries::smpte432;
    info.tagged.transfer = ColorTransfer::linear;
    CHECK(color_of(info).primaries == ColorPrimaries::smpte432);
    CHECK(color_of(info).transfer == ColorTransfer::linear);
    info.tagged.matrix = ColorMatrix::ycgco;
    CHECK(color_of(info).matrix == ColorMatrix::ycgco);
}

TEST_CASE("what is not built yet is refused by name") {
    const auto problem = [](MediaInfo info, ColorOverrides overrides = {}) {
        const auto color = effective_color(info, overrides);
        return color ? std::string() : to_string(color.error());
    };
    MediaInfo info = yuv(1080);
    info.tagged.transfer = ColorTransfer::log100;
    CHECK(contains(problem(info), "logarithmic"));
    CHECK(contains(problem(info), "not built yet"));
    CHECK(problem(info, {.transfer = ColorTransfer::bt709}) == "");
    info = yuv(1080);
    info.tagged.primaries = ColorPrimaries::film;
    CHECK(contains(problem(info), "primaries"));
    CHECK(problem(info, {.primaries = ColorPrimaries::bt709}) == "");
    info = yuv(1080);
    for (const ColorMatrix matrix : {ColorMatrix::bt2020_cl, ColorMatrix::rgb}) {
        info.tagged.matrix = matrix;
        CHECK(contains(problem(info), "not built yet"));
        CHECK(problem(info, {.matrix = ColorMatrix::bt709}) == "");
    }
    // The timeline says which medium it is.
    MediaFacts facts = video(64, 64, 30, 30);
    facts.info.tagged.transfer = ColorTransfer::log316;
    CHECK_THROWS_WITH(timeline_of(project_text(R"("hdr": {"path": "x/hdr.mp4"})",
                                               main_comp(tracks({R"({"media": "hdr"})"}))),
                                  {facts}),
                      doctest::Contains("media.hdr (x/hdr.mp4)"));
}

}  // namespace reelpool::model_test
