#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "tests/compositor/encode/test_support.hpp"

using namespace reelpool;
using namespace reelpool::compositor;
using namespace reelpool::compositor::test;

namespace {

constexpr std::uint32_t film_frames = 60;  // three segments, the last one shorter

struct Pair {
    Codec codec;
    Container container;
    const char* codec_name;  ///< ffprobe's
    const char* pixel_format;
    bool tells_siting;  ///< the container or the codec can
    bool is_lossless = false;
};

const std::vector<Pair> pairs{
    {Codec::h264, Container::mp4, "h264", "yuv420p", true},
    {Codec::h264, Container::mov, "h264", "yuv420p", true},
    {Codec::h264, Container::mkv, "h264", "yuv420p", true},
    {Codec::hevc, Container::mp4, "hevc", "yuv420p", true},
    {Codec::hevc, Container::mov, "hevc", "yuv420p", true},
    {Codec::hevc, Container::mkv, "hevc", "yuv420p", true},
    {Codec::av1, Container::mp4, "av1", "yuv420p", true},
    {Codec::av1, Container::mkv, "av1", "yuv420p", true},
    {Codec::av1, Container::webm, "av1", "yuv420p", true},
    {Codec::vp9, Container::webm, "vp9", "yuv420p", true},
    {Codec::vp9, Container::mkv, "vp9", "yuv420p", true},
    {Codec::vp9, Container::mp4, "vp9", "yuv420p", false},
    {Codec::prores, Container::mov, "prores", "yuv422p10le", false},
    {Codec::prores, Container::mkv, "prores", "yuv422p10le", true},
    {Codec::dnxhr, Container::mov, "dnxhd", "yuv422p", false},
    {Codec::dnxhr, Container::mxf, "dnxhd", "yuv422p", false},
    {Codec::dnxhr, Container::mkv, "dnxhd", "yuv422p", true},
    {Codec::ffv1, Container::mkv, "ffv1", "yuv420p", true, true},
};

std::vector<std::uint8_t> film_samples(const OutputSettings& settings) {
    std::vector<std::uint8_t> samples;
    for (std::uint32_t index = 0; index < settings.frame_count; ++index) {
        const auto frame =
            packed_samples(synthetic_picture(index, settings.format), settings.format);
        samples.insert(samples.end(), frame.begin(), frame.end());
    }
    return samples;
}

/// The time of frame `k` in the stream's ticks ("1/30000"), rounded as the muxers round.
std::int64_t ticks_of(std::int64_t k, const Rational& frame_rate, const std::string& time_base) {
    long long num = 0;
    long long den = 1;
    REQUIRE(std::sscanf(time_base.c_str(), "%lld/%lld", &num, &den) == 2);
    return (Rational(k) / frame_rate / Rational(num, den)).to_integer(Rounding::nearest);
}

void check_packets(const std::vector<ProbedPacket>& packets, const OutputSettings& settings,
                   const std::string& time_base) {
    REQUIRE(packets.size() == settings.frame_count);
    std::set<std::int64_t> keyframes;
    std::vector<std::int64_t> times;
    std::int64_t wrong_order = 0;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        times.push_back(packets[i].pts);
        if (packets[i].is_key) keyframes.insert(packets[i].pts);
        if (i > 0 && packets[i].has_dts && packets[i - 1].has_dts &&
            packets[i].dts <= packets[i - 1].dts)
            ++wrong_order;
        if (packets[i].has_dts && packets[i].dts > packets[i].pts) ++wrong_order;
    }
    CHECK(wrong_order == 0);
    std::sort(times.begin(), times.end());
    std::int64_t wrong_times = 0;
    for (std::size_t k = 0; k < times.size(); ++k)
        if (times[k] != ticks_of(static_cast<std::int64_t>(k), settings.frame_rate, time_base))
            ++wrong_times;
    CHECK(wrong_times == 0);
    for (std::uint32_t first = 0; first < settings.frame_count; first += segment_frames(settings))
        CHECK(keyframes.count(times[first]) == 1);
}

void check_colors(std::map<std::string, std::string>& fields, const Pair& pair) {
    CHECK(fields["color_range"] == "tv");
    CHECK(fields["color_space"] == "bt709");
    CHECK(fields["color_transfer"] == "bt709");
    CHECK(fields["color_primaries"] == "bt709");
    if (pair.tells_siting) CHECK(fields["chroma_location"] == "left");
}

}  // namespace

TEST_CASE("every pair of codec and container makes a right file") {
    for (const Pair& pair : pairs) {
        CAPTURE(std::string(codec_name(pair.codec)));
        CAPTURE(std::string(container_name(pair.container)));
        const TempDir directory;
        const auto settings =
            settings_for(pair.codec, pair.container, directory.path("out.part"), film_frames);
        const OutputSummary summary = encode_film(settings);
        CHECK(summary.frames == film_frames);
        CHECK(summary.segments == 3);
        CHECK(summary.bytes == file_bytes(settings.part_path).size());

        auto fields = stream_fields(settings.part_path);
        CHECK(fields["codec_name"] == pair.codec_name);
        CHECK(fields["pix_fmt"] == pair.pixel_format);
        CHECK(fields["avg_frame_rate"] == "30000/1001");
        CHECK(fields["r_frame_rate"] == "30000/1001");
        CHECK((fields["sample_aspect_ratio"] == "1:1" || fields["sample_aspect_ratio"] == "N/A"));
        check_colors(fields, pair);
        check_packets(probe_packets(settings.part_path), settings, fields["time_base"]);

        const auto decoded = decoded_samples("-i " + settings.part_path, settings.format);
        const auto film = film_samples(settings);
        REQUIRE(decoded.size() == film.size());
        if (pair.is_lossless) {
            CHECK(decoded == film);
        } else {
            CHECK(psnr_db(decoded, film, settings.format.format.bit_depth) >= 35.0);
        }
    }
    CHECK(pictures_alive() == 0);
}

TEST_CASE("every pixel format of a codec is written as such") {
    struct Kind {
        Codec codec;
        Container container;
        const char* format;
        const char* probed;
        bool is_lossless = false;
    };
    // FFmpeg decodes ProRes 4444 to 12 bits.
    const std::vector<Kind> kinds{
        {Codec::h264, Container::mp4, "yuv422p", "yuv422p"},
        {Codec::h264, Container::mkv, "yuv444p10", "yuv444p10le"},
        {Codec::hevc, Container::mp4, "yuv420p10", "yuv420p10le"},
        {Codec::hevc, Container::mkv, "yuv444p12", "yuv444p12le"},
        {Codec::av1, Container::mkv, "yuv420p10", "yuv420p10le"},
        {Codec::vp9, Container::webm, "yuv444p12", "yuv444p12le"},
        {Codec::prores, Container::mov, "yuv444p10", "yuv444p12le"},
        {Codec::prores, Container::mov, "yuva444p10", "yuva444p12le"},
        {Codec::dnxhr, Container::mov, "yuv422p10", "yuv422p10le"},
        {Codec::dnxhr, Container::mxf, "yuv444p10", "yuv444p10le"},
        {Codec::ffv1, Container::mkv, "yuva420p10", "yuva420p10le", true},
        {Codec::ffv1, Container::mkv, "gbrp", "bgr0", true},
        {Codec::ffv1, Container::mkv, "gbrap", "bgra", true},
        {Codec::ffv1, Container::mkv, "gbrp12", "gbrp12le", true},
        {Codec::ffv1, Container::mkv, "gbrap16", "gbrap16le", true},
        {Codec::qtrle, Container::mov, "gbrap", "argb", true},
        {Codec::qtrle, Container::mov, "gbrp", "rgb24", true}};
    for (const Kind& kind : kinds) {
        CAPTURE(std::string(codec_name(kind.codec)));
        CAPTURE(std::string(kind.format));
        const TempDir directory;
        auto settings = settings_for(kind.codec, kind.container, directory.path("out.part"), 3);
        const auto named = parse_pixel_format(kind.codec, kind.format);
        REQUIRE(named);
        settings.format = *output_format_for(kind.codec, kind.container, settings.format.width,
                                             settings.format.height, {}, *named);
        encode_film(settings);
        auto fields = stream_fields(settings.part_path);
        CHECK(fields["pix_fmt"] == kind.probed);
        const auto decoded = decoded_samples("-i " + settings.part_path, settings.format);
        const auto film = film_samples(settings);
        REQUIRE(decoded.size() == film.size());
        if (kind.is_lossless)
            CHECK(decoded == film);
        else
            CHECK(psnr_db(decoded, film, settings.format.format.bit_depth) >= 35.0);
    }
    for (const std::string format : {"gbrap", "gbrp16", "gbrap16"}) {
        CAPTURE(format);
        const TempDir directory;
        auto settings = settings_for(Codec::png, Container::png_sequence, directory.path("p"), 2);
        settings.format.format = *parse_pixel_format(Codec::png, format);
        encode_film(settings);
        CHECK(decoded_samples("-start_number 0 -i " + settings.part_path + "/frame_%04d.png",
                              settings.format) == film_samples(settings));
    }
    struct Still {
        Codec codec;
        const char* format;
        bool is_lossless;
    };
    for (const Still& still :
         {Still{Codec::jpeg, "yuv420p", false}, Still{Codec::jpeg, "yuv444p", false},
          Still{Codec::webp, "yuv420p", false}, Still{Codec::webp, "yuva420p", false},
          Still{Codec::webp, "gbrp", true}, Still{Codec::webp, "gbrap", true}}) {
        CAPTURE(std::string(codec_name(still.codec)));
        CAPTURE(std::string(still.format));
        const TempDir directory;
        auto settings = settings_for(Codec::png, Container::png_sequence, directory.path("p"), 2);
        settings.codec = still.codec;
        settings.png_pattern = std::string("frame_%04d") + picture_ending(still.codec);
        // An odd size, too.
        const auto format =
            output_format_for(still.codec, settings.container, 191, 107, {},
                              parse_pixel_format(still.codec, still.format).value());
        REQUIRE(format);
        settings.format = *format;
        encode_film(settings);
        const std::string as_coded =
            still.codec == Codec::jpeg ? " -vf scale=in_range=full:out_range=full" : "";
        const auto decoded = decoded_samples("-start_number 0 -i " + settings.part_path + "/" +
                                                 settings.png_pattern + as_coded,
                                             settings.format);
        const auto film = film_samples(settings);
        REQUIRE(decoded.size() == film.size());
        if (still.is_lossless)
            CHECK(decoded == film);
        else
            CHECK(psnr_db(decoded, film, 8) >= 33.0);
        settings.png_pattern = "frame_%04d.png";
        CHECK_FALSE(validate(settings));
    }
    // libvpx's own decoder is the one that reads alpha.
    const TempDir directory;
    auto settings = settings_for(Codec::vp9, Container::webm, directory.path("a.webm"), 3);
    settings.format.format = *parse_pixel_format(Codec::vp9, "yuva420p");
    encode_film(settings);
    const auto decoded =
        decoded_samples("-c:v libvpx-vp9 -i " + settings.part_path, settings.format);
    const auto film = film_samples(settings);
    REQUIRE(decoded.size() == film.size());
    CHECK(psnr_db(decoded, film, 8) >= 35.0);
    CHECK_FALSE(output_format_for(Codec::vp9, Container::mp4, 64, 64, {}, settings.format.format));
    CHECK_FALSE(parse_pixel_format(Codec::h264, "yuva420p"));
    CHECK_FALSE(parse_pixel_format(Codec::av1, "yuv444p"));
}

TEST_CASE("equal settings give equal bytes") {
    for (const Pair& pair : pairs) {
        CAPTURE(std::string(codec_name(pair.codec)));
        CAPTURE(std::string(container_name(pair.container)));
        const TempDir directory;
        auto settings = settings_for(pair.codec, pair.container, directory.path("one"), 40);
        settings.keyframe_interval = 15;
        if (pair.container != Container::mxf) settings.metadata = {{"title", "Holiday"}};
        encode_film(settings);
        settings.part_path = directory.path("two");
        encode_film(settings);
        CHECK(file_bytes(directory.path("one")) == file_bytes(directory.path("two")));
    }
}

TEST_CASE("a sequence of PNG pictures is bit-exact") {
    const TempDir directory;
    auto settings =
        settings_for(Codec::png, Container::png_sequence, directory.path("out.part"), film_frames);
    const OutputSummary summary = encode_film(settings);
    CHECK(summary.frames == film_frames);
    CHECK(path_exists(settings.part_path + "/frame_0000.png"));
    CHECK(path_exists(settings.part_path + "/frame_0059.png"));
    CHECK_FALSE(path_exists(settings.part_path + "/frame_0060.png"));
    auto fields = stream_fields(settings.part_path + "/frame_0000.png");
    CHECK(fields["pix_fmt"] == "rgb24");
    const auto decoded = decoded_samples(
        "-start_number 0 -i " + settings.part_path + "/frame_%04d.png", settings.format);
    CHECK(decoded == film_samples(settings));

    const std::string first_path = settings.part_path;
    settings.part_path = directory.path("again.part");
    encode_film(settings);
    CHECK(file_bytes(first_path + "/frame_0037.png") ==
          file_bytes(settings.part_path + "/frame_0037.png"));
}

TEST_CASE("other colour descriptions are written as well") {
    const TempDir directory;
    for (const Codec codec : {Codec::h264, Codec::hevc, Codec::av1, Codec::vp9, Codec::ffv1}) {
        CAPTURE(std::string(codec_name(codec)));
        auto settings = settings_for(codec, Container::mkv, directory.path(codec_name(codec)), 3);
        auto format = output_format_for(codec, settings.container, 192, 108,
                                        {.matrix = ColorMatrix::smpte170m,
                                         .primaries = ColorPrimaries::smpte170m,
                                         .transfer = ColorTransfer::smpte170m,
                                         .range = ColorRange::full});
        REQUIRE(format);
        settings.format = *format;
        encode_film(settings);
        auto fields = stream_fields(settings.part_path);
        CHECK(fields["color_range"] == "pc");
        CHECK((fields["color_space"] == "smpte170m" || fields["color_space"] == "bt470bg"));
        CHECK(fields["color_transfer"] == "smpte170m");
        CHECK(fields["color_primaries"] == "smpte170m");
    }
}

TEST_CASE("HDR is tagged everywhere, and its metadata can be read back") {
    const TempDir directory;
    for (const Pair& pair : pairs) {
        CAPTURE(std::string(codec_name(pair.codec)));
        CAPTURE(std::string(container_name(pair.container)));
        const ColorTransfer transfer =
            pair.container == Container::mov ? ColorTransfer::hlg : ColorTransfer::pq;
        const std::string path = directory.path(std::string(codec_name(pair.codec)) + "." +
                                                container_name(pair.container));
        auto settings = settings_for(pair.codec, pair.container, path, 3);
        const auto format =
            output_format_for(pair.codec, pair.container, settings.format.width,
                              settings.format.height, {.transfer = transfer});
        REQUIRE(format);
        settings.format = *format;
        settings.mastering_display =
            parse_mastering_display(
                "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)")
                .value();
        const bool has_light = pair.container != Container::mxf;
        settings.content_light = {1000, 400};
        CHECK(validate(settings).has_value() == has_light);
        if (!has_light) settings.content_light.reset();
        encode_film(settings);
        auto fields = stream_fields(path);
        CHECK(fields["color_space"] == "bt2020nc");
        CHECK(fields["color_primaries"] == "bt2020");
        CHECK(fields["color_transfer"] ==
              (transfer == ColorTransfer::hlg ? "arib-std-b67" : "smpte2084"));
        CHECK(fields["color_range"] == "tv");
        const auto is = [&fields](const char* name, double value, double unit) {
            long long num = 0;
            long long den = 1;
            CAPTURE(std::string(name));
            REQUIRE(std::sscanf(fields[name].c_str(), "%lld/%lld", &num, &den) == 2);
            // AV1 has binary fractions.
            CHECK(static_cast<double>(num) / static_cast<double>(den) ==
                  doctest::Approx(value / unit).epsilon(1e-3));
        };
        is("red_x", 34000, 50000);
        is("green_y", 34500, 50000);
        is("blue_x", 7500, 50000);
        is("white_point_y", 16450, 50000);
        is("max_luminance", 10000000, 10000);
        is("min_luminance", 50, 10000);
        if (!has_light) continue;
        CHECK(fields["max_content"] == "1000");
        CHECK(fields["max_average"] == "400");
    }
}

TEST_CASE("metadata is written") {
    const TempDir directory;
    const std::vector<std::pair<std::string, std::string>> all{
        {"title", "A day"},        {"artist", "Ann"}, {"album", "Days"},
        {"comment", "no comment"}, {"date", "2024"},  {"copyright", "CC BY"},
        {"genre", "documentary"},
    };
    for (const Container container : {Container::mp4, Container::mov, Container::mkv}) {
        CAPTURE(std::string(container_name(container)));
        auto settings =
            settings_for(Codec::h264, container, directory.path(container_name(container)), 3);
        settings.metadata = all;
        encode_film(settings);
        auto fields = stream_fields(settings.part_path);
        for (const auto& [key, value] : all) {
            CAPTURE(key);
            std::string upper = key;
            std::transform(upper.begin(), upper.end(), upper.begin(), [](char letter) {
                return static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
            });
            CHECK((fields["TAG:" + key] == value || fields["TAG:" + upper] == value));
        }
    }
}

TEST_CASE("frame rates are exact") {
    const TempDir directory;
    int number = 0;
    for (const Rational rate : {Rational(24), Rational(24000, 1001), Rational(25), Rational(60),
                                Rational(2997, 100), Rational(1, 2), Rational(12)}) {
        CAPTURE(rate.to_text());
        for (const Container container : {Container::mp4, Container::mkv}) {
            CAPTURE(std::string(container_name(container)));
            auto settings =
                settings_for(Codec::h264, container, directory.path(std::to_string(number++)), 30);
            settings.frame_rate = rate;
            encode_film(settings);
            auto fields = stream_fields(settings.part_path);
            const std::string expected = rate.to_text() + (rate.den() == 1 ? "/1" : "");
            CHECK(fields["avg_frame_rate"] == expected);
            check_packets(probe_packets(settings.part_path), settings, fields["time_base"]);
        }
    }
}
