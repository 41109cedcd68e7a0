#include <doctest/doctest.h>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/open_media.hpp"
#include "tests/decoder_worker/generated_media.hpp"
#include "tests/decoder_worker/matrix_media.hpp"

using namespace reelpool;
using namespace reelpool::worker;
using namespace reelpool::worker::test;

namespace {

std::shared_ptr<const OpenedMedia> opened(const std::string& path, wire::OpenMedia wishes = {}) {
    capture_av_log();
    auto media = open_media(open_file(path), wishes);
    const std::string why = media ? "" : to_string(media.error());
    CAPTURE(path);
    CAPTURE(why);
    REQUIRE(media.has_value());
    REQUIRE(validate((*media)->index.table).has_value());
    return *media;
}

/// As many ticks between all frames, and after the last one.
void check_steady(const FrameTable& table, std::int64_t ticks) {
    std::size_t wrong = 0;
    for (std::size_t i = 1; i < table.pts.size(); ++i)
        if (table.pts[i] - table.pts[i - 1] != ticks) ++wrong;
    CHECK(wrong == 0);
    CHECK(table.end_pts - table.pts.back() == ticks);
}

using Keyframes = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("mp4 with B frames") {
    const auto media = opened(
        generated("h264.mp4", moving_picture(75), "-c:v libx264 -preset veryfast -g 24 -bf 3"));
    const FrameTable& table = media->index.table;
    CHECK(table.time_base == Rational(1, 12800));
    CHECK(table.frame_count() == 75);
    check_steady(table, 512);
    CHECK(table.keyframes == Keyframes{0, 24, 48, 72});
    CHECK(table.duration() == Time(3));
    CHECK(media->info.codec == "h264");
    CHECK(media->info.container == "mov,mp4,m4a,3gp,3g2,mj2");
    CHECK(media->info.format == yuv420p);
    CHECK(media->info.width == 160);
    CHECK(media->info.height == 90);
    CHECK(!media->info.is_still);
    CHECK(!media->info.has_sound);
    CHECK(!media->info.is_interlaced);
    CHECK(media->info.notes.empty());
}

TEST_CASE("leading pictures of an open GOP belong to the keyframe before") {
    const auto media =
        opened(generated("h264-open.ts", moving_picture(75),
                         "-c:v libx264 -x264-params open-gop=1:keyint=20:bframes=3"));
    const FrameTable& table = media->index.table;
    CHECK(table.time_base == Rational(1, 90000));
    CHECK(table.frame_count() == 75);
    check_steady(table, 3600);
    CHECK(table.keyframes.size() > 1);
    CHECK(media->index.seek == SeekMethod::byte);
}

TEST_CASE("Matroska's milliseconds show the right frames") {
    const auto media = opened(
        generated("24.webm", "-f lavfi -i testsrc2=size=160x90:rate=24 -frames:v 48",
                  "-c:v libvpx-vp9 -g 20 -cpu-used 8 -b:v 200k -auto-alt-ref 1 -lag-in-frames 16"));
    const FrameTable& table = media->index.table;
    CHECK(table.time_base == Rational(1, 1000));
    CHECK(table.frame_count() == 48);
    CHECK(table.pts[1] - table.pts[0] == 42);
    CHECK(table.pts[2] - table.pts[0] == 83);
    for (std::uint32_t frame = 0; frame < 48; ++frame)
        CHECK(table.frame_at(Time(frame, 24)).value == frame);
}

TEST_CASE("AVI without presentation times keeps its keyframes") {
    const auto media =
        opened(generated("mpeg4-b.avi", moving_picture(75), "-c:v mpeg4 -q:v 4 -bf 2 -g 20"));
    const FrameTable& table = media->index.table;
    CHECK(media->index.naming == FrameNaming::by_dts);
    CHECK(table.frame_count() == 75);
    CHECK(table.keyframes.size() >= 4);
    check_steady(table, 1);
    CHECK(table.duration() == Time(3));
}

TEST_CASE("where only decoding tells the frames, the file is linear") {
    const auto media =
        opened(generated("h264.h264", moving_picture(75), "-c:v libx264 -g 24 -bf 2"));
    const FrameTable& table = media->index.table;
    CHECK(media->index.naming == FrameNaming::by_count);
    CHECK(table.frame_count() == 75);
    CHECK(table.keyframes == Keyframes{0});
    CHECK(table.duration() == Time(3));
    CHECK(media->info.notes.size() == 1);
}

TEST_CASE("an edit list's frames and no others are presented") {
    const std::string whole =
        generated("h264.mp4", moving_picture(75), "-c:v libx264 -preset veryfast -g 24 -bf 3");
    const auto media = opened(generated("edited.mp4", "-ss 1.2 -i " + whole, "-c copy"));
    const FrameTable& table = media->index.table;
    CHECK(table.frame_count() == 45);
    CHECK(table.pts.front() == 0);
    check_steady(table, 512);
    CHECK(table.keyframes == Keyframes{0, 18, 42});
}

TEST_CASE("two fields that are packets of their own are one frame") {
    for (const char* name : {"h264-paff.ts", "h264-paff.mkv"}) {
        CAPTURE(name);
        const auto media = opened(matrix_file(name));
        const FrameTable& table = media->index.table;
        CHECK(media->index.naming == FrameNaming::by_pts);
        CHECK(media->info.notes.empty());
        CHECK(table.frame_count() == 120);
        check_steady(table, table.time_base == Rational(1, 90000) ? 3600 : 40);
        CHECK(table.keyframes == Keyframes{0, 12, 24, 36, 48, 60, 72, 84, 96, 108});
    }
}

TEST_CASE("where a gradual refresh begins is no keyframe") {
    for (const char* name :
         {"h264-intra-refresh.ts", "h264-intra-refresh.mp4", "h264-intra-refresh.mkv"}) {
        CAPTURE(name);
        const auto media = opened(matrix_file(name));
        CHECK(media->index.naming == FrameNaming::by_pts);
        CHECK(media->index.table.frame_count() == 120);
        CHECK(media->index.table.keyframes == Keyframes{0});
    }
}

TEST_CASE("variable frame rates are kept") {
    const auto media =
        opened(generated("vfr.mkv", moving_picture(75, "select='not(eq(mod(n,5),3))'"),
                         "-c:v libx264 -g 24 -bf 2 -fps_mode passthrough"));
    const FrameTable& table = media->index.table;
    CHECK(table.frame_count() == 60);
    CHECK(table.pts[3] - table.pts[2] == 80);
    CHECK(table.pts[2] - table.pts[1] == 40);
}

TEST_CASE("a transport stream cut anywhere begins with its first decodable frame") {
    const std::string whole =
        read_file(generated("h264-open.ts", moving_picture(75),
                            "-c:v libx264 -x264-params open-gop=1:keyint=20:bframes=3"));
    const std::string path = media_directory() + "cut.ts";
    write_file(path, whole.substr(188 * 120));
    const auto media = opened(path);
    const auto frames = decoded_by_ffmpeg(path, "yuv420p", 160, 90);
    CHECK(media->index.table.frame_count() == frames.size());
    CHECK(frames.size() < 75);
}

TEST_CASE("stills are one frame that never ends") {
    for (const char* name : {"still.png", "still.jpg", "still.bmp", "still.tif", "still.webp"}) {
        CAPTURE(name);
        const auto media = opened(generated(name, moving_picture(1), "-frames:v 1"));
        CHECK(media->info.is_still);
        CHECK(media->index.table.frame_count() == 1);
    }
    CHECK(!opened(generated("moving.gif", moving_picture(30), ""))->info.is_still);
}

TEST_CASE("colours: what is tagged, and what is read without tags") {
    const auto color = [](const std::string& name, const std::string& input,
                          const std::string& arguments) {
        return opened(generated(name, input, arguments))->info;
    };
    const std::string small = moving_picture(3);
    const std::string large = "-f lavfi -i testsrc2=size=1280x720:rate=25 -frames:v 2";
    // An encoder that writes no tags at all.
    const MediaInfo sd = color("sd.avi", small, "-c:v ffv1 -pix_fmt yuv420p");
    CHECK(sd.tagged.matrix == ColorMatrix::unspecified);
    CHECK(sd.color == ColorDescription{ColorMatrix::smpte170m, ColorPrimaries::bt709,
                                       ColorTransfer::bt709, ColorRange::limited,
                                       ChromaSiting::left});
    const MediaInfo hd = color("hd.avi", large, "-c:v ffv1 -pix_fmt yuv420p");
    CHECK(hd.color.matrix == ColorMatrix::bt709);
    CHECK(hd.color.range == ColorRange::limited);
    const MediaInfo tagged =
        color("tagged.mp4", small,
              "-c:v libx264 -pix_fmt yuv420p -color_range pc -colorspace bt2020nc "
              "-color_primaries bt2020 -color_trc smpte2084");
    CHECK(tagged.tagged.matrix == ColorMatrix::bt2020_ncl);
    CHECK(tagged.color.primaries == ColorPrimaries::bt2020);
    CHECK(tagged.color.transfer == ColorTransfer::pq);
    CHECK(tagged.color.range == ColorRange::full);
    const MediaInfo jpeg = color("large.jpg", large, "-frames:v 1");
    CHECK(jpeg.color.matrix != ColorMatrix::bt709);
    CHECK(jpeg.color.range == ColorRange::full);
    const MediaInfo png = color("still.png", small, "-frames:v 1");
    CHECK(png.format.model == ColorModel::rgb);
    CHECK(png.color.matrix == ColorMatrix::rgb);
    CHECK(png.color.range == ColorRange::full);
    CHECK(png.color.transfer == ColorTransfer::srgb);
    const MediaInfo gray = color("gray.png", small, "-frames:v 1 -pix_fmt gray");
    CHECK(gray.format.model == ColorModel::gray);
    CHECK(gray.color.range == ColorRange::full);
    const MediaInfo wanted =
        opened(generated("sd.avi", small, ""),
               {.matrix_override = ColorMatrix::bt709, .range_override = ColorRange::full})
            ->info;
    CHECK(wanted.tagged.matrix == ColorMatrix::unspecified);
    CHECK(wanted.color.matrix == ColorMatrix::bt709);
    CHECK(wanted.color.range == ColorRange::full);
}

TEST_CASE("sample aspect, sound and interlacing") {
    const std::string small = moving_picture(10);
    const std::string x264 = "-c:v libx264 -pix_fmt yuv420p ";
    CHECK(opened(generated("wide.mkv", small, x264 + "-aspect 2.39"))->info.sample_aspect !=
          Rational(1));
    CHECK(opened(generated("anamorphic.mp4", moving_picture(10, "setsar=4/3"), x264))
              ->info.sample_aspect == Rational(4, 3));
    CHECK(opened(generated("sound.mp4", "-f lavfi -i sine=duration=0.4 " + small, x264))
              ->info.has_sound);
    CHECK(opened(generated("h264-interlaced.ts", moving_picture(75, "scale=160:96"),
                           "-c:v libx264 -flags +ildct+ilme -g 24 -bf 2"))
              ->info.is_interlaced);
}
