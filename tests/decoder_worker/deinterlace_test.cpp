#include "decoder_worker/deinterlace.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <sstream>

#include "tests/decoder_worker/worker_session.hpp"

using namespace reelpool;
using namespace reelpool::worker;
using namespace reelpool::worker::test;

namespace {

using Samples = std::vector<std::uint16_t>;

/// Line by line, sample by sample.
Samples expanded(const Samples& plane, std::size_t width, std::size_t height, Field kept) {
    const std::size_t parity = kept == Field::top ? 0 : 1;
    if (height < 2) return plane;
    Samples out;
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x) {
            const std::size_t above = y > 0 ? y - 1 : y + 1;
            const std::size_t below = y + 1 < height ? y + 1 : y - 1;
            const unsigned a = plane[above * width + x];
            const unsigned b = plane[below * width + x];
            out.push_back(y % 2 == parity ? plane[y * width + x]
                                          : static_cast<std::uint16_t>((a + b + 1) / 2));
        }
    return out;
}

Planes expanded(const Planes& planes, const PixelFormat& format, std::uint32_t width,
                std::uint32_t height, Field kept) {
    Planes out;
    for (std::size_t plane = 0; plane < planes.size(); ++plane) {
        const bool chroma = format.is_chroma_plane(static_cast<int>(plane));
        out.push_back(expanded(planes[plane], chroma ? halved(width, format.chroma_shift_x) : width,
                               chroma ? halved(height, format.chroma_shift_y) : height, kept));
    }
    return out;
}

/// What ffprobe says of every frame: "1,1" is interlaced, top field first.
std::vector<std::string> field_flags(const std::string& path) {
    const std::string list = media_directory() + "flags.csv";
    run_command(
        "ffprobe -v error -select_streams v:0 -show_entries "
        "frame=interlaced_frame,top_field_first -of csv=p=0 " +
        path + " | grep , | cut -c1-3 > " + list);
    std::istringstream lines(read_file(list));
    std::vector<std::string> flags;
    for (std::string line; std::getline(lines, line);) flags.push_back(line);
    return flags;
}

struct Medium {
    const char* name;
    const char* pix_fmt;
    const char* filters;
    const char* arguments;
    const char* flags;  ///< of every frame
};

const Medium media[] = {
    {"fields-top.ts", "yuv420p", "scale=160:96,tinterlace=interleave_top",
     "-c:v libx264 -flags +ildct+ilme -x264-params tff=1 -g 12 -bf 2", "1,1"},
    {"fields-bottom.mp4", "yuv422p", "scale=160:96,tinterlace=interleave_bottom",
     "-c:v libx264 -pix_fmt yuv422p -flags +ildct+ilme -x264-params bff=1 -g 12 -bf 2", "1,0"},
    {"fields.mpg", "yuv422p", "scale=160:96,tinterlace=interleave_top,setfield=tff",
     "-c:v mpeg2video -pix_fmt yuv422p -flags +ildct+ilme -q:v 3 -g 12 -bf 2", "1,1"},
    {"fields.mov", "yuv422p10le", "tinterlace=interleave_bottom,setfield=bff",
     "-c:v prores_ks -flags +ildct", "1,0"},
    {"fields.nut", "yuv420p16le", "tinterlace=interleave_top,setfield=tff",
     "-c:v ffv1 -level 3 -pix_fmt yuv420p16le", "1,1"},
    {"whole.mp4", "yuv420p", "", "-c:v libx264 -g 12 -bf 2 -pix_fmt yuv420p", "0,0"},
};

std::string made(const Medium& medium) {
    return generated(medium.name, moving_picture(40, medium.filters), medium.arguments);
}

}  // namespace

TEST_CASE("one field makes a picture: every size, both depths, negative strides") {
    std::mt19937 random(3);
    for (const int depth : {8, 16})
        for (std::uint32_t height = 1; height < 9; ++height)
            for (const std::uint32_t width : {1U, 7U, 64U, 101U})
                for (const Field kept : {Field::top, Field::bottom})
                    for (const bool upside_down : {false, true}) {
                        const auto bytes = static_cast<std::size_t>(depth / 8);
                        std::vector<std::byte> data(width * height * bytes);
                        for (std::byte& byte : data) byte = static_cast<std::byte>(random());
                        PlanarPicture picture{
                            .format = {.model = ColorModel::gray,
                                       .bit_depth = static_cast<std::uint8_t>(depth)},
                            .width = width,
                            .height = height};
                        const auto stride = static_cast<std::ptrdiff_t>(width * bytes);
                        picture.planes[0] = {
                            .data = data.data() + (upside_down ? stride * (height - 1) : 0),
                            .stride_bytes = upside_down ? -stride : stride,
                            .width = width,
                            .height = height};
                        const auto samples_of = [&](const PlaneView& view) {
                            Samples samples;
                            for (std::uint32_t y = 0; y < height; ++y)
                                for (std::uint32_t x = 0; x < width; ++x) {
                                    std::uint16_t sample = 0;
                                    std::memcpy(&sample, view.row(y) + x * bytes, bytes);
                                    samples.push_back(sample);
                                }
                            return samples;
                        };
                        FieldExpander expander;
                        const PlanarPicture result = expander.apply(picture, kept);
                        CHECK(samples_of(result.planes[0]) ==
                              expanded(samples_of(picture.planes[0]), width, height, kept));
                    }
}

TEST_CASE("the table of fields halves every frame's time exactly") {
    const FrameTable frames{
        .time_base = Rational(1, 25), .pts = {-3, -2, 0, 5}, .end_pts = 6, .keyframes = {0, 2}};
    auto fields = table_of_fields(frames);
    REQUIRE(fields.has_value());
    CHECK(fields->time_base == Rational(1, 50));
    CHECK(fields->pts == std::vector<std::int64_t>{-6, -5, -4, -2, 0, 5, 10, 11});
    CHECK(fields->end_pts == 12);
    CHECK(fields->keyframes == std::vector<std::uint32_t>{0, 4});
    CHECK(fields->duration() == frames.duration());
    const FrameTable finest{
        .time_base = Rational(1, 0x7fffffff), .pts = {0}, .end_pts = 1, .keyframes = {0}};
    CHECK(!table_of_fields(finest).has_value());
}

TEST_CASE("every field of every frame, in any order, equals ffmpeg's frames taken apart") {
    for (const Medium& medium : media) {
        CAPTURE(medium.name);
        const std::string path = made(medium);
        const auto flags = field_flags(path);
        WorkerSession whole;
        whole.open(path);
        REQUIRE(whole.is_open());
        CHECK(whole.opened().info.is_interlaced == (medium.flags[0] == '1'));
        WorkerSession worker;
        worker.open(path, {.unit = wire::FrameUnit::field});
        REQUIRE(worker.is_open());
        const MediaInfo& info = worker.opened().info;
        const FrameTable& table = worker.opened().table;
        const auto frames = decoded_by_ffmpeg(path, medium.pix_fmt, info.width, info.height);
        const auto count = static_cast<std::uint32_t>(frames.size());
        REQUIRE(flags == std::vector<std::string>(count, medium.flags));
        REQUIRE(table.frame_count() == 2 * count);
        CHECK(table == *table_of_fields(whole.opened().table));
        worker.open_cursor(0, 2);
        std::uint32_t wrong = 0;
        for (std::uint32_t i = 0; i < 2 * count; ++i) {
            const std::uint32_t shown = i * 11 % (2 * count);
            worker.forget_ready();
            worker.decode_from_keyframe(0, shown);
            CHECK(worker.ready()[0].frame.value == shown);
            const Planes& frame = frames[shown / 2];
            const bool is_top = (medium.flags[2] == '1') == (shown % 2 == 0);
            const Planes expected = medium.flags[0] == '1'
                                        ? expanded(frame, info.format, info.width, info.height,
                                                   is_top ? Field::top : Field::bottom)
                                        : frame;
            if (worker.picture(0) != expected) ++wrong;
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("both fields of a frame cost one decode") {
    WorkerSession worker;
    worker.open(made(media[0]), {.unit = wire::FrameUnit::field});
    REQUIRE(worker.is_open());
    worker.open_cursor(0, 1);
    worker.decode(0, 0, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(worker.counters().frames_decoded == 5);
    CHECK(worker.counters().seeks == 1);
}

TEST_CASE("whole frames among interlaced ones are shown whole, twice") {
    const Medium& fields = media[0];
    const std::string whole =
        generated("whole-part.ts", moving_picture(20, "scale=160:96"),
                  "-c:v libx264 -g 10 -bf 0 -pix_fmt yuv420p -muxdelay 0 -output_ts_offset 20");
    const std::string path = media_directory() + "mixed-fields.ts";
    write_file(path, read_file(made(fields)) + read_file(whole));
    const auto flags = field_flags(path);
    const auto frames = decoded_by_ffmpeg(path, "yuv420p", 160, 96);
    REQUIRE(flags.size() == frames.size());
    WorkerSession worker;
    worker.open(path, {.unit = wire::FrameUnit::field});
    REQUIRE(worker.is_open());
    REQUIRE(worker.opened().table.frame_count() == 2 * frames.size());
    worker.open_cursor(0, 1);
    const auto last = static_cast<std::uint32_t>(2 * frames.size() - 1);
    CHECK(flags.front() == "1,1");
    CHECK(flags.back() == "0,0");
    for (const std::uint32_t shown : {last, 0U, last - 1, 1U}) {
        worker.forget_ready();
        worker.decode_from_keyframe(0, shown);
        const Planes& frame = frames[shown / 2];
        CHECK(worker.picture(0) ==
              (shown / 2 > 0
                   ? frame
                   : expanded(frame, yuv420p, 160, 96, shown == 0 ? Field::top : Field::bottom)));
    }
}

TEST_CASE("a still has no second field") {
    WorkerSession worker;
    worker.open(generated("still.png", moving_picture(1), "-frames:v 1"),
                {.unit = wire::FrameUnit::field});
    REQUIRE(worker.is_open());
    CHECK(worker.opened().info.is_still);
    CHECK(worker.opened().table.frame_count() == 1);
    worker.open_cursor(0, 1);
    worker.decode(0, 0, {0});
    CHECK(worker.ready().size() == 1);
}
