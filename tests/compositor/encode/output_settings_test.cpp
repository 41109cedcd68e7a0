#include "ipc/frame/output_settings.hpp"

#include <doctest/doctest.h>

#include "tests/compositor/encode/test_support.hpp"

using namespace reelpool;
using reelpool::compositor::test::settings_for;

namespace {

/// The refusal's text; the test fails if there is none, or if it helps nobody.
std::string refusal(const OutputSettings& settings) {
    auto status = validate(settings);
    REQUIRE_FALSE(status);
    CHECK(status.error().code == ErrorCode::usage);
    CHECK_FALSE(status.error().hint.empty());
    return to_string(status.error());
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

OutputSettings h264_mp4() {
    return settings_for(Codec::h264, Container::mp4, "out.part", 100);
}

}  // namespace

TEST_CASE("codecs have names") {
    for (const char* name : {"h264", "hevc", "av1", "vp9", "prores", "dnxhr", "ffv1", "png"}) {
        const auto codec = parse_codec(name);
        REQUIRE(codec);
        CHECK(std::string(codec_name(*codec)) == name);
    }
    const auto unknown = parse_codec("h265");
    REQUIRE_FALSE(unknown);
    CHECK(contains(unknown.error().hint, "hevc"));
}

TEST_CASE("the ending of a path names the container") {
    CHECK(*container_from_path("a/b.mp4") == Container::mp4);
    CHECK(*container_from_path("b.MOV") == Container::mov);
    CHECK(*container_from_path("b.x.mkv") == Container::mkv);
    CHECK(*container_from_path("b.webm") == Container::webm);
    CHECK(*container_from_path("b.mxf") == Container::mxf);
    CHECK(*container_from_path("dir/b_%04d.png") == Container::png_sequence);
    CHECK(*container_from_path("%d.png") == Container::png_sequence);
    for (const char* path : {"b", "b.avi", "mp4", "dir.mp4/b", "b.png", "%s.png", "%4d.png",
                             "%04d_%d.png", "%0d.png", "a%", "", ".", "dir_%d/b.png"}) {
        CAPTURE(std::string(path));
        const auto container = container_from_path(path);
        REQUIRE_FALSE(container);
        CHECK(container.error().code == ErrorCode::usage);
        CHECK_FALSE(container.error().hint.empty());
    }
}

TEST_CASE("every container's default codec goes into it") {
    for (const Container container : {Container::mp4, Container::mov, Container::mkv,
                                      Container::webm, Container::mxf, Container::png_sequence})
        CHECK(output_format_for(default_codec(container), container, 1920, 1080, {}));
}

TEST_CASE("the renderer is told what the codec takes") {
    const auto h264 = output_format_for(Codec::h264, Container::mp4, 1920, 1080, {});
    REQUIRE(h264);
    CHECK(h264->format == yuv420p);
    CHECK(h264->color == ColorDescription{.matrix = ColorMatrix::bt709,
                                          .primaries = ColorPrimaries::bt709,
                                          .transfer = ColorTransfer::bt709,
                                          .range = ColorRange::limited,
                                          .siting = ChromaSiting::left});
    CHECK(to_text(output_format_for(Codec::prores, Container::mov, 1920, 1080, {})->format) ==
          "yuv422p10");
    CHECK(output_format_for(Codec::dnxhr, Container::mxf, 1920, 1080, {})->format == yuv422p);
    CHECK(output_format_for(Codec::ffv1, Container::mkv, 1920, 1080, {})->format == yuv420p);
    const auto png = output_format_for(Codec::png, Container::png_sequence, 33, 21,
                                       {.range = ColorRange::limited});
    REQUIRE(png);
    CHECK(png->format == planar_rgb);
    CHECK(png->color.matrix == ColorMatrix::rgb);
    CHECK(png->color.range == ColorRange::full);
    const auto bt601 =
        output_format_for(Codec::h264, Container::mp4, 720, 576,
                          {.matrix = ColorMatrix::smpte170m, .range = ColorRange::full});
    REQUIRE(bt601);
    CHECK(bt601->color.matrix == ColorMatrix::smpte170m);
    CHECK(bt601->color.range == ColorRange::full);
}

TEST_CASE("HDR gets BT.2020 and 10 bits, or is refused") {
    const auto hdr = [](Codec codec, Container container, ColorDescription color,
                        std::optional<PixelFormat> wanted = {}) {
        color.transfer = ColorTransfer::pq;
        return output_format_for(codec, container, 1920, 1080, color, wanted);
    };
    const auto hevc = hdr(Codec::hevc, Container::mp4, {});
    REQUIRE(hevc);
    CHECK(to_text(hevc->format) == "yuv420p10");
    CHECK(hevc->color == ColorDescription{ColorMatrix::bt2020_ncl, ColorPrimaries::bt2020,
                                          ColorTransfer::pq, ColorRange::limited,
                                          ChromaSiting::left});
    CHECK(to_text(hdr(Codec::dnxhr, Container::mxf, {})->format) == "yuv422p10");
    const auto p3 = hdr(Codec::hevc, Container::mp4, {.primaries = ColorPrimaries::smpte432});
    CHECK(p3->color.matrix == ColorMatrix::bt709);
    const auto shallow = hdr(Codec::hevc, Container::mp4, {}, yuv420p);
    REQUIRE_FALSE(shallow);
    CHECK(contains(to_string(shallow.error()), "--pixel-format yuv420p10"));
    CHECK(contains(to_string(hdr(Codec::qtrle, Container::mov, {}).error()), "none"));
    CHECK(contains(to_string(hdr(Codec::png, Container::png_sequence, {}).error()), "sRGB"));
    CHECK(hdr(Codec::ffv1, Container::mkv, {}, parse_pixel_format(Codec::ffv1, "gbrp12").value())
              ->color.transfer == ColorTransfer::pq);
    CHECK_FALSE(output_format_for(Codec::h264, Container::mp4, 64, 64,
                                  {.transfer = ColorTransfer::linear}));
    CHECK_FALSE(output_format_for(Codec::h264, Container::mp4, 64, 64,
                                  {.primaries = ColorPrimaries::film}));

    auto settings = h264_mp4();
    settings.format.dither = Dither::ordered;
    CHECK(validate(settings));
    settings.format.format.bit_depth = 10;
    CHECK(contains(refusal(settings), "not dithered"));
    settings = h264_mp4();
    settings.content_light = {1000, 400};
    CHECK(contains(refusal(settings), "--transfer pq"));
    const std::string display =
        "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)";
    CHECK(to_text(parse_mastering_display(display).value()) == display);
    CHECK(to_text(parse_content_light("1000,400").value()) == "1000,400");
    for (const char* wrong : {"", "G(1,2)", "1000", "1000,", "400,1000", "70000,1", "1000,400 "})
        CHECK_FALSE(parse_content_light(wrong));
    for (const std::string& wrong :
         {display + " ", display.substr(1), std::string("G(1,2)B(1,2)R(1,2)WP(1,2)L(1,2)"),
          std::string("G(60000,2)B(1,2)R(1,2)WP(1,2)L(2,1)"), std::string()})
        CHECK_FALSE(parse_mastering_display(wrong));
}

TEST_CASE("valid settings are valid") {
    CHECK(validate(h264_mp4()));
    auto settings = h264_mp4();
    settings.crf = 0;
    settings.preset = std::string("veryfast");
    settings.metadata = {{"title", "A"}};
    CHECK(validate(settings));
    settings.crf = -1;
    settings.bitrate = 5'000'000;
    CHECK(validate(settings));
}

TEST_CASE("a wrong pair of codec and container names the right ones") {
    auto settings = h264_mp4();
    settings.container = Container::webm;
    const std::string text = refusal(settings);
    CHECK(contains(text, "h264 cannot be written to webm"));
    CHECK(contains(text, "mp4, mov, mkv"));
    settings.codec = Codec::ffv1;
    CHECK(contains(refusal(settings), "ffv1 goes into mkv"));
}

TEST_CASE("sizes that a codec cannot have are refused") {
    const auto refused = [](Codec codec, Container container, std::uint32_t width,
                            std::uint32_t height) {
        const auto format = output_format_for(codec, container, width, height, {});
        REQUIRE_FALSE(format);
        return to_string(format.error());
    };
    CHECK(contains(refused(Codec::h264, Container::mp4, 1921, 1080), "1922x1080"));
    CHECK(contains(refused(Codec::h264, Container::mp4, 1920, 1081), "even height"));
    CHECK(contains(refused(Codec::prores, Container::mov, 1921, 1081), "even width"));
    CHECK(output_format_for(Codec::prores, Container::mov, 1920, 1081, {}));
    CHECK(contains(refused(Codec::dnxhr, Container::mov, 128, 128), "256x120"));
    CHECK(contains(refused(Codec::av1, Container::mp4, 32, 64), "64x64"));
    CHECK(contains(refused(Codec::h264, Container::mp4, 0, 0), "0x0"));
    CHECK(contains(refused(Codec::h264, Container::mp4, 16386, 1080), "16384"));
    CHECK(output_format_for(Codec::png, Container::png_sequence, 1921, 1081, {}));
}

TEST_CASE("every other wrong setting is refused with a way out") {
    auto settings = h264_mp4();
    settings.crf = 52;
    CHECK(contains(refusal(settings), "0 (best) to 51"));
    settings.crf = -2;
    CHECK(contains(refusal(settings), "crf of -2"));
    settings.crf = 20;
    settings.bitrate = 1'000'000;
    CHECK(contains(refusal(settings), "exclude each other"));

    settings = h264_mp4();
    settings.preset = std::string("8");
    CHECK(contains(refusal(settings), "veryfast"));

    settings = h264_mp4();
    settings.frame_rate = Rational(0);
    refusal(settings);
    settings.frame_rate = Rational::invalid();
    refusal(settings);
    settings.frame_rate = Rational(-25);
    refusal(settings);
    settings.frame_rate = Rational(Int128{1} << 40, 3);
    refusal(settings);

    settings = h264_mp4();
    settings.frame_count = 0;
    refusal(settings);
    settings = h264_mp4();
    settings.keyframe_interval = 0;
    refusal(settings);
    settings = h264_mp4();
    settings.encoder_threads = 0;
    refusal(settings);
    settings = h264_mp4();
    settings.part_path.clear();
    refusal(settings);
    settings = h264_mp4();
    settings.metadata = {{"director", "B"}};
    CHECK(contains(refusal(settings), "title, artist"));
    settings = h264_mp4();
    settings.format.format = PixelFormat{.model = ColorModel::rgb, .bit_depth = 16};
    CHECK(contains(refusal(settings), "yuv420p"));
    settings = h264_mp4();
    settings.format.color.range = ColorRange::unspecified;
    refusal(settings);

    auto prores = settings_for(Codec::prores, Container::mov, "out.part", 10);
    prores.crf = 10;
    CHECK(contains(refusal(prores), "proxy, lt, standard, hq"));
    prores.crf = -1;
    prores.format.color.range = ColorRange::full;
    CHECK(contains(refusal(prores), "limited"));

    auto mxf = settings_for(Codec::dnxhr, Container::mxf, "out.part", 10);
    mxf.frame_rate = Rational(12);
    CHECK(contains(refusal(mxf), "24000/1001"));

    auto png = settings_for(Codec::png, Container::png_sequence, "out.part", 10);
    for (const char* pattern : {"", "a.png", "x/%04d.png", "%s.png", "%d%d.png"}) {
        png.png_pattern = std::string(pattern);
        CHECK(contains(refusal(png), "frame_%04d.png"));
    }
}

TEST_CASE("segments have the keyframe interval's length, or all with a bitrate") {
    auto settings = h264_mp4();
    CHECK(segment_frames(settings) == 25);
    settings.bitrate = 1'000'000;
    CHECK(segment_frames(settings) == 100);
    settings.bitrate = 0;
    settings.keyframe_interval = 250;
    CHECK(segment_frames(settings) == 100);
}
